//! A channel between two processes within a time.

use std::{
    io::{self, Read, Write},
    os::unix::net::UnixStream,
    time::Duration,
};

use crate::{instant::Instant, retry::retry_until};

/// One end of a channel whose reads and writes, taken together, end in time. The limit of a socket
/// alone would begin again with each of them, and after each signal.
#[derive(Debug)]
pub(super) struct Timely<'a> {
    socket: &'a UnixStream,
    end: Instant,
}

impl<'a> Timely<'a> {
    pub(super) fn new(socket: &'a UnixStream, patience: Duration) -> Self {
        Self {
            socket,
            end: Instant::now() + patience,
        }
    }

    pub(super) fn socket(&self) -> &'a UnixStream {
        self.socket
    }

    /// Repeats a call that receives until it succeeds, fails, or time is up.
    pub(super) fn receiving<T>(&self, call: impl FnMut() -> io::Result<T>) -> io::Result<T> {
        retry_until(self.end, |left| self.socket.set_read_timeout(left), call)
    }

    /// The same for one that sends.
    pub(super) fn sending<T>(&self, call: impl FnMut() -> io::Result<T>) -> io::Result<T> {
        retry_until(self.end, |left| self.socket.set_write_timeout(left), call)
    }
}

impl Read for &Timely<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut socket = self.socket;
        self.receiving(|| socket.read(buffer))
    }
}

impl Write for &Timely<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut socket = self.socket;
        self.sending(|| socket.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
