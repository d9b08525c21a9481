//! Requests that a front server gives up (FastCGI Specification section 5.4).

use wsgi_fastcgi::{Header, RecordType};

/// Whether one of these records gives the request up. Those of the next one do not.
pub(crate) fn gives_up(mut records: &[u8], id: u16) -> bool {
    while let Some(Ok(header)) = records.first_chunk().map(Header::parse) {
        match header.record_type {
            RecordType::ABORT_REQUEST if header.request_id == id => return true,
            RecordType::BEGIN_REQUEST if header.request_id == id => return false,
            _ => {}
        }
        records = records.get(header.record_length()..).unwrap_or_default();
    }
    false
}

#[cfg(test)]
mod tests {
    use wsgi_fastcgi::{Role, encode};

    use super::*;

    #[test]
    fn a_request_is_given_up_by_a_record_with_its_id() {
        let abort =
            |out: &mut Vec<u8>, id| encode::header(out, RecordType::ABORT_REQUEST, id, 0, 0);
        let mut records = Vec::new();
        encode::stream(&mut records, RecordType::STDIN, 1, b"stray");
        abort(&mut records, 2);
        assert!(!gives_up(&records, 1));
        abort(&mut records, 1);
        assert!(gives_up(&records, 1));
        assert!(!gives_up(&records[..records.len() - 1], 1));

        let mut next = Vec::new();
        encode::begin_request(&mut next, 1, Role::RESPONDER, true);
        abort(&mut next, 1);
        assert!(!gives_up(&next, 1));
    }
}
