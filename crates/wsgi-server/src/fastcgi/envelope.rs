//! The FastCGI records around a rest that the loop sends.

use wsgi_fastcgi::{RecordType, encode};

/// The records of a rest: a header before each piece. The pieces themselves are not copied.
#[derive(Debug)]
pub(crate) struct Envelope {
    id: u16,
    /// The number of bytes that the open record still needs.
    open: usize,
}

impl Envelope {
    pub(crate) fn new(id: u16) -> Self {
        Self { id, open: 0 }
    }

    /// The number of the `left` bytes that belong to the open record. Begins one in `out` if none
    /// is open.
    pub(crate) fn room(&mut self, left: u64, out: &mut Vec<u8>) -> usize {
        if self.open == 0 {
            let length = left.min(encode::ALIGNED_CONTENT as u64);
            self.open = length as usize;
            encode::header(out, RecordType::STDOUT, self.id, length as u16, 0);
        }
        self.open
    }

    /// Notes that `count` bytes were sent.
    pub(crate) fn note(&mut self, count: usize) {
        self.open -= count;
    }
}
