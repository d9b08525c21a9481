//! The clients a server has, so that there are not too many, and all hear when it stops.

use std::collections::HashMap;
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

pub(super) struct Clients {
    streams: Mutex<Streams>,
    left: Condvar,
    most: usize,
}

#[derive(Default)]
struct Streams {
    next: u64,
    open: HashMap<u64, UnixStream>,
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
    pub(super) fn enter(&self, stream: &UnixStream) -> Option<Client<'_>> {
        let stream = stream.try_clone().ok()?;
        let mut streams = self.streams();
        if streams.open.len() >= self.most {
            return None;
        }
        let number = streams.next;
        streams.next += 1;
        streams.open.insert(number, stream);
        Some(Client {
            clients: self,
            number,
        })
    }

    /// Lets each client have the answers to what it has sent, and cuts off who takes too long.
    ///
    /// A socket whose reading side is shut down still gives what had arrived.
    pub(super) fn drain(&self, most: Duration) {
        let late = Instant::now() + most;
        let mut streams = self.streams();
        streams.shut_down(Shutdown::Read);
        while !streams.open.is_empty() {
            let wait = late.saturating_duration_since(Instant::now());
            if wait.is_zero() {
                return streams.shut_down(Shutdown::Both);
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
    fn shut_down(&self, how: Shutdown) {
        for stream in self.open.values() {
            // One that is closed already has nothing to be told.
            let _ = stream.shutdown(how);
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
