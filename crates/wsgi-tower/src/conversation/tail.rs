//! The rest of a response that needs no thread.

use std::io;

use bytes::Bytes;
use wsgi_application::FileWrapper;
use wsgi_environ::Environ;
use wsgi_gateway::{Engine, Live, Piece, log_message};

use super::Ending;
use crate::chunk_bytes::chunk_bytes;

/// The rest of a response, which the thread of the call has left.
pub(crate) struct Tail {
    source: Source,
    /// The reason why it broke off, unless its source has it.
    failure: Option<io::Error>,
}

enum Source {
    /// A file, and the number of bytes of it that are left. It is read on a thread of the pool, a
    /// buffer at a time.
    File(Box<FileWrapper>, u64),
    /// The chunks of a channel. If filters change them, they do so on a thread of the pool.
    Live(Box<Live>),
}

/// The next part of a tail.
pub(crate) enum Step {
    Bytes(Bytes),
    /// Nothing at present.
    Nothing,
    Ended(Ending),
}

/// Some of a tail.
pub(crate) struct Refill {
    pub(crate) pieces: Vec<Bytes>,
    /// Whether there may be more at once.
    pub(crate) has_more: bool,
    pub(crate) ending: Option<Ending>,
}

impl Tail {
    pub(crate) fn file(file: Box<FileWrapper>, length: u64) -> Self {
        Self {
            source: Source::File(file, length),
            failure: None,
        }
    }

    pub(crate) fn live(live: Box<Live>) -> Self {
        Self {
            source: Source::Live(live),
            failure: None,
        }
    }

    /// Whether the task gets the pieces itself, since no other code is involved.
    pub(crate) fn is_simple(&self) -> bool {
        matches!(&self.source, Source::Live(live) if !live.is_filtered())
    }

    /// The next part. That of a tail which is not simple is got on a thread.
    pub(crate) fn step(&mut self) -> Step {
        let step = match &mut self.source {
            Source::File(_, 0) => Ok(Step::Ended(Ending::Whole)),
            Source::File(file, left) => read(file, left),
            Source::Live(live) => match live.next_piece() {
                Piece::Chunk(chunk) => chunk_bytes(chunk).map(Step::Bytes),
                Piece::Nothing => Ok(Step::Nothing),
                Piece::End => Ok(Step::Ended(Ending::Whole)),
                _ => Ok(Step::Ended(Ending::Broken)),
            },
        };
        step.unwrap_or_else(|error| {
            self.failure = Some(error);
            Step::Ended(Ending::Broken)
        })
    }

    /// Has `notify` called when a live tail has something.
    pub(crate) fn notify(&self, notify: impl Fn() + Send + Sync + 'static) {
        if let Source::Live(live) = &self.source {
            live.notify(notify);
        }
    }

    pub(crate) fn set_draining(&self) {
        if let Source::Live(live) = &self.source {
            live.set_draining();
        }
    }

    /// Takes about `limit` bytes. It may block and run filters, and so belongs on a thread.
    pub(crate) fn refill(&mut self, limit: usize) -> Refill {
        let (mut pieces, mut taken) = (Vec::new(), 0);
        let (mut has_more, mut ending) = (true, None);
        while has_more && ending.is_none() && taken < limit {
            match self.step() {
                Step::Bytes(bytes) => {
                    taken += bytes.len();
                    pieces.push(bytes);
                }
                Step::Nothing => has_more = false,
                Step::Ended(end) => ending = Some(end),
            }
        }
        Refill {
            pieces,
            has_more,
            ending: ending.or_else(|| self.is_read().then_some(Ending::Whole)),
        }
    }

    /// The end of a tail whose refill has panicked.
    pub(crate) fn break_off(&mut self) -> Refill {
        self.failure = Some(io::Error::other("a panic"));
        Refill {
            pieces: Vec::new(),
            has_more: false,
            ending: Some(Ending::Broken),
        }
    }

    /// Whether it is a file that is read to its end.
    fn is_read(&self) -> bool {
        matches!(self.source, Source::File(_, 0))
    }

    /// Logs why it broke off, on a thread.
    pub(crate) fn report(&mut self, engine: &Engine, environ: &Environ) {
        let whose = match &mut self.source {
            Source::File(..) => "file",
            Source::Live(live) => {
                if live.has_report() {
                    engine.report(live, environ.errors());
                }
                "body"
            }
        };
        if let Some(error) = &self.failure {
            log_message(environ, format_args!("the {whose} cannot be sent: {error}"));
        }
    }
}

/// The next block of a file.
fn read(file: &mut FileWrapper, left: &mut u64) -> io::Result<Step> {
    let mut block = Vec::new();
    if file.read_block(&mut block)? == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into()); // it has become shorter
    }
    // The file may have grown. It fits a `usize`, since the block is not shorter.
    let wanted = (block.len() as u64).min(*left);
    block.truncate(wanted as usize);
    *left -= wanted;
    Ok(Step::Bytes(block.into()))
}
