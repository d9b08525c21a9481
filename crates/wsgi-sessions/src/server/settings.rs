//! Settings of a session server.

use std::{
    io,
    sync::Arc,
    time::{Duration, Instant},
};

use crate::stores::file::FileStore;

/// Settings of a session server.
#[derive(Debug)]
pub(super) struct Settings {
    pub(super) store: Arc<FileStore>,
    pub(super) legacy: Option<Duration>,
    pub(super) max_clients: usize,
    pub(super) sweep_interval: Duration,
    pub(super) client_timeout: Duration,
    pub(super) shutdown_timeout: Duration,
    pub(super) mode: u32,
}

impl Settings {
    /// Returns how long to wait for a client: without limit between messages, until `late` within
    /// one.
    pub(super) fn patience(
        &self,
        late: &mut Option<Instant>,
        between: bool,
    ) -> io::Result<Option<Duration>> {
        if between {
            return Ok(None);
        }
        let late = *late.get_or_insert_with(|| Instant::now() + self.client_timeout);
        let left = late.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        Ok(Some(left))
    }
}
