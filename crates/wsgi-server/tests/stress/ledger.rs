//! Records of each request, from both sides.

use std::{
    collections::HashMap,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Instant,
};

use crate::task::{Task, Work};

/// Everything that happened in a round.
#[derive(Default)]
pub(crate) struct Ledger {
    numbers: AtomicU64,
    calls: Mutex<HashMap<u64, Call>>,
    fates: Mutex<Vec<Fate>>,
}

/// The number of times that each event of a request happened in the application.
#[derive(Clone, Copy, Debug, Default)]
struct Call {
    begun: u32,
    hooked: u32,
    finished: u32,
}

/// The end of a request, as its client saw it.
#[derive(Clone, Debug)]
pub(crate) struct Fate {
    pub(crate) task: Task,
    pub(crate) client: String,
    /// When the client had connected.
    pub(crate) connected: Instant,
    /// Whether its client ends its side after the request.
    pub(crate) is_half_closed: bool,
    /// The number of requests that its client made on the connection before.
    pub(crate) before: u64,
    /// When the system had taken the last byte of the request, if it did.
    pub(crate) sent: Option<Instant>,
    pub(crate) end: End,
}

/// The end of a request for its client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// With the expected response.
    Answered,
    /// With an answer of the server, which the application never saw.
    Refused(String),
    /// Without a byte of a response.
    Nothing(String),
    /// With a response that breaks off, but should not.
    BrokenOff(String),
    /// With a response that is wrong in any case.
    Wrong(String),
}

impl Fate {
    /// Whether the end of the request is not for the server to promise: its deadline passes, or
    /// its client has ended its side, and so has left a live page.
    pub(crate) fn may_be_cut(&self) -> bool {
        match self.task.work {
            Work::Late => true,
            Work::Live | Work::FailLive => self.is_half_closed,
            _ => false,
        }
    }
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

    /// Whether a request reached the application.
    pub(crate) fn has_called(&self, number: u64) -> bool {
        self.calls.lock().unwrap().contains_key(&number)
    }

    /// The number of requests that reached the application.
    pub(crate) fn called(&self) -> usize {
        self.calls.lock().unwrap().len()
    }

    /// The requests for which the application was called twice, or whose hooks did not run once.
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
