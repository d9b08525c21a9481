//! Adding to the numbers of a loop.

use std::{io, sync::Arc};

use crate::counting::{
    reason::{ConnectionReason, RequestReason, accept_error_index},
    shard::Shard,
};

/// Adds to the numbers of a loop, or does nothing if the server keeps none.
#[derive(Clone, Debug, Default)]
pub(crate) struct Recorder(Option<Arc<Shard>>);

impl Recorder {
    pub(crate) fn new(shard: Arc<Shard>) -> Self {
        Self(Some(shard))
    }

    #[inline]
    pub(crate) fn shard(&self) -> Option<&Shard> {
        self.0.as_deref()
    }

    #[inline]
    pub(crate) fn received(&self, bytes: usize) {
        if let Some(shard) = self.shard() {
            shard.received.add(bytes as u64);
        }
    }

    #[inline]
    pub(crate) fn sent(&self, bytes: usize) {
        if let Some(shard) = self.shard() {
            shard.sent.add(bytes as u64);
        }
    }

    /// Notes that another thread has taken the loop over.
    pub(crate) fn handed_over(&self) {
        if let Some(shard) = self.shard() {
            shard.hand_overs.add(1);
        }
    }

    pub(crate) fn accepted(&self) {
        if let Some(shard) = self.shard() {
            shard.accepted.add(1);
        }
    }

    /// Notes an error of accept(2). `is_client` tells that the client failed before its turn.
    #[cold]
    pub(crate) fn accept_failed(&self, error: &io::Error, is_client: bool) {
        if let Some(shard) = self.shard() {
            shard.accept_errors[accept_error_index(error, is_client)].add(1);
        }
    }

    /// Notes that an idle connection was closed for another client.
    pub(crate) fn evicted(&self) {
        if let Some(shard) = self.shard() {
            shard.evicted.add(1);
        }
    }

    #[cold]
    pub(crate) fn connection_refused(&self, reason: ConnectionReason) {
        if let Some(shard) = self.shard() {
            shard.refused_connections[reason as usize].add(1);
        }
    }

    #[cold]
    pub(crate) fn request_refused(&self, reason: RequestReason) {
        if let Some(shard) = self.shard() {
            shard.refused_requests[reason as usize].add(1);
        }
    }

    /// Notes that a TLS handshake is over. `version` is the value of `SSL_PROTOCOL`.
    pub(crate) fn handshake_done(&self, version: Option<&[u8]>, is_resumed: bool) {
        if let Some(shard) = self.shard() {
            let is_latest = version == Some(b"TLSv1.3");
            let by_resumption = &shard.handshakes[usize::from(is_latest)];
            by_resumption[usize::from(is_resumed)].add(1);
        }
    }

    /// Notes that a handshake has failed that a client had begun.
    #[cold]
    pub(crate) fn handshake_failed(&self) {
        if let Some(shard) = self.shard() {
            shard.failed_handshakes.add(1);
        }
    }
}
