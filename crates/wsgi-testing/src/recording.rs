//! A transport that records a response.

use std::io;

use wsgi_application::{Disconnected, Head, Status};
use wsgi_gateway::{Framing, Transport};
use wsgi_headers::Headers;

/// The sent part of a response, and the number of bytes that the client still takes.
#[derive(Debug)]
pub(crate) struct Recording {
    pub(crate) head: Option<SentHead>,
    pub(crate) body: Vec<u8>,
    /// The number of bytes of the body that the client still takes before it goes away.
    left: u64,
}

/// A head as the client sees it, without the fields of the connection.
#[derive(Debug)]
pub(crate) struct SentHead {
    pub(crate) status: Status,
    pub(crate) headers: Headers,
    pub(crate) framing: Framing,
}

impl Recording {
    /// An empty recording, for a client that takes at most `limit` bytes of the body.
    pub(crate) fn new(limit: u64) -> Self {
        Self {
            head: None,
            body: Vec::new(),
            left: limit,
        }
    }

    /// The number of bytes that a connection would have sent.
    pub(crate) fn bytes_sent(&self) -> u64 {
        let head = self.head.as_ref().map_or(0, SentHead::wire_len);
        (head + self.body.len()) as u64
    }
}

impl SentHead {
    fn wire_len(&self) -> usize {
        let reason = self.status.reason().as_bytes();
        b"HTTP/1.1 200 \r\n".len() + reason.len() + self.headers.to_bytes().len()
    }
}

impl Transport for Recording {
    fn head(&mut self, head: &Head, framing: Framing) -> io::Result<()> {
        let mut headers = head.headers.clone();
        if let Some(length) = framing.content_length {
            headers
                .set("Content-Length", length.to_string())
                .map_err(io::Error::other)?;
        }
        self.head = Some(SentHead {
            status: head.status.clone(),
            headers,
            framing,
        });
        Ok(())
    }

    fn body(&mut self, bytes: &[u8]) -> io::Result<()> {
        let taken = usize::try_from(self.left).map_or(bytes.len(), |left| left.min(bytes.len()));
        self.body.extend_from_slice(&bytes[..taken]);
        self.left -= taken as u64;
        if taken < bytes.len() {
            return Err(Disconnected.into());
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }

    /// A client that leaves after some bytes has left once it has them.
    fn check_client(&mut self) -> io::Result<()> {
        match self.left {
            0 => Err(Disconnected.into()),
            _ => Ok(()),
        }
    }
}
