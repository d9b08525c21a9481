//! Calls of an application, compared with the flags of the environ.

use std::{
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, ThreadId},
};

use wsgi_environ::Environ;

use crate::{finding::Finding, rule::rules, watch::Watch};

rules! {
    /// If `wsgi.multithread` is false, no other thread calls the application at the same time.
    MULTITHREAD: Gateway, Warning, "PEP 3333, environ Variables";
    /// If `wsgi.run_once` is true, this is the first call of the application.
    RUN_ONCE: Gateway, Warning, "PEP 3333, environ Variables";
}

use rules::*;

/// The calls of one application.
#[derive(Default)]
pub(crate) struct Calls {
    /// The threads that are inside a call. A thread may be inside several nested calls.
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
            "another thread is inside a call".to_owned()
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
