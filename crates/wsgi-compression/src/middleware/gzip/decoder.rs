//! A decoder of the coding `gzip`.

use std::io::{self, BufRead, ErrorKind, Read};

use flate2::bufread::MultiGzDecoder;

/// A reader of the bytes that another one has in members of gzip.
pub(crate) struct GzipDecoder<R: BufRead>(MultiGzDecoder<Later<R>>);

impl<R: BufRead> GzipDecoder<R> {
    pub(crate) fn new(reader: R) -> Self {
        let later = Later {
            reader,
            is_open: false,
        };
        Self(MultiGzDecoder::new(later))
    }

    pub(crate) fn get_ref(&self) -> &R {
        &self.0.get_ref().reader
    }
}

impl<R: BufRead> Read for GzipDecoder<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.0.get_mut().is_open = true;
        self.0.read(buf)
    }
}

/// A reader that has nothing until it is opened. The library reads the first header as soon as it
/// has the reader, and again later if there was nothing. But the client of a request may wait for
/// an application that reads, and an error would be lost.
struct Later<R> {
    reader: R,
    is_open: bool,
}

impl<R> Later<R> {
    fn opened(&mut self) -> io::Result<&mut R> {
        match self.is_open {
            true => Ok(&mut self.reader),
            false => Err(ErrorKind::WouldBlock.into()),
        }
    }
}

impl<R: Read> Read for Later<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.opened()?.read(buf)
    }
}

impl<R: BufRead> BufRead for Later<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.opened()?.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        self.reader.consume(amount);
    }
}
