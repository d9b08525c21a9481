//! The answer to a request, when the application has returned.

use crate::{connections::next::Next, responses::tail::Tail};

/// The part of a response that the thread's buffer does not hold, with everything that follows
/// the response: unlike a [`Tail`], it says what becomes of the connection.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) tail: Option<Box<Tail>>,
    pub(crate) next: Next,
}

impl Answer {
    /// The answer of which everything is in the thread's buffer.
    pub(crate) fn whole(next: Next) -> Self {
        Answer { tail: None, next }
    }

    /// Adds bytes that follow the response, after those in `out`.
    pub(crate) fn follow(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        match &mut self.tail {
            Some(tail) => tail.follow(bytes),
            None => out.extend_from_slice(bytes),
        }
    }
}
