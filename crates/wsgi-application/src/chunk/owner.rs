//! The owners of bytes that chunks keep alive.

use std::{
    io::{self, ErrorKind},
    mem,
    ops::Range,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use super::{Chunk, Storage};

/// The owner of the bytes of some chunks. It does not panic.
pub(super) trait Owner: Send + Sync {
    fn length(&self) -> usize;

    /// The bytes, of that length, or none if there is something wrong with them.
    fn bytes(&self) -> &[u8];

    /// The bytes, or an error if they are not all there.
    fn all_bytes(&self) -> io::Result<&[u8]> {
        let bytes = self.bytes();
        if bytes.len() == self.length() {
            return Ok(bytes);
        }
        Err(io::Error::new(
            ErrorKind::UnexpectedEof,
            "the owner of a chunk lost its bytes",
        ))
    }

    /// The part of another chunk that this is, if it is one.
    fn part(&self) -> Option<&Part> {
        None
    }
}

impl Owner for Vec<u8> {
    fn length(&self) -> usize {
        self.len()
    }

    fn bytes(&self) -> &[u8] {
        self
    }
}

impl Owner for String {
    fn length(&self) -> usize {
        self.len()
    }

    fn bytes(&self) -> &[u8] {
        self.as_bytes()
    }
}

/// An owner of any type, whose panics must not reach the thread of a gateway.
pub(super) struct Guarded<T> {
    /// `None` during the drop.
    owner: Option<T>,
    length: usize,
}

impl<T: AsRef<[u8]>> Guarded<T> {
    pub(super) fn new(owner: T) -> Self {
        let length = owner.as_ref().len();
        Self {
            owner: Some(owner),
            length,
        }
    }
}

impl<T: AsRef<[u8]> + Send + Sync> Owner for Guarded<T> {
    fn length(&self) -> usize {
        self.length
    }

    fn bytes(&self) -> &[u8] {
        let bytes = caught(|| self.owner.as_ref().map(AsRef::as_ref)).flatten();
        bytes
            .and_then(|bytes| bytes.get(..self.length))
            .unwrap_or_default()
    }
}

impl<T> Drop for Guarded<T> {
    fn drop(&mut self) {
        caught(|| self.owner = None);
    }
}

/// A part of a chunk, which is shared or kept, and not itself a part.
pub(super) struct Part {
    pub(super) whole: Chunk,
    pub(super) range: Range<usize>,
}

impl Part {
    pub(super) fn of(whole: Chunk, range: Range<usize>) -> Chunk {
        Chunk(Storage::Kept(Arc::new(Self { whole, range })))
    }
}

impl Owner for Part {
    fn length(&self) -> usize {
        self.range.len()
    }

    fn bytes(&self) -> &[u8] {
        self.whole.get(self.range.clone()).unwrap_or_default()
    }

    fn part(&self) -> Option<&Part> {
        Some(self)
    }
}

/// Runs code of an owner; `None` if it panics.
fn caught<T>(code: impl FnOnce() -> T) -> Option<T> {
    // The payload's drop could panic too.
    catch_unwind(AssertUnwindSafe(code))
        .map_err(mem::forget)
        .ok()
}
