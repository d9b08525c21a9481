//! Adding to the numbers of a loop.

use std::{io, sync::Arc};

use crate::{
    metrics::{
        reason::{ConnectionReason, accept_error_index, refusal_index},
        shard::Shard,
    },
    peers::channel::Channel,
    responses::refusal::Refusal,
};

/// Adds to the numbers of a loop, or does nothing if the server keeps none.
#[derive(Clone, Debug, Default)]
pub(crate) struct Recorder(Option<Arc<Shard>>);

impl Recorder {
    pub(super) fn new(shard: Arc<Shard>) -> Self {
        Self(Some(shard))
    }

    #[inline]
    pub(super) fn shard(&self) -> Option<&Shard> {
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
    pub(crate) fn request_refused(&self, refusal: &Refusal) {
        if let Some(shard) = self.shard()
            && let Some(index) = refusal_index(refusal)
        {
            shard.refused_requests[index].add(1);
        }
    }

    /// Notes that the handshake of a channel is over.
    pub(crate) fn handshake_done(&self, channel: &Channel) {
        if let Some(shard) = self.shard() {
            let is_latest = channel.variable("SSL_PROTOCOL") == Some(b"TLSv1.3");
            let by_resumption = &shard.handshakes[usize::from(is_latest)];
            by_resumption[usize::from(channel.is_resumed())].add(1);
        }
    }

    /// Notes that a handshake has failed, if the client had begun it.
    #[cold]
    pub(crate) fn handshake_failed(&self, channel: &Channel) {
        if let Some(shard) = self.shard()
            && channel.has_begun()
        {
            shard.failed_handshakes.add(1);
        }
    }
}
