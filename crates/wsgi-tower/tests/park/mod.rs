//! A future run to its end, with a bound.

use std::{
    pin::pin,
    sync::{Arc, mpsc},
    task::{Context, Poll, Wake, Waker},
    time::{Duration, Instant},
};

/// Longer than anything takes on a slow machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// Runs a future to its end, as [`wsgi_tower::park`] does. It fails if the future is not woken in
/// time.
#[track_caller]
pub(crate) fn park<F: Future>(future: F) -> F::Output {
    let end = Instant::now() + PATIENCE;
    let (wake, woken) = mpsc::channel();
    let waker = Waker::from(Arc::new(Woken(wake)));
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
        let left = end.saturating_duration_since(Instant::now());
        woken.recv_timeout(left).expect("a wake");
    }
}

struct Woken(mpsc::Sender<()>);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        // The future may have ended.
        let _ = self.0.send(());
    }
}
