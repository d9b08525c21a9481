//! A response on its way to the transport.

use std::{io, mem, sync::Arc};

use wsgi_application::{Chunk, Content, Disconnected, Error, Head, Outlet, Result, StartError};
use wsgi_environ::{Deadline, End, Environ};

use crate::{
    delivery::Delivery,
    framing::{Delimiter, Framing, Rules},
    live::{Live, Source},
    rest::Rest,
    transport::Transport,
};

mod deadline;
mod stream;

/// The outlet below every filter. It sends the head once, and then no more bytes of the body than
/// the framing allows.
pub(crate) struct Sending<'a, T: ?Sized> {
    transport: &'a mut T,
    rules: Rules,
    /// Whether the head went to the transport.
    sent: bool,
    /// The number of bytes of the body that went to the transport.
    streamed: u64,
    /// Whether some of them went there after its last flush.
    has_unflushed: bool,
    /// The end of the response if the transport failed, because the client is gone. The application
    /// may ignore it.
    gone: Option<End>,
    delimiter: Delimiter,
    /// The number of bytes still missing of the declared length.
    remaining: u64,
    /// Whether bytes beyond the length were cut.
    surplus: bool,
    /// The deadline of the request, as far as it is known.
    deadline: Option<Arc<Deadline<Environ>>>,
    /// Whether no deadline counts any more.
    disobeys: bool,
    /// Whether a channel, or the rest of an iterator, is left to the gateway.
    leaves_body: bool,
}

impl<'a, T: Transport + ?Sized> Sending<'a, T> {
    pub(crate) fn new(transport: &'a mut T, rules: Rules) -> Self {
        Sending {
            transport,
            rules,
            sent: false,
            streamed: 0,
            has_unflushed: false,
            gone: None,
            delimiter: Delimiter::None,
            remaining: 0,
            surplus: false,
            deadline: None,
            disobeys: false,
            leaves_body: false,
        }
    }

    /// Whether the head is sent, so that the response can no longer be replaced.
    pub(crate) fn is_sent(&self) -> bool {
        self.sent
    }

    /// The delivery of the response.
    #[inline]
    pub(crate) fn delivery(&self, rest: Rest, end: End) -> Delivery {
        Delivery {
            rest,
            end,
            sent: self.sent,
            streamed: self.streamed,
        }
    }

    /// The end of the response if the transport found the client gone.
    pub(crate) fn gone(&self) -> Option<End> {
        self.gone
    }

    /// Whether the application gave more bytes than it declared.
    pub(crate) fn had_surplus(&self) -> bool {
        self.surplus
    }

    /// Whether the body is as long as its length says.
    #[inline]
    pub(crate) fn is_whole(&self) -> bool {
        self.remaining == 0 && !self.surplus
    }

    /// Whether a channel, or the rest of an iterator, is left to the gateway.
    pub(crate) fn leaves_body(&self) -> bool {
        self.leaves_body
    }

    /// The rest of a body that is left to the gateway.
    #[cold]
    pub(crate) fn live(&mut self, source: Source, environ: &Environ) -> Rest {
        let missing = match self.delimiter {
            Delimiter::Length(_) => Some(mem::take(&mut self.remaining)),
            _ => None,
        };
        Rest::Live(Live::new(source, missing, environ))
    }

    /// The number of bytes missing of the declared length.
    pub(crate) fn shortfall(&self) -> u64 {
        self.remaining
    }

    /// Sends the `written` bytes that are not sent yet, and then the returned bytes. Returns them
    /// as the rest if the gateway can send them without the application.
    #[inline(always)] // in the one place that calls it
    pub(crate) fn deliver_bytes(
        &mut self,
        head: &mut Head,
        written: &[u8],
        chunk: Chunk,
    ) -> Result<Rest> {
        self.begin(head)?;
        if self.deadline.is_some() {
            self.check_deadline_finally()?;
        }
        let bytes = chunk.bytes();
        let length = bytes.as_ref().map_or(chunk.len(), |bytes| bytes.len()) as u64;
        let known = length.checked_add(written.len() as u64);
        if !self.is_sent() {
            self.send_head(head, known)?;
            if !written.is_empty() {
                self.body(written)?;
            }
        }
        if matches!(self.delimiter, Delimiter::Chunked | Delimiter::Close) {
            return self.stream(head, known, &mut Content::Bytes(chunk));
        }
        let allowed = self.allow(length);
        if allowed == 0 {
            return Ok(Rest::Nothing);
        }
        let part = 0..allowed as usize; // at most the length of a slice
        let is_taken = match bytes {
            Ok(bytes) if allowed < length => self.offer_part(&bytes[part.clone()]),
            Ok(bytes) => self.transport.take_body(bytes),
            Err(_) => false,
        };
        if is_taken {
            self.streamed += allowed;
            return Ok(Rest::Nothing);
        }
        Ok(Rest::Bytes(chunk.slice(part)))
    }

    /// Offers the part of the returned bytes that the length allows.
    #[cold]
    #[inline(never)] // so that the common way knows the length of bytes that are literal
    fn offer_part(&mut self, bytes: &[u8]) -> bool {
        self.transport.take_body(bytes)
    }

    /// Sends the `written` bytes that are not sent yet, and then the returned `content`. `length`
    /// is the length of `content`, if it is known. Returns the rest that the gateway can send
    /// without the application.
    #[inline(never)] // as most bodies are bytes
    pub(crate) fn deliver(
        &mut self,
        head: &mut Head,
        written: &[u8],
        length: Option<u64>,
        content: &mut Content,
    ) -> Result<Rest> {
        self.begin(head)?;
        let at_hand = match content {
            Content::Channel(_) => return self.channel(head, written, length, content),
            Content::Empty => true,
            Content::File(_) => length.is_some(),
            _ => false,
        };
        if self.deadline.is_some() {
            match at_hand {
                true => self.check_deadline_finally()?,
                false => self.check_deadline()?,
            }
        }
        let known = length.and_then(|length| length.checked_add(written.len() as u64));
        if !self.is_sent() && (at_hand || !written.is_empty()) {
            self.send_head(head, known)?;
            if !written.is_empty() {
                self.body(written)?;
            }
        }
        if !at_hand && self.has_unflushed {
            self.flush_transport()?; // what was written must not wait for the rest
        }
        if at_hand && matches!(self.delimiter, Delimiter::None | Delimiter::Length(_)) {
            let allowed = self.allow(length.unwrap_or_default());
            if allowed == 0 {
                return Ok(Rest::Nothing);
            }
            return Ok(match mem::take(content) {
                Content::File(file) => Rest::File(file, allowed),
                _ => Rest::Nothing,
            });
        }
        self.stream(head, known, content)
    }

    /// Checks that there is a head to send, and somebody to send it to.
    #[inline(always)]
    fn begin(&self, head: &Head) -> Result<()> {
        if !head.is_started() {
            return Err(StartError::NotStarted.into());
        }
        if self.gone.is_some() {
            return Err(Disconnected.into());
        }
        Ok(())
    }

    /// Leaves a channel in `content` to a gateway that drains it, or sends its chunks as they come.
    /// The head does not wait for the first one.
    #[cold]
    fn channel(
        &mut self,
        head: &mut Head,
        written: &[u8],
        length: Option<u64>,
        content: &mut Content,
    ) -> Result<Rest> {
        let known = length.and_then(|length| length.checked_add(written.len() as u64));
        let patience = self.transport.channel_patience();
        if self.deadline.is_some() {
            match patience {
                Some(_) => self.check_deadline_finally()?,
                None => self.check_deadline()?,
            }
        }
        let Content::Channel(receiver) = content else {
            return Ok(Rest::Nothing);
        };
        if let Some(patience) = patience {
            receiver.hand_over(patience);
        }
        if !self.is_sent() {
            if let Some(failure) = receiver.take_failure() {
                return Err(failure);
            }
            self.send_head(head, known)?;
            self.body(written)?;
        }
        if self.delimiter == Delimiter::None {
            return Ok(Rest::Nothing);
        }
        if patience.is_some() {
            self.leaves_body = true;
            return Ok(Rest::Nothing);
        }
        self.flush_transport()?;
        self.stream(head, known, content)
    }

    #[inline]
    fn send_head(&mut self, head: &mut Head, known: Option<u64>) -> Result<()> {
        let framing = Framing::decide(head, self.rules, known)?;
        head.commit();
        self.delimiter = framing.delimiter;
        if let Delimiter::Length(length) = framing.delimiter {
            self.remaining = length;
        }
        self.sent = true;
        Ok(self.pass(|transport| transport.head(head, framing))?)
    }

    fn body(&mut self, bytes: &[u8]) -> io::Result<()> {
        let allowed = self.allow(bytes.len() as u64) as usize;
        if allowed == 0 {
            return Ok(());
        }
        self.streamed += allowed as u64;
        self.has_unflushed = true;
        self.pass(|transport| transport.body(&bytes[..allowed]))
    }

    fn flush_transport(&mut self) -> io::Result<()> {
        self.has_unflushed = false;
        self.pass(Transport::flush)
    }

    /// The number of bytes, out of `length`, that the framing still allows. They count as sent.
    #[inline]
    fn allow(&mut self, length: u64) -> u64 {
        match self.delimiter {
            Delimiter::None => 0,
            Delimiter::Length(_) => {
                let allowed = length.min(self.remaining);
                self.surplus |= allowed < length;
                self.remaining -= allowed;
                allowed
            }
            Delimiter::Chunked | Delimiter::Close => length,
        }
    }

    /// Calls the transport, unless it failed before. Its error means that the client is gone.
    fn pass(&mut self, ask: impl FnOnce(&mut T) -> io::Result<()>) -> io::Result<()> {
        if self.gone.is_some() {
            return Err(Disconnected.into());
        }
        ask(self.transport).map_err(|error| {
            self.gone = Some(End::of_write_error(error.kind()));
            io::Error::new(error.kind(), Disconnected)
        })
    }
}

impl<T: Transport + ?Sized> Outlet for Sending<'_, T> {
    fn write(&mut self, head: &mut Head, chunk: &[u8]) -> io::Result<()> {
        if self.deadline.is_some() {
            self.check_deadline().map_err(Error::into_io)?;
        }
        if !self.is_sent() {
            self.send_head(head, None).map_err(Error::into_io)?;
        }
        self.body(chunk)
    }

    fn flush(&mut self, _head: &mut Head) -> io::Result<()> {
        if !self.is_sent() {
            return Ok(());
        }
        if self.deadline.is_some() {
            self.check_deadline().map_err(Error::into_io)?;
        }
        self.flush_transport()
    }
}
