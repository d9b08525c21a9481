//! Removing what is over where clients add nothing more, which removes it as well.

use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError};
use std::time::{Duration, SystemTime};

use crate::{FileStore, Store as _, StoreError, SyncFailed};

/// How many entries a sweep looks at: few, so that clients hardly notice.
pub(super) const SWEPT_AT_ONCE: usize = 1000;

/// Where more than this many of them were over, there is more to remove than one sweep after the
/// other, an interval apart, comes to.
const MANY: usize = SWEPT_AT_ONCE / 4;

/// Sweeps once an interval until `stopped` has no sender any more. Ends early where the file of the
/// store is not served any more.
pub(super) fn sweep(
    store: &FileStore,
    interval: Duration,
    stopped: &Receiver<()>,
) -> Result<(), SyncFailed> {
    while let Err(RecvTimeoutError::Timeout) = stopped.recv_timeout(interval) {
        sweep_while_much_is_over(store, stopped)?;
    }
    Ok(())
}

pub(super) fn sweep_while_much_is_over(
    store: &FileStore,
    stopped: &Receiver<()>,
) -> Result<(), SyncFailed> {
    while sweep_once(store, SystemTime::now())? > MANY
        && stopped.try_recv() == Err(TryRecvError::Empty)
    {}
    Ok(())
}

/// Removes some of what is over, and says how much of the table that had more of it.
fn sweep_once(store: &FileStore, now: SystemTime) -> Result<usize, SyncFailed> {
    let sessions = removed(store.sweep(now, SWEPT_AT_ONCE))?;
    let legacy = removed(store.legacy_sweep(now, SWEPT_AT_ONCE))?;
    Ok(sessions.max(legacy))
}

/// Where a sweep fails for now, the next comes to it.
fn removed(swept: Result<usize, StoreError>) -> Result<usize, SyncFailed> {
    match swept {
        Ok(count) => Ok(count),
        Err(StoreError::Unavailable(cause)) => match cause.downcast::<SyncFailed>() {
            Ok(failed) => Err(*failed),
            Err(_) => Ok(0),
        },
        Err(_) => Ok(0),
    }
}
