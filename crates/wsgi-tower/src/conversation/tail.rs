//! The rest of a response that needs no thread.

use bytes::Bytes;
use wsgi_application::FileWrapper;
use wsgi_environ::Errors;
use wsgi_gateway::{Engine, Live, Piece};

use super::Ending;

/// The rest of a response, which the thread of the call has left.
pub(crate) enum Tail {
    /// A file, and the number of bytes of it that are left. It is read on a thread of the pool, a
    /// buffer at a time.
    File(Box<FileWrapper>, u64),
    /// The chunks of a channel. If filters change them, they do so on a thread of the pool.
    Live(Box<Live>),
}

/// Some of a tail.
pub(crate) struct Refill {
    pub(crate) pieces: Vec<Bytes>,
    /// Whether there may be more at once.
    pub(crate) has_more: bool,
    pub(crate) ending: Option<Ending>,
}

impl Refill {
    /// The refill of a tail that has nothing more.
    pub(crate) fn broken() -> Self {
        Self {
            pieces: Vec::new(),
            has_more: false,
            ending: Some(Ending::Broken),
        }
    }
}

impl Tail {
    /// Whether the task gets the pieces itself, since no other code is involved.
    pub(crate) fn is_simple(&self) -> bool {
        matches!(self, Tail::Live(live) if !live.is_filtered())
    }

    /// The next piece of a simple tail.
    pub(crate) fn next_piece(&mut self) -> Piece {
        match self {
            Tail::Live(live) => live.next_piece(),
            Tail::File(..) => Piece::Nothing,
        }
    }

    /// Has `notify` called when a live tail has something.
    pub(crate) fn notify(&self, notify: impl Fn() + Send + Sync + 'static) {
        if let Tail::Live(live) = self {
            live.notify(notify);
        }
    }

    pub(crate) fn set_draining(&self) {
        if let Tail::Live(live) = self {
            live.set_draining();
        }
    }

    /// Takes about `limit` bytes. It may block and run filters, and so belongs on a thread.
    pub(crate) fn refill(&mut self, limit: usize) -> Refill {
        match self {
            Tail::File(file, left) => read(file, left, limit),
            Tail::Live(live) => take(live, limit),
        }
    }

    /// Logs why it broke off, on a thread.
    pub(crate) fn report(&mut self, engine: &Engine, errors: &Errors) {
        if let Tail::Live(live) = self
            && live.has_report()
        {
            engine.report(live, errors);
        }
    }
}

fn read(file: &mut FileWrapper, left: &mut u64, limit: usize) -> Refill {
    let (mut pieces, mut taken) = (Vec::new(), 0);
    let mut ending = None;
    while *left > 0 && taken < limit && ending.is_none() {
        let mut block = Vec::new();
        match file.read_block(&mut block) {
            Ok(length) if length > 0 => {
                // The file may have grown. It fits a `usize`, since the block is not shorter.
                let wanted = (block.len() as u64).min(*left);
                block.truncate(wanted as usize);
                *left -= wanted;
                taken += block.len();
                pieces.push(block.into());
            }
            _ => ending = Some(Ending::Broken), // it has become shorter, or cannot be read
        }
    }
    Refill {
        pieces,
        has_more: true,
        ending: ending.or((*left == 0).then_some(Ending::Whole)),
    }
}

fn take(live: &mut Live, limit: usize) -> Refill {
    let (mut pieces, mut taken) = (Vec::new(), 0);
    let (mut has_more, mut ending) = (true, None);
    while has_more && ending.is_none() && taken < limit {
        match live.next_piece() {
            Piece::Chunk(chunk) => {
                taken += chunk.len();
                pieces.push(Bytes::from_owner(chunk));
            }
            Piece::Nothing => has_more = false,
            Piece::End => ending = Some(Ending::Whole),
            _ => ending = Some(Ending::Broken),
        }
    }
    Refill {
        pieces,
        has_more,
        ending,
    }
}
