//! The FastCGI records of a response.

use wsgi_fastcgi::{ProtocolStatus, RecordType, encode};

use crate::fastcgi::stderr::Stderr;

/// The records of one response in the output buffer: STDOUT, and STDERR if there are errors
/// (FastCGI Specification section 6.2).
pub(crate) struct Records<'a> {
    id: u16,
    /// The start of the open STDOUT record in the buffer.
    open: Option<usize>,
    stderr: &'a Stderr,
    /// Whether anything was written to STDERR, which must then be ended.
    has_stderr: bool,
    has_ended: bool,
}

impl<'a> Records<'a> {
    pub(crate) fn new(id: u16, stderr: &'a Stderr) -> Self {
        Self {
            id,
            open: None,
            stderr,
            has_stderr: false,
            has_ended: false,
        }
    }

    pub(crate) fn id(&self) -> u16 {
        self.id
    }

    /// Begins a record of STDOUT, unless one is open. Bytes that are then added to `out` belong to
    /// it.
    ///
    /// Errors go before it: a front server that only wants the head, as for HEAD, may stop reading
    /// after that.
    #[inline]
    pub(crate) fn open(&mut self, out: &mut Vec<u8>) {
        if self.open.is_none() {
            self.has_stderr |= self.stderr.write_to(out, self.id);
            self.open = Some(encode::start_record(out, RecordType::STDOUT, self.id));
        }
    }

    /// Ends the record, so that `out` can be sent or other records can be added. Errors that were
    /// written meanwhile follow it.
    pub(crate) fn close(&mut self, out: &mut Vec<u8>) {
        if let Some(start) = self.open.take() {
            encode::finish_record(out, start);
        }
        self.has_stderr |= self.stderr.write_to(out, self.id);
    }

    /// Writes the end of the response, after its last record. A response that is not whole gets no
    /// END_REQUEST, so that the front server sees it break off.
    pub(crate) fn end(&mut self, out: &mut Vec<u8>, whole: bool) {
        self.has_stderr |= self.stderr.write_to(out, self.id);
        self.stderr.end();
        self.has_ended = true;
        if self.has_stderr {
            encode::end_of_stream(out, RecordType::STDERR, self.id);
        }
        if whole {
            encode::end_of_stream(out, RecordType::STDOUT, self.id);
            encode::end_request(out, self.id, 0, ProtocolStatus::RequestComplete);
        }
    }
}

/// Writes errors to the server's own stream if the response was not ended, so that they are not
/// lost.
impl Drop for Records<'_> {
    fn drop(&mut self) {
        if !self.has_ended {
            self.stderr.end();
        }
    }
}

/// Writes bytes in records of STDOUT.
pub(crate) fn write(out: &mut Vec<u8>, id: u16, bytes: &[u8]) {
    encode::stream(out, RecordType::STDOUT, id, bytes);
}

/// Writes bytes that are not a record, which show that a response is incomplete.
pub(crate) fn break_off(out: &mut Vec<u8>, id: u16) {
    encode::break_off(out, id);
}
