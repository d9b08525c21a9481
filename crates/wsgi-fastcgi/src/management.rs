//! Management records, which do not belong to a request, and their answers (section 4).

use crate::{
    encode, header::NULL_REQUEST_ID, limits::Limits, param::Param, record_type::RecordType,
    rejection::Rejection,
};

/// The longest content of GET_VALUES in bytes. The three values that exist take 52 bytes.
pub(crate) const MAX_VALUES_BYTES: usize = 1024;

/// The length of the content of UNKNOWN_TYPE.
const UNKNOWN_TYPE_LENGTH: u16 = 8;

/// Answers GET_VALUES with those of the values that are known, each once (section 4.1).
pub(crate) fn get_values(
    content: &[u8],
    limits: &Limits,
    replies: &mut Vec<u8>,
) -> Result<(), Rejection> {
    let mut asked = [false; 3];
    let mut at = 0;
    while at < content.len() {
        let param = Param::read(content, at)?;
        match param.name(content) {
            b"FCGI_MAX_CONNS" => asked[0] = true,
            b"FCGI_MAX_REQS" => asked[1] = true,
            b"FCGI_MPXS_CONNS" => asked[2] = true,
            _ => {}
        }
        at = param.end();
    }
    let connections = limits.connections.map(|count| count.to_string());
    let answers = [
        ("FCGI_MAX_CONNS", connections.as_deref()),
        // Each connection has one request at a time.
        ("FCGI_MAX_REQS", connections.as_deref()),
        ("FCGI_MPXS_CONNS", Some("0")),
    ];
    let start = encode::start_record(replies, RecordType::GET_VALUES_RESULT, NULL_REQUEST_ID);
    for ((name, value), asked) in answers.into_iter().zip(asked) {
        if let Some(value) = value.filter(|_| asked) {
            encode::param(replies, name.as_bytes(), value.as_bytes());
        }
    }
    encode::close_record(replies, start);
    Ok(())
}

/// Answers a management record of an unknown type (section 4.2).
pub(crate) fn unknown_type(RecordType(record_type): RecordType, replies: &mut Vec<u8>) {
    let length = UNKNOWN_TYPE_LENGTH;
    encode::header(
        replies,
        RecordType::UNKNOWN_TYPE,
        NULL_REQUEST_ID,
        length,
        0,
    );
    replies.extend_from_slice(&[record_type, 0, 0, 0, 0, 0, 0, 0]);
}
