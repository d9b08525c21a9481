//! One response on its way to the transport.

use std::io::{self, BufRead};

use wsgi_application::{Body, Content, Error, Head, Outlet, Result, StartError};

use crate::{Delimiter, Framing, Rest, Rules, Transport};

/// The outlet below every filter: sends the head once, then no more bytes of
/// the body than its framing allows.
pub(crate) struct Sending<'a> {
    transport: &'a mut dyn Transport,
    rules: Rules,
    /// Whether the head went to the transport.
    sent: bool,
    delimiter: Delimiter,
    /// How many bytes a declared length still promises.
    remaining: u64,
    /// Whether bytes beyond the declared length were cut.
    surplus: bool,
}

impl<'a> Sending<'a> {
    pub(crate) fn new(transport: &'a mut dyn Transport, rules: Rules) -> Self {
        Sending {
            transport,
            rules,
            sent: false,
            delimiter: Delimiter::None,
            remaining: 0,
            surplus: false,
        }
    }

    /// Whether the head is out, so that nothing can be replaced any more.
    pub(crate) fn is_sent(&self) -> bool {
        self.sent
    }

    /// Whether the application gave more bytes than it declared.
    pub(crate) fn had_surplus(&self) -> bool {
        self.surplus
    }

    /// How many bytes of the declared length never came.
    pub(crate) fn shortfall(&self) -> u64 {
        self.remaining
    }

    /// Sends what the application returned, after what it wrote. A rest that
    /// the gateway can send without the application is returned.
    pub(crate) fn deliver(
        &mut self,
        head: &mut Head,
        gathered: &mut Vec<u8>,
        body: Body,
    ) -> Result<Rest> {
        if !head.is_started() {
            return Err(StartError::NotStarted.into());
        }
        if !self.sent {
            let known = body
                .len()
                .and_then(|length| length.checked_add(gathered.len() as u64));
            match body.into_content() {
                // The usual case: all of the body is at hand.
                Content::Empty => {
                    self.send_head(head, known)?;
                    self.body(gathered)?;
                    Ok(Rest::Nothing)
                }
                Content::Bytes(mut bytes) => {
                    self.send_head(head, known)?;
                    self.body(gathered)?;
                    let allowed = self.allow(bytes.len());
                    if allowed < bytes.len() {
                        match &mut bytes {
                            std::borrow::Cow::Borrowed(bytes) => *bytes = &bytes[..allowed],
                            std::borrow::Cow::Owned(bytes) => bytes.truncate(allowed),
                        }
                    }
                    Ok(if bytes.is_empty() {
                        Rest::Nothing
                    } else {
                        Rest::Bytes(bytes)
                    })
                }
                Content::File(file) if let Some(length) = file.remaining() => {
                    self.send_head(head, known)?;
                    self.body(gathered)?;
                    let allowed = self.allow(usize::try_from(length).unwrap_or(usize::MAX));
                    Ok(if allowed == 0 {
                        Rest::Nothing
                    } else {
                        Rest::File(file, allowed as u64)
                    })
                }
                content => {
                    let written = std::mem::take(gathered);
                    if !written.is_empty() {
                        self.send_head(head, known)?;
                        self.body(&written)?;
                        self.transport.flush()?;
                    }
                    *gathered = written;
                    self.stream(head, known, content)
                }
            }
        } else {
            self.stream(head, None, body.into_content())
        }
    }

    /// Sends a body as it comes, chunk by chunk.
    fn stream(&mut self, head: &mut Head, known: Option<u64>, content: Content) -> Result<Rest> {
        match content {
            Content::Bytes(bytes) => {
                self.chunk(head, known, &bytes)?;
            }
            Content::File(mut file) => {
                let mut block = Vec::new();
                while file.read_block(&mut block)? > 0 && self.chunk(head, known, &block)? {}
            }
            Content::Input(mut input) => loop {
                let chunk = input.fill_buf()?;
                let length = chunk.len();
                if length == 0 || !self.chunk(head, known, chunk)? {
                    break;
                }
                input.consume(length);
            },
            Content::Chunks(chunks) => {
                for chunk in chunks {
                    if !self.chunk(head, known, &chunk?)? {
                        break;
                    }
                }
            }
            _ => {}
        }
        if !self.sent {
            self.send_head(head, Some(0))?; // it ended without a single byte
        }
        Ok(Rest::Nothing)
    }

    /// Sends one chunk at once (PEP 3333, Buffering and Streaming); false when
    /// no more of them is wanted.
    fn chunk(&mut self, head: &mut Head, known: Option<u64>, chunk: &[u8]) -> Result<bool> {
        if chunk.is_empty() {
            return Ok(true);
        }
        if !self.sent {
            self.send_head(head, known)?;
        }
        self.body(chunk)?;
        self.transport.flush()?;
        Ok(self.delimiter != Delimiter::None && !self.surplus)
    }

    fn send_head(&mut self, head: &mut Head, known: Option<u64>) -> Result<()> {
        let framing = Framing::decide(head, self.rules, known)?;
        head.commit();
        self.delimiter = framing.delimiter;
        self.remaining = match framing.delimiter {
            Delimiter::Length(length) => length,
            _ => 0,
        };
        self.sent = true;
        self.transport.head(head, framing)?;
        Ok(())
    }

    fn body(&mut self, bytes: &[u8]) -> io::Result<()> {
        let allowed = self.allow(bytes.len());
        if allowed == 0 {
            return Ok(());
        }
        self.transport.body(&bytes[..allowed])
    }

    /// How many of `length` bytes the framing still has room for; they are
    /// taken as sent.
    fn allow(&mut self, length: usize) -> usize {
        match self.delimiter {
            Delimiter::None => 0,
            Delimiter::Length(_) => {
                let allowed = usize::try_from(self.remaining)
                    .unwrap_or(usize::MAX)
                    .min(length);
                self.surplus |= allowed < length;
                self.remaining -= allowed as u64;
                allowed
            }
            Delimiter::Chunked | Delimiter::Close => length,
        }
    }
}

impl Outlet for Sending<'_> {
    fn write(&mut self, head: &mut Head, chunk: &[u8]) -> io::Result<()> {
        if !self.sent {
            self.send_head(head, None).map_err(Error::into_io)?;
        }
        self.body(chunk)
    }

    fn flush(&mut self, _head: &mut Head) -> io::Result<()> {
        if self.sent {
            self.transport.flush()
        } else {
            Ok(())
        }
    }
}
