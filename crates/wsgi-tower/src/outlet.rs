//! The way of a response from the engine into the conversation.

use std::{io, mem, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Response, StatusCode, header::CONTENT_LENGTH};
use wsgi_application::Head;
use wsgi_environ::Errors;
use wsgi_gateway::{Delimiter, Framing, Transport};

use crate::conversation::Conversation;

/// The number of written bytes that are passed on together.
const GATHERED: usize = 16 * 1024;

/// The transport of a response. The head goes with the first bytes of the body that must not wait.
pub(crate) struct Outlet<'a> {
    conversation: &'a Conversation,
    errors: Errors,
    patience: Duration,
    head: Option<Response<()>>,
    gathered: Vec<u8>,
}

impl<'a> Outlet<'a> {
    pub(crate) fn new(conversation: &'a Conversation, errors: Errors, patience: Duration) -> Self {
        Self {
            conversation,
            errors,
            patience,
            head: None,
            gathered: Vec::new(),
        }
    }

    /// The part that is not passed on yet.
    pub(crate) fn into_rest(self) -> (Option<Response<()>>, Bytes) {
        (self.head, self.gathered.into())
    }

    fn publish(&mut self, bytes: Bytes) -> io::Result<()> {
        self.conversation
            .publish(self.head.take(), bytes, self.patience)
    }

    fn publish_gathered(&mut self) -> io::Result<()> {
        let gathered = mem::take(&mut self.gathered);
        self.publish(gathered.into())
    }
}

impl Transport for Outlet<'_> {
    fn head(&mut self, head: &Head, framing: Framing) -> io::Result<()> {
        self.conversation.check()?;
        let Some(head) = convert(head, framing) else {
            self.errors
                .print(format_args!("the response has too many header fields"));
            let mut failed = Response::new(());
            *failed.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
            self.conversation.set_length(Some(0));
            self.head = Some(failed);
            return Err(io::ErrorKind::InvalidData.into());
        };
        self.conversation.set_length(match framing.delimiter {
            Delimiter::None => Some(0),
            Delimiter::Length(length) => Some(length),
            _ => None,
        });
        self.head = Some(head);
        Ok(())
    }

    fn body(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.conversation.check()?;
        if self.gathered.len() + bytes.len() < GATHERED {
            self.gathered.extend_from_slice(bytes);
            return Ok(());
        }
        if !self.gathered.is_empty() {
            self.publish_gathered()?;
        }
        let pieces = bytes.chunks(self.conversation.limit());
        pieces
            .map(Bytes::copy_from_slice)
            .try_for_each(|piece| self.publish(piece))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.publish_gathered()
    }

    fn channel_patience(&self) -> Option<Duration> {
        Some(self.patience)
    }
}

/// The head in the types of `http`; `None` if it has too many fields for them.
fn convert(head: &Head, framing: Framing) -> Option<Response<()>> {
    let mut response = Response::new(());
    // A status has a code from 200 to 999, which `http` allows, too.
    *response.status_mut() = StatusCode::from_u16(head.status.code()).ok()?;
    let mut headers = HeaderMap::try_from(&head.headers).ok()?;
    if let Some(length) = framing.content_length {
        headers
            .try_append(CONTENT_LENGTH, HeaderValue::from(length))
            .ok()?;
    }
    *response.headers_mut() = headers;
    let canonical = response.status().canonical_reason();
    if canonical.is_none_or(|canonical| head.status.reason() != canonical.as_bytes()) {
        response.extensions_mut().insert(head.status.clone());
    }
    Some(response)
}
