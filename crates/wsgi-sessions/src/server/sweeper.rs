//! Removal of sessions that are over. Clients that add sessions remove some too, but may add none.

use std::{
    sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError},
    time::{Duration, SystemTime},
};

use crate::{
    store::Store as _,
    store_error::StoreError,
    stores::file::{FileStore, SyncFailed},
};

/// Number of entries in one sweep: few, so that clients hardly notice.
pub(super) const SWEPT_AT_ONCE: usize = 1000;

/// If more than this many of them were over, one sweep per interval is too slow.
const MANY: usize = SWEPT_AT_ONCE / 4;

/// Sweeps once per interval until the sender of `stopped` is gone. Ends early if the store's file
/// is no longer served.
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

/// Sweeps both tables. Returns the larger of the two numbers of removed entries.
fn sweep_once(store: &FileStore, now: SystemTime) -> Result<usize, SyncFailed> {
    let sessions = removed(store.sweep(now, SWEPT_AT_ONCE))?;
    let legacy = removed(store.legacy_sweep(now, SWEPT_AT_ONCE))?;
    Ok(sessions.max(legacy))
}

/// Ignores a temporary failure: the next sweep tries again.
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
