//! The body of a request, as the application reads it.

use std::{
    io::{self, BufRead, Read},
    sync::Arc,
    time::Duration,
};

use bytes::{Buf, Bytes};

use crate::conversation::Conversation;

pub(crate) struct RequestReader {
    conversation: Arc<Conversation>,
    timeout: Duration,
    /// The rest of the current piece.
    piece: Bytes,
}

impl RequestReader {
    pub(crate) fn new(conversation: Arc<Conversation>, timeout: Duration) -> Self {
        Self {
            conversation,
            timeout,
            piece: Bytes::new(),
        }
    }
}

impl BufRead for RequestReader {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.piece.is_empty()
            && let Some(piece) = self.conversation.next_input(self.timeout)?
        {
            self.piece = piece;
        }
        Ok(&self.piece)
    }

    fn consume(&mut self, amount: usize) {
        self.piece.advance(amount.min(self.piece.len()));
    }
}

impl Read for RequestReader {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(buf)?;
        self.consume(read);
        Ok(read)
    }
}

/// The application does not want the rest.
impl Drop for RequestReader {
    fn drop(&mut self) {
        self.conversation.close_input();
    }
}
