//! A stream that waits for its peer only as long as a turn allows.

#[cfg(unix)]
use std::os::unix::net::UnixStream;
use std::{
    io::{self, Read, Write},
    net::TcpStream,
    time::Duration,
};

use super::{turn::Turn, wait::PIECE};

/// A stream whose reads and writes can have a timeout.
pub(crate) trait Timed {
    fn read_within(&self, bytes: &mut [u8], timeout: Duration) -> io::Result<usize>;
    fn write_within(&self, bytes: &[u8], timeout: Duration) -> io::Result<usize>;
}

impl Timed for TcpStream {
    fn read_within(&self, bytes: &mut [u8], timeout: Duration) -> io::Result<usize> {
        self.set_read_timeout(Some(timeout))?;
        (&*self).read(bytes)
    }

    fn write_within(&self, bytes: &[u8], timeout: Duration) -> io::Result<usize> {
        self.set_write_timeout(Some(timeout))?;
        (&*self).write(bytes)
    }
}

#[cfg(unix)]
impl Timed for UnixStream {
    fn read_within(&self, bytes: &mut [u8], timeout: Duration) -> io::Result<usize> {
        self.set_read_timeout(Some(timeout))?;
        (&*self).read(bytes)
    }

    fn write_within(&self, bytes: &[u8], timeout: Duration) -> io::Result<usize> {
        self.set_write_timeout(Some(timeout))?;
        (&*self).write(bytes)
    }
}

/// A stream during a turn. When the turn's time is up, reading and writing fail with
/// [`io::ErrorKind::TimedOut`].
pub(crate) struct Patient<'a, S: ?Sized> {
    pub(crate) stream: &'a S,
    pub(crate) turn: &'a Turn<'a>,
}

impl<S: Timed + ?Sized> Patient<'_, S> {
    /// Repeats `step` while it only waits.
    fn wait<T>(&self, mut step: impl FnMut(Duration) -> io::Result<T>) -> io::Result<T> {
        loop {
            match step(self.turn.patience()?) {
                Err(error) if is_over(&error) => {}
                result => return result,
            }
        }
    }
}

/// Whether an error only means that a wait is over.
pub(crate) fn is_over(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut | io::ErrorKind::Interrupted
    )
}

impl<S: Timed + ?Sized> Read for Patient<'_, S> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let count = self.wait(|timeout| self.stream.read_within(bytes, timeout))?;
        if count > 0 {
            self.turn.heard();
        }
        Ok(count)
    }
}

impl<S: Timed + ?Sized> Write for Patient<'_, S> {
    /// Writes one piece. The timeout starts again for each piece of a longer write.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let piece = &bytes[..bytes.len().min(PIECE)];
        self.wait(|timeout| self.stream.write_within(piece, timeout))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
