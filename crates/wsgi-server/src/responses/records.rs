//! A response as FastCGI records.

use wsgi_fastcgi::{ProtocolStatus, RecordType, encode};

use crate::responses::stderr::Stderr;

/// The records of one response, in the buffer that it goes out from: STDOUT, and
/// STDERR as there are errors (FastCGI Specification section 6.2).
pub(crate) struct Records<'a> {
    id: u16,
    /// Where the record of STDOUT starts that is open.
    open: Option<usize>,
    stderr: &'a Stderr,
    /// Whether there was anything on STDERR, which has an end then.
    has_stderr: bool,
    has_ended: bool,
}

impl<'a> Records<'a> {
    pub(crate) fn new(id: u16, stderr: &'a Stderr) -> Self {
        Records {
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

    /// Begins a record of STDOUT, unless one is open: what is added to `out` is in it.
    ///
    /// What was written to the errors stream comes first: a front server that wants
    /// no more than the head, as for HEAD, may stop to read there.
    #[inline]
    pub(crate) fn open(&mut self, out: &mut Vec<u8>) {
        if self.open.is_none() {
            self.has_stderr |= self.stderr.write_to(out, self.id);
            self.open = Some(encode::start_record(out, RecordType::STDOUT, self.id));
        }
    }

    /// Ends the record, so that `out` can be sent, or added to otherwise. What was
    /// written to the errors stream meanwhile follows it.
    pub(crate) fn close(&mut self, out: &mut Vec<u8>) {
        if let Some(start) = self.open.take() {
            encode::finish_record(out, start);
        }
        self.has_stderr |= self.stderr.write_to(out, self.id);
    }

    /// Writes the end of the response, after its last record. One that is not
    /// whole gets no END_REQUEST: the front server is to see it break off.
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

/// Also where the front server is gone, errors are not lost.
impl Drop for Records<'_> {
    fn drop(&mut self) {
        if !self.has_ended {
            self.stderr.end();
        }
    }
}
