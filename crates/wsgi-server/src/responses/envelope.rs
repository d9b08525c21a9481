//! What goes around bytes that the loop sends from where they are.

use wsgi_fastcgi::{RecordType, encode};

/// The records of a rest: a header before each piece of it, and the end of the
/// response after the last.
#[derive(Debug)]
pub(crate) struct Envelope {
    id: u16,
    /// How many bytes of the record that was begun are still to come.
    open: usize,
    /// What follows the last record.
    pub(crate) trailer: Vec<u8>,
}

impl Envelope {
    pub(crate) fn new(id: u16, trailer: Vec<u8>) -> Self {
        Envelope {
            id,
            open: 0,
            trailer,
        }
    }

    /// How many of the `left` bytes go in the record that is open; begins one in
    /// `out` where none is.
    pub(crate) fn room(&mut self, left: u64, out: &mut Vec<u8>) -> usize {
        if self.open == 0 {
            let length = left.min(encode::ALIGNED_CONTENT as u64);
            self.open = length as usize;
            encode::header(out, RecordType::STDOUT, self.id, length as u16, 0);
        }
        self.open
    }

    /// Notes that `count` bytes went out.
    pub(crate) fn note(&mut self, count: usize) {
        self.open -= count;
    }
}
