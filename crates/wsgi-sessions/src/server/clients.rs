//! The clients being served: limits their number, and lets none of them delay the end of the
//! server.

use std::{
    collections::HashMap,
    net::Shutdown,
    os::unix::net::UnixStream,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

pub(super) struct Clients {
    streams: Mutex<Streams>,
    left: Condvar,
    max: usize,
}

#[derive(Default)]
struct Streams {
    next: u64,
    open: HashMap<u64, Arc<UnixStream>>,
}

/// A client that is being served. Dropping it makes room for another.
pub(super) struct Client<'a> {
    clients: &'a Clients,
    number: u64,
}

impl Clients {
    pub(super) fn new(max: usize) -> Self {
        Self {
            streams: Mutex::default(),
            left: Condvar::new(),
            max,
        }
    }

    /// Registers a client, unless there are too many.
    pub(super) fn enter(&self, stream: &Arc<UnixStream>) -> Option<Client<'_>> {
        let mut streams = self.streams();
        if streams.open.len() >= self.max {
            return None;
        }
        let number = streams.next;
        streams.next += 1;
        streams.open.insert(number, Arc::clone(stream));
        Some(Client {
            clients: self,
            number,
        })
    }

    /// Waits until all clients are gone, and disconnects those that are still there after
    /// `timeout`. They already know that the server stops.
    pub(super) fn drain(&self, timeout: Duration) {
        let late = Instant::now() + timeout;
        let mut streams = self.streams();
        while !streams.open.is_empty() {
            let wait = late.saturating_duration_since(Instant::now());
            if wait.is_zero() {
                return streams.shut_down();
            }
            let waited = self.left.wait_timeout(streams, wait);
            (streams, _) = waited.unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn streams(&self) -> MutexGuard<'_, Streams> {
        self.streams.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Streams {
    fn shut_down(&self) {
        for stream in self.open.values() {
            // Fails for a stream that is closed already, which needs no shutdown.
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

impl Drop for Client<'_> {
    fn drop(&mut self) {
        let mut streams = self.clients.streams();
        streams.open.remove(&self.number);
        drop(streams);
        self.clients.left.notify_one();
    }
}
