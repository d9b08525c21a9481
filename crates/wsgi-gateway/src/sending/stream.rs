//! Bodies that are sent chunk by chunk, as they come.

use std::{
    io::{BufRead, ErrorKind},
    iter, mem,
    time::Duration,
};

use wsgi_application::{Chunk, Content, FileWrapper, Head, Received, Receiver, Result};
use wsgi_environ::Input;

use super::Sending;
use crate::{framing::Delimiter, rest::Rest, transport::Transport};

/// The pause between two looks at the client, while the next chunk of a channel is awaited.
const LOOK: Duration = Duration::from_millis(250);

/// The chunks of an iterator.
type Chunks = Box<dyn Iterator<Item = Result<Chunk>> + Send>;

impl<T: Transport + ?Sized> Sending<'_, T> {
    /// Sends a body chunk by chunk, as it comes.
    #[inline(never)] // as most bodies are known whole
    pub(super) fn stream(
        &mut self,
        head: &mut Head,
        known: Option<u64>,
        content: &mut Content,
    ) -> Result<Rest> {
        match content {
            Content::Empty => {}
            Content::Bytes(bytes) => {
                self.chunk(head, known, bytes.bytes()?)?;
            }
            Content::File(file) => self.file(head, known, file)?,
            Content::Input(input) => self.input(head, known, input)?,
            Content::Chunks(chunks) => self.chunks(head, known, chunks)?,
            Content::Channel(receiver) => self.receiver(head, known, receiver)?,
            _ => return Err("this gateway does not know this kind of body".into()),
        }
        if !self.is_sent() {
            self.send_head(head, Some(0))?; // the body is empty
        }
        Ok(Rest::Nothing)
    }

    /// Sends a file whose length the framing does not say.
    fn file(&mut self, head: &mut Head, known: Option<u64>, file: &mut FileWrapper) -> Result<()> {
        file.fix_length();
        let mut block = Vec::new();
        while file.read_block(&mut block)? > 0 && self.chunk(head, known, &block)? {}
        Ok(())
    }

    /// Sends the body of the request back.
    fn input(&mut self, head: &mut Head, known: Option<u64>, input: &mut Input) -> Result<()> {
        loop {
            let chunk = match input.fill_buf() {
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                chunk => chunk?,
            };
            let length = chunk.len();
            if length == 0 || !self.chunk(head, known, chunk)? {
                return Ok(());
            }
            input.consume(length);
        }
    }

    /// Sends the chunks of an iterator. If the client is slow, leaves those that follow to a
    /// gateway that takes over.
    fn chunks(&mut self, head: &mut Head, known: Option<u64>, chunks: &mut Chunks) -> Result<()> {
        while let Some(chunk) = chunks.next() {
            let chunk = chunk?;
            match self.chunk_limit() {
                None => {
                    self.chunk(head, known, chunk.bytes()?)?;
                }
                Some(limit) => {
                    if let Some(left) = self.try_chunk(head, known, chunk, limit)? {
                        let rest = mem::replace(chunks, Box::new(iter::empty()));
                        *chunks = Box::new(iter::once(Ok(left)).chain(rest));
                        self.leaves_body = true;
                        return Ok(());
                    }
                }
            }
            if self.is_over() {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Sends the chunks of a channel, and waits for each.
    fn receiver(
        &mut self,
        head: &mut Head,
        known: Option<u64>,
        receiver: &mut Receiver,
    ) -> Result<()> {
        loop {
            match receiver.next_within(LOOK)? {
                Received::Chunk(chunk) => {
                    if !self.chunk(head, known, chunk.bytes()?)? {
                        return Ok(());
                    }
                }
                Received::Nothing => self.look()?,
                _ => return Ok(()),
            }
        }
    }

    /// Looks whether there still is somebody to wait for.
    fn look(&mut self) -> Result<()> {
        if self.deadline.is_some() {
            self.check_deadline()?;
        }
        Ok(self.pass(Transport::check_client)?)
    }

    /// Sends a chunk at once (PEP 3333, Buffering and Streaming). Returns false if no further chunk
    /// can be sent.
    fn chunk(&mut self, head: &mut Head, known: Option<u64>, chunk: &[u8]) -> Result<bool> {
        if chunk.is_empty() {
            return Ok(true);
        }
        if self.deadline.is_some() {
            self.check_deadline()?;
        }
        if !self.is_sent() {
            self.send_head(head, known)?;
        }
        self.body(chunk)?;
        self.flush_transport()?;
        Ok(self.delimiter != Delimiter::None && !self.surplus)
    }

    /// The limit of a chunk that the gateway takes at once, if it takes over from a slow client. It
    /// has no deadline for the application.
    fn chunk_limit(&self) -> Option<usize> {
        match self.deadline {
            Some(_) => None,
            None => self.transport.chunk_limit(),
        }
    }

    /// Sends a chunk as far as the client takes it now. Returns the first of the chunks that are
    /// left to the gateway if the client is slow, or if the chunk is larger than `limit`.
    fn try_chunk(
        &mut self,
        head: &mut Head,
        known: Option<u64>,
        chunk: Chunk,
        limit: usize,
    ) -> Result<Option<Chunk>> {
        let bytes = chunk.bytes()?;
        if bytes.is_empty() {
            return Ok(None);
        }
        if !self.is_sent() {
            self.send_head(head, known)?;
        }
        if self.delimiter == Delimiter::None {
            return Ok(None);
        }
        if bytes.len() > limit {
            return Ok(Some(chunk));
        }
        self.body(bytes)?;
        self.has_unflushed = false;
        let mut has_sent = true;
        self.pass(|transport| transport.try_flush().map(|all| has_sent = all))?;
        Ok((!has_sent && !self.surplus).then(Chunk::default))
    }

    /// Whether no further chunk can be sent.
    fn is_over(&self) -> bool {
        self.sent && (self.delimiter == Delimiter::None || self.surplus)
    }
}
