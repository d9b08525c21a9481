//! A body that is filtered while it is sent.

use std::{
    io::{self, BufRead, ErrorKind},
    mem,
};

use super::written::Written;
use crate::{body::Content, chunk::Chunk, error::Error, filter::Filter, result::Result};

/// A body that goes through a filter while it is sent.
pub(super) struct FilteredBody<F> {
    filter: F,
    /// The filtered bytes that go before the blocks.
    first: Vec<u8>,
    blocks: Blocks,
    /// Whether the next block may take time, so that each is flushed.
    waits: bool,
    /// Whether the body has ended or failed.
    is_over: bool,
}

type Blocks = Box<dyn Iterator<Item = Result<Chunk>> + Send>;

impl<F: Filter> FilteredBody<F> {
    /// The body after what the application wrote.
    pub(super) fn new(mut filter: F, written: &Written, mut content: Content) -> io::Result<Self> {
        let waits = match &mut content {
            // The filtered length says nothing of the file's, should that become shorter.
            Content::File(file) => file.fix_length().is_none(),
            _ => true,
        };
        let mut first = Vec::new();
        match waits {
            true => written.pass_and_flush(&mut filter, &mut first)?,
            false => written.pass(&mut filter, &mut first)?,
        }
        Ok(Self {
            filter,
            first,
            blocks: blocks(content),
            waits,
            is_over: false,
        })
    }

    fn block(&mut self, block: &Chunk, out: &mut Vec<u8>) -> io::Result<()> {
        self.filter.chunk(block.bytes()?, out)?;
        if self.waits {
            self.filter.flush(out)?;
        }
        Ok(())
    }
}

impl<F: Filter> Iterator for FilteredBody<F> {
    type Item = Result<Chunk>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_over {
            return None;
        }
        if !self.first.is_empty() {
            return Some(Ok(mem::take(&mut self.first).into()));
        }
        let mut out = Vec::new();
        let block = self.blocks.next();
        self.is_over = !matches!(block, Some(Ok(_)));
        let result = match block {
            Some(Ok(block)) if block.is_empty() => Ok(()),
            Some(Ok(block)) => self.block(&block, &mut out).map_err(Error::from),
            Some(Err(error)) => Err(error),
            None => self.filter.end(&mut out).map_err(Error::from),
        };
        self.is_over |= result.is_err();
        Some(result.map(|()| out.into()))
    }
}

/// The chunks of any content.
fn blocks(content: Content) -> Blocks {
    match content {
        Content::Empty => Box::new(std::iter::empty()),
        Content::Bytes(bytes) => Box::new(std::iter::once(Ok(bytes))),
        Content::File(file) => Box::new(file.map(|block| Ok(block?.into()))),
        Content::Input(mut input) => Box::new(std::iter::from_fn(move || {
            loop {
                return match input.fill_buf().map(<[u8]>::to_vec) {
                    Ok(block) if block.is_empty() => None,
                    Ok(block) => {
                        input.consume(block.len());
                        Some(Ok(block.into()))
                    }
                    Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                    Err(error) => Some(Err(error.into())),
                };
            }
        })),
        Content::Chunks(chunks) => chunks,
        Content::Channel(receiver) => receiver,
    }
}
