//! Small chunks of a body, gathered to larger ones.

use std::mem;

use crate::{chunk::Chunk, error::Error};

/// The number of empty chunks in a row after which an empty one is passed on. A server can then
/// serve other connections, and cut a client whose time is over.
const MOST_EMPTY: usize = 1000;

/// Chunks that have at least a number of bytes. Smaller are only the last one, the one before an
/// error, and an empty one in place of [`MOST_EMPTY`].
pub(crate) struct Gathered<I> {
    /// `None` once it has ended.
    chunks: Option<I>,
    /// At least 1.
    least: usize,
    bytes: Vec<u8>,
    /// The item that comes after the bytes.
    held: Option<Result<Chunk, Error>>,
}

impl<I> Gathered<I> {
    pub(crate) fn new(least: usize, chunks: I) -> Self {
        Self {
            chunks: Some(chunks),
            least: least.max(1),
            bytes: Vec::new(),
            held: None,
        }
    }
}

impl<I: Iterator<Item = Result<Chunk, Error>>> Iterator for Gathered<I> {
    type Item = I::Item;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(held) = self.held.take() {
            return Some(held);
        }
        let mut empty = 0;
        while self.bytes.len() < self.least {
            if empty == MOST_EMPTY {
                return Some(Ok(Chunk::default()));
            }
            let before = self.bytes.len();
            let Some(item) = self.chunks.as_mut().and_then(Iterator::next) else {
                self.chunks = None;
                break;
            };
            match self.add(item) {
                Ok(()) if self.bytes.len() > before => empty = 0,
                Ok(()) => empty += 1,
                Err(item) if self.bytes.is_empty() => return Some(item),
                Err(item) => {
                    self.held = Some(item);
                    break;
                }
            }
        }
        let bytes = mem::take(&mut self.bytes);
        (!bytes.is_empty()).then(|| Ok(bytes.into()))
    }
}

impl<I> Gathered<I> {
    /// Takes the bytes of a small chunk. Gives anything else back, a large one without a copy.
    fn add(&mut self, item: Result<Chunk, Error>) -> Result<(), Result<Chunk, Error>> {
        let chunk = item.map_err(Err)?;
        if chunk.len() >= self.least {
            return Err(Ok(chunk));
        }
        let bytes = chunk.bytes().map_err(|error| Err(error.into()))?;
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }
}
