//! Calls of an application, and whether they come as they were announced.

use std::{
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, ThreadId},
};

use wsgi_environ::Environ;

use crate::{Finding, rule::rules, watch::Watch};

rules! {
    /// Where `wsgi.multithread` is false, no other thread is in a call of the application.
    MULTITHREAD: Gateway, Warning, "PEP 3333, environ Variables";
    /// Where `wsgi.run_once` is true, it is the first call of the application.
    RUN_ONCE: Gateway, Warning, "PEP 3333, environ Variables";
}

use rules::*;

/// The calls of one application.
#[derive(Default)]
pub(crate) struct Calls {
    /// The threads that are in a call; one may be in several, within each other.
    running: Mutex<Vec<ThreadId>>,
    was_called: AtomicBool,
}

/// A call, until it is dropped.
pub(crate) struct Call<'a>(&'a Calls);

impl Calls {
    pub(crate) fn enter(&self, environ: &Environ, watch: &Watch) -> Result<Call<'_>, Finding> {
        let this = thread::current().id();
        let is_alone = {
            let mut running = self.running();
            let is_alone = running.iter().all(|thread| *thread == this);
            running.push(this);
            is_alone
        };
        let call = Call(self);
        let was_called = self.was_called.swap(true, Ordering::Relaxed);
        watch.require(is_alone || environ.multithread(), MULTITHREAD, || {
            "another thread is in a call".to_owned()
        })?;
        watch.require(!was_called || !environ.run_once(), RUN_ONCE, || {
            "it was called before".to_owned()
        })?;
        Ok(call)
    }

    fn running(&self) -> MutexGuard<'_, Vec<ThreadId>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Call<'_> {
    fn drop(&mut self) {
        let this = thread::current().id();
        let mut running = self.0.running();
        if let Some(index) = running.iter().rposition(|thread| *thread == this) {
            running.swap_remove(index);
        }
    }
}
