//! The process's standard input and output, without the buffers of the standard library. The buffer
//! of the input would take more than `CONTENT_LENGTH`, and that of the output looks for line ends.

use std::{
    fs::File,
    io::{self, ErrorKind, Read, Write},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

use crate::disconnected::is_disconnected;

/// Standard input.
pub(crate) struct Stdin {
    stream: Box<dyn Read + Send>,
    /// The number of bytes read, which all readers of standard input share.
    taken: Arc<AtomicU64>,
}

impl Stdin {
    pub(crate) fn new(taken: &Arc<AtomicU64>) -> Self {
        Self {
            stream: match unbuffered(&io::stdin()) {
                Some(file) => Box::new(file),
                None => Box::new(io::stdin()),
            },
            taken: Arc::clone(taken),
        }
    }
}

impl Read for Stdin {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.stream.read(buffer)?;
        self.taken.fetch_add(count as u64, Relaxed);
        Ok(count)
    }
}

/// Standard output.
#[derive(Debug)]
pub(crate) struct Stdout {
    stream: Stream,
    /// Whether the reader is gone.
    is_gone: bool,
}

#[derive(Debug)]
enum Stream {
    Unbuffered(File),
    /// For systems without a second descriptor for the stream.
    Buffered(io::Stdout),
}

impl Stdout {
    pub(crate) fn new() -> Self {
        let stdout = io::stdout();
        Self {
            stream: match unbuffered(&stdout) {
                Some(file) => Stream::Unbuffered(file),
                None => Stream::Buffered(stdout),
            },
            is_gone: false,
        }
    }

    /// Whether the reader is gone.
    pub(crate) fn is_gone(&self) -> bool {
        self.is_gone
    }

    /// Looks whether the reader is gone, without writing.
    pub(crate) fn look(&mut self) -> bool {
        #[cfg(unix)]
        if let Stream::Unbuffered(output) = &self.stream {
            self.is_gone |= has_no_reader(output);
        }
        self.is_gone
    }

    fn note<T>(&mut self, result: io::Result<T>) -> io::Result<T> {
        self.is_gone |= matches!(&result, Err(error) if is_disconnected(error));
        result
    }

    /// Sends `length` bytes of a file from its current position. Returns false if the caller has to
    /// write them.
    pub(crate) fn send_file(&mut self, file: &File, length: u64) -> io::Result<bool> {
        let Stream::Unbuffered(output) = &mut self.stream else {
            return Ok(false);
        };
        // On Linux these bytes never enter the process.
        let sent = io::copy(&mut file.take(length), output);
        if self.note(sent)? < length {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        Ok(true)
    }
}

impl Write for Stdout {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = match &mut self.stream {
            Stream::Unbuffered(file) => file.write(bytes),
            Stream::Buffered(stdout) => stdout.write(bytes),
        };
        self.note(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        let flushed = match &mut self.stream {
            Stream::Unbuffered(_) => Ok(()),
            Stream::Buffered(stdout) => stdout.flush(),
        };
        self.note(flushed)
    }
}

/// Whether nobody can read any more: the reading end of a pipe is closed (`POLLERR`), or both
/// directions of a socket are (`POLLHUP`).
#[cfg(unix)]
fn has_no_reader(output: &File) -> bool {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    let mut output = [PollFd::new(output, PollFlags::empty())];
    let polled = poll(&mut output, Some(&Timespec::default()));
    let gone = PollFlags::ERR | PollFlags::HUP;
    polled.is_ok() && output[0].revents().intersects(gone)
}

#[cfg(unix)]
fn unbuffered(stream: &impl std::os::fd::AsFd) -> Option<File> {
    let descriptor = stream.as_fd().try_clone_to_owned().ok()?;
    Some(File::from(descriptor))
}

#[cfg(not(unix))]
fn unbuffered<T>(_stream: &T) -> Option<File> {
    None
}
