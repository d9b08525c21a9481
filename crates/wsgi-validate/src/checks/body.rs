//! The body that the application returned, on its way to the gateway.

use std::{
    io::{self, BufRead, ErrorKind, Read},
    sync::Arc,
};

use wsgi_application::{Body, Chunk, Content, Error, FileWrapper, Result};
use wsgi_environ::Input;

use super::promise::Promise;
use crate::{
    finding::Finding,
    rule::rules,
    watch::{Stage, Watch},
};

rules! {
    /// The gateway asks for no further chunk after a body has ended or failed.
    BODY_END: Gateway, Violation, "wsgi-application, Content::Chunks";
}

use rules::*;

/// Checks a body in memory at once. Any other body becomes one that is checked while it is sent.
/// The kind of the body does not change.
pub(crate) fn watched(body: Body, mut promise: Promise, watch: &Arc<Watch>) -> Result {
    let length = body.len();
    let content = match (body.into_content(), length) {
        (Content::Bytes(bytes), _) => {
            promise.chunk(&bytes)?;
            promise.end()?;
            Content::Bytes(bytes)
        }
        (content @ (Content::Empty | Content::File(_)), Some(length)) => {
            promise.count(length)?;
            promise.end()?;
            content
        }
        // The gateway must see the file itself, even a pipe.
        (Content::File(file), None) if file.as_file().is_none() => {
            let size = file.block_size();
            let source = Passage::open(*file, promise, watch);
            let file = FileWrapper::new(source).with_block_size(size);
            return Ok(file.into());
        }
        (Content::Input(input), _) => {
            let source = Passage::open(*input, promise, watch);
            let input = Input::from_source(source);
            return Ok(match length {
                Some(length) => input.with_remaining(length).into(),
                None => input.into(),
            });
        }
        (Content::Chunks(chunks), _) => {
            let chunks = Passage::open(chunks, promise, watch);
            return Ok(Content::Chunks(Box::new(chunks)).into());
        }
        // A pipe, of which the same holds as of any body.
        (content @ Content::File(_), None) => {
            promise.opens()?;
            content
        }
        // What comes is not known, and it must come without a thread.
        (Content::Channel(receiver), _) => {
            match receiver.remaining() {
                Some(length) => {
                    promise.count(length)?;
                    promise.end()?;
                }
                None => promise.opens()?,
            }
            Content::Channel(receiver)
        }
        (content, _) => content,
    };
    watch.reach(Stage::Answered);
    Ok(content.into())
}

/// A body that comes in pieces, and is checked on its way.
struct Passage<S> {
    /// It must be dropped before `watch`, which reports the drop.
    source: S,
    promise: Promise,
    is_over: bool,
    watch: Open,
}

/// Reports the drop of a body.
struct Open(Arc<Watch>);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.reach(Stage::Answered);
        self.0.set_body_open(false);
    }
}

impl<S> Passage<S> {
    fn open(source: S, promise: Promise, watch: &Arc<Watch>) -> Self {
        watch.set_body_open(true);
        Self {
            source,
            promise,
            is_over: false,
            watch: Open(Arc::clone(watch)),
        }
    }

    /// Notes that the body failed, because of the application or a finding.
    fn fail<E>(&mut self, error: E) -> E {
        self.is_over = true;
        // Before its first bytes, the response can still be replaced.
        if self.promise.has_begun() {
            self.watch.0.set_body_failed();
        }
        error
    }

    /// Notes that the body failed, unless the read was only interrupted, and is repeated.
    fn failed_read(&mut self, error: io::Error) -> io::Error {
        match error.kind() {
            ErrorKind::Interrupted => error,
            _ => self.fail(error),
        }
    }

    fn checked(&mut self, result: std::result::Result<(), Finding>) -> io::Result<()> {
        result.map_err(|finding| self.fail(finding).into_io())
    }
}

impl Iterator for Passage<Box<dyn Iterator<Item = Result<Chunk>> + Send>> {
    type Item = Result<Chunk>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_over {
            self.watch
                .0
                .noted(BODY_END, "the gateway asked for another chunk");
            return None;
        }
        let chunk = self.source.next();
        let result = match &chunk {
            Some(Ok(chunk)) => self.promise.chunk(chunk),
            Some(Err(_)) => {
                self.fail(());
                Ok(())
            }
            None => {
                self.is_over = true;
                self.promise.end()
            }
        };
        match result {
            Ok(()) => chunk,
            Err(finding) => Some(Err(Error::from(self.fail(finding)))),
        }
    }
}

impl Read for Passage<FileWrapper> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let read = self.source.read(buf);
        let length = read.map_err(|error| self.failed_read(error))?;
        let result = match length {
            0 if buf.is_empty() => Ok(()),
            0 => self.promise.end(),
            _ => self.promise.chunk(&buf[..length]),
        };
        self.checked(result)?;
        Ok(length)
    }
}

impl Read for Passage<Input> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let length = self.fill_buf()?.read(buf)?;
        self.consume(length);
        Ok(length)
    }
}

impl BufRead for Passage<Input> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        let chunk = self.source.fill_buf();
        let (length, result) = match chunk {
            Ok([]) => (0, self.promise.end()),
            Ok(chunk) => (chunk.len(), self.promise.look(chunk)),
            Err(error) => return Err(self.failed_read(error)),
        };
        self.checked(result)?;
        match length {
            0 => Ok(&[]), // a second call would read past the end
            _ => self.source.fill_buf(),
        }
    }

    fn consume(&mut self, amount: usize) {
        self.source.consume(amount);
        // A failure is returned at the next chunk or the end.
        let _ = self.promise.count(amount as u64);
    }
}
