//! The clients a server has, so that there are not too many, and none holds up its end.

use std::collections::HashMap;
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

pub(super) struct Clients {
    streams: Mutex<Streams>,
    left: Condvar,
    most: usize,
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
    pub(super) fn new(most: usize) -> Self {
        Self {
            streams: Mutex::default(),
            left: Condvar::new(),
            most,
        }
    }

    /// Enters a client, unless there are too many.
    pub(super) fn enter(&self, stream: &Arc<UnixStream>) -> Option<Client<'_>> {
        let mut streams = self.streams();
        if streams.open.len() >= self.most {
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

    /// Waits until all clients, who have heard that the server stops, are gone, and cuts off who
    /// takes too long.
    pub(super) fn drain(&self, most: Duration) {
        let late = Instant::now() + most;
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
            // One that is closed already has nothing to be told.
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
