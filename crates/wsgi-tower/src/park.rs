//! A future run to its end on the current thread.

use std::{
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Wake, Waker},
    thread::{self, Thread},
};

/// Runs a future to its end, and parks the thread while the future waits.
///
/// It is the `block_on` of [`ServiceApplication`](crate::ServiceApplication), unless that gets
/// another one. It has no timers and no sockets. A future that needs those of a runtime runs in the
/// `block_on` of that runtime.
///
/// ```
/// assert_eq!(wsgi_tower::park(async { 6 * 7 }), 42);
/// ```
pub fn park<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
        thread::park(); // a wake before it is not lost
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.unpark();
    }
}
