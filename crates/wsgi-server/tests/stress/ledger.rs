//! What was seen of each request, on either side.

use std::{
    collections::HashMap,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Instant,
};

use crate::task::Task;

/// All that happened in a round.
#[derive(Default)]
pub(crate) struct Ledger {
    numbers: AtomicU64,
    calls: Mutex<HashMap<u64, Call>>,
    fates: Mutex<Vec<Fate>>,
}

/// What the application saw of a request.
#[derive(Clone, Copy, Debug, Default)]
struct Call {
    begun: u32,
    hooked: u32,
    finished: u32,
}

/// What a client saw of its request.
#[derive(Clone, Debug)]
pub(crate) struct Fate {
    pub(crate) task: Task,
    pub(crate) client: String,
    /// When the connection was there.
    pub(crate) connected: Instant,
    /// Whether it is the first of its connection.
    pub(crate) first: bool,
    /// When the last byte of the request had been given to the system, if it was.
    pub(crate) sent: Option<Instant>,
    pub(crate) end: End,
}

/// How a request ended for its client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// As it should.
    Answered,
    /// Without a byte.
    Nothing(String),
    /// With a response that breaks off and should not.
    BrokenOff(String),
    /// With something that is wrong whatever the server does.
    Wrong(String),
}

impl Ledger {
    /// The number of the next request.
    pub(crate) fn next(&self) -> u64 {
        self.numbers.fetch_add(1, Relaxed)
    }

    pub(crate) fn began(&self, number: u64) {
        self.call(number, |call| call.begun += 1);
    }

    pub(crate) fn hooked(&self, number: u64) {
        self.call(number, |call| call.hooked += 1);
    }

    pub(crate) fn finished(&self, number: u64) {
        self.call(number, |call| call.finished += 1);
    }

    fn call(&self, number: u64, note: impl FnOnce(&mut Call)) {
        note(self.calls.lock().unwrap().entry(number).or_default());
    }

    pub(crate) fn note(&self, fate: Fate) {
        self.fates.lock().unwrap().push(fate);
    }

    pub(crate) fn fates(&self) -> Vec<Fate> {
        self.fates.lock().unwrap().clone()
    }

    /// How many requests reached the application.
    pub(crate) fn called(&self) -> usize {
        self.calls.lock().unwrap().len()
    }

    /// Requests that were called twice, or whose hooks did not run once.
    pub(crate) fn miscounted(&self) -> Vec<String> {
        let calls = self.calls.lock().unwrap();
        let wrong = calls
            .iter()
            .filter(|(_, call)| call.begun != 1 || call.finished != call.hooked);
        wrong
            .map(|(number, call)| format!("request {number}: {call:?}"))
            .collect()
    }
}
