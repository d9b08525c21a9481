//! The right to use a thread of a pool.

use std::{
    sync::Arc,
    task::{Context, Poll},
};

use super::{waiter::Waiter, workers::Workers};

/// The right to use a thread, which the drop gives back.
pub(crate) struct Permit(Arc<Workers>);

impl Drop for Permit {
    fn drop(&mut self) {
        self.0.return_permit();
    }
}

/// A permit that is waited for. Permits come in the order of the first polls.
pub(crate) struct Acquire {
    workers: Arc<Workers>,
    /// The place in the line, with its number.
    waiter: Option<(u64, Arc<Waiter>)>,
}

impl Acquire {
    pub(crate) fn new(workers: Arc<Workers>) -> Self {
        Self {
            workers,
            waiter: None,
        }
    }

    /// The permit; `None` if the pool was shut down.
    pub(crate) fn poll(&mut self, context: &Context<'_>) -> Poll<Option<Permit>> {
        if self.workers.is_closed() {
            return Poll::Ready(None); // the drop gives back what was granted
        }
        let is_granted = match &self.waiter {
            Some((_, waiter)) => waiter.poll(context),
            None => {
                let waiter = Arc::new(Waiter::new(context.waker()));
                let number = self.workers.wait_for_permit(&waiter);
                self.waiter = number.map(|number| (number, waiter));
                number.is_none()
            }
        };
        if is_granted {
            self.waiter = None;
            return Poll::Ready(Some(Permit(Arc::clone(&self.workers))));
        }
        match self.workers.is_closed() {
            true => Poll::Ready(None), // since just now, so that nobody would wake this task
            false => Poll::Pending,
        }
    }
}

impl Drop for Acquire {
    fn drop(&mut self) {
        if let Some((number, waiter)) = &self.waiter {
            self.workers.forget(*number, waiter);
        }
    }
}
