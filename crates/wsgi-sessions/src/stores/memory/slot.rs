//! The entry of a key in memory.

use std::time::SystemTime;

use crate::record::Record;

pub(super) enum Slot {
    Live {
        record: Record,
        /// Its place in the queue of unproved sessions, until its cookie has come back.
        unproved: Option<u64>,
    },
    Retired {
        /// The session as it was when it was renewed.
        record: Record,
        until: SystemTime,
        /// Its place in the queue of copies.
        place: u64,
    },
}

impl Slot {
    /// Returns the time at which the slot is over.
    pub(super) fn end(&self) -> SystemTime {
        match self {
            Self::Live { record, .. } => record.expires(),
            Self::Retired { until, .. } => *until,
        }
    }

    pub(super) fn record(&self) -> &Record {
        let (Self::Live { record, .. } | Self::Retired { record, .. }) = self;
        record
    }

    pub(super) fn is_live(&self) -> bool {
        matches!(self, Self::Live { .. })
    }
}

/// Returns the bytes that a record counts.
pub(super) fn size(record: &Record) -> usize {
    let annex = record.annex.as_ref().map_or(0, |annex| annex.size());
    record.data.len() + annex
}
