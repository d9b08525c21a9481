//! Someone who waits for a permit.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    task::{Context, Waker},
};

/// Someone who waits for a permit.
pub(crate) struct Waiter(Mutex<Wait>);

struct Wait {
    is_granted: bool,
    waker: Option<Waker>,
}

impl Waiter {
    pub(crate) fn new(waker: &Waker) -> Self {
        Self(Mutex::new(Wait {
            is_granted: false,
            waker: Some(waker.clone()),
        }))
    }

    /// Whether the permit is granted. If not, the task is woken then.
    pub(crate) fn poll(&self, context: &Context<'_>) -> bool {
        let mut wait = self.wait();
        if !wait.is_granted {
            wait.waker = Some(context.waker().clone());
        }
        wait.is_granted
    }

    /// Grants the permit. Returns whom to wake.
    pub(crate) fn grant(&self) -> Option<Waker> {
        let mut wait = self.wait();
        wait.is_granted = true;
        wait.waker.take()
    }

    pub(crate) fn waker(&self) -> Option<Waker> {
        self.wait().waker.take()
    }

    pub(crate) fn is_granted(&self) -> bool {
        self.wait().is_granted
    }

    fn wait(&self) -> MutexGuard<'_, Wait> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
