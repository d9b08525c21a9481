//! The process's standard input and output, without the buffers of the standard library: the
//! one would take more than `CONTENT_LENGTH` from the input, the other looks for line ends.

use std::{
    fs::File,
    io::{self, ErrorKind, Read, Write},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

/// Standard input.
pub(crate) struct Stdin {
    stream: Box<dyn Read + Send>,
    /// How many bytes were read, also by others that look at it.
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
pub(crate) enum Stdout {
    Unbuffered(File),
    /// Where the system gives no second descriptor, or has none.
    Buffered(io::Stdout),
}

impl Stdout {
    pub(crate) fn new() -> Self {
        let stdout = io::stdout();
        match unbuffered(&stdout) {
            Some(file) => Self::Unbuffered(file),
            None => Self::Buffered(stdout),
        }
    }

    /// Sends so many bytes of a file, from where it stands; false where that has to be done by hand.
    pub(crate) fn send_file(&mut self, file: &File, length: u64) -> io::Result<bool> {
        let Self::Unbuffered(output) = self else {
            return Ok(false);
        };
        // On Linux these bytes never come into the process.
        if io::copy(&mut file.take(length), output)? < length {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        Ok(true)
    }
}

impl Write for Stdout {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Unbuffered(file) => file.write(bytes),
            Self::Buffered(stdout) => stdout.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Unbuffered(_) => Ok(()),
            Self::Buffered(stdout) => stdout.flush(),
        }
    }
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
