//! The errors stream of a FastCGI request.

use std::{
    io::{self, Write},
    mem,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering::*},
    },
};

use wsgi_environ::{Environ, Errors};
use wsgi_fastcgi::{RecordType, encode};

use crate::guarded::guarded;

/// The errors stream of FastCGI requests, which goes to the front server in STDERR records (FastCGI
/// Specification section 5.3). It is reused for the next request, unless an application has kept
/// it.
pub(crate) struct Stderr {
    stream: Arc<Mutex<Stream>>,
    /// Whether bytes wait. The lock is only taken if they do.
    is_waiting: Arc<AtomicBool>,
    errors: Errors,
    /// The server's own errors stream.
    server: Errors,
}

struct Stream {
    /// Whether a request is running. Otherwise everything goes to the server's own stream.
    open: bool,
    pending: Vec<u8>,
    is_waiting: Arc<AtomicBool>,
    server: Errors,
}

/// The number of bytes that wait for the next record. Further bytes go to the server's own stream.
pub(crate) const LIMIT: usize = 64 * 1024;

impl Stderr {
    pub(crate) fn new(server: &Errors) -> Self {
        let is_waiting = Arc::new(AtomicBool::new(false));
        let stream = Arc::new(Mutex::new(Stream {
            open: false,
            pending: Vec::new(),
            is_waiting: is_waiting.clone(),
            server: server.clone(),
        }));
        Self {
            errors: Errors::shared(stream.clone()),
            stream,
            is_waiting,
            server: server.clone(),
        }
    }

    /// Makes this the errors stream of a new request.
    pub(crate) fn begin(&mut self, environ: &mut Environ) {
        // One reference is here and one in `errors`. An application has kept any others.
        if Arc::strong_count(&self.stream) > 2 {
            *self = Self::new(&self.server);
        }
        self.stream().open = true;
        environ.set_errors(self.errors.clone());
    }

    /// Writes the waiting bytes as records. Returns whether there were any.
    #[inline]
    pub(crate) fn write_to(&self, out: &mut Vec<u8>, id: u16) -> bool {
        if !self.is_waiting.swap(false, AcqRel) {
            return false;
        }
        let mut stream = self.stream();
        encode::stream(out, RecordType::STDERR, id, &stream.pending);
        stream.pending.clear();
        true
    }

    /// Ends the stream for the request. The waiting bytes, and all bytes that are written later, go
    /// to the server's own stream.
    pub(crate) fn end(&self) {
        let mut stream = self.stream();
        stream.open = false;
        if !stream.pending.is_empty() {
            let pending = mem::take(&mut stream.pending);
            self.is_waiting.store(false, Relaxed);
            drop(stream);
            // The server's stream may be code of the program, and may panic. No application is
            // running that could fail for it.
            guarded(|| drop((&self.server).write_all(&pending)));
        }
    }

    fn stream(&self) -> MutexGuard<'_, Stream> {
        self.stream.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_all(bytes)?;
        Ok(bytes.len())
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        if !self.open || self.pending.len() + bytes.len() > LIMIT {
            return (&self.server).write_all(bytes);
        }
        self.pending.extend_from_slice(bytes);
        self.is_waiting.store(true, Release);
        Ok(())
    }

    /// Writes what waits to the server's own stream. The connection is in use by the response, so
    /// that a record could not be sent now.
    fn flush(&mut self) -> io::Result<()> {
        if self.is_waiting.swap(false, Relaxed) {
            let pending = mem::take(&mut self.pending);
            (&self.server).write_all(&pending)?;
        }
        (&self.server).flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flush_writes_what_waits() {
        let (server, written) = Errors::buffer();
        let mut stderr = Stderr::new(&server);
        let mut environ = Environ::new();
        stderr.begin(&mut environ);
        environ.errors().print("before");
        environ.errors().flush().unwrap();
        assert_eq!(written.to_string(), "before\n");
        environ.errors().print("after");
        let mut out = Vec::new();
        assert!(stderr.write_to(&mut out, 1));
        assert!(out.windows(5).any(|it| it == b"after"));
        assert!(!out.windows(6).any(|it| it == b"before"));
        stderr.end();
        assert_eq!(written.to_string(), "before\n");
    }

    #[test]
    fn a_panic_of_the_server_s_stream_is_caught() {
        struct Broken(Arc<AtomicBool>);
        impl Write for Broken {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                self.0.store(true, Relaxed);
                panic!("the log is full")
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let was_written = Arc::new(AtomicBool::new(false));
        let mut stderr = Stderr::new(&Errors::to(Broken(was_written.clone())));
        let mut environ = Environ::new();
        stderr.begin(&mut environ);
        environ.errors().print("the last words");
        stderr.end();
        assert!(was_written.load(Relaxed));
    }
}
