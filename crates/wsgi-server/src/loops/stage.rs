//! The stages of a server's life.

use std::sync::atomic::{AtomicU8, Ordering::SeqCst};

/// A stage of a server's life. A server never goes back to an earlier one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(crate) enum Stage {
    Serving,
    /// Another process accepts the clients; each connection ends with its next response.
    Retiring,
    /// Clients who wait are accepted, and every request that has arrived is answered.
    Draining,
    /// Every connection is cut.
    Cutting,
}

/// The present stage, which every thread may see and move on.
#[derive(Debug)]
pub(crate) struct StageCell(AtomicU8);

impl StageCell {
    #[inline]
    pub(crate) fn get(&self) -> Stage {
        match self.0.load(SeqCst) {
            0 => Stage::Serving,
            1 => Stage::Retiring,
            2 => Stage::Draining,
            _ => Stage::Cutting,
        }
    }

    /// Moves on to `stage`, unless the server is there or beyond.
    pub(crate) fn advance(&self, stage: Stage) {
        self.0.fetch_max(stage as u8, SeqCst);
    }
}

impl Default for StageCell {
    fn default() -> Self {
        Self(AtomicU8::new(Stage::Serving as u8))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_goes_through_its_stages_and_never_back() {
        let stage = StageCell::default();
        let stages = [
            Stage::Serving,
            Stage::Retiring,
            Stage::Draining,
            Stage::Cutting,
        ];
        for (index, later) in stages.into_iter().enumerate() {
            stage.advance(later);
            assert_eq!(stage.get(), later);
            for earlier in &stages[..index] {
                stage.advance(*earlier);
                assert_eq!(stage.get(), later);
            }
        }
    }
}
