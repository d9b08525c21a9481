//! What stands under a key.

use std::time::SystemTime;

use crate::Record;

pub(super) enum Slot {
    Live {
        record: Record,
        /// Its place among the unproved, until its cookie has come back.
        unproved: Option<u64>,
    },
    Retired {
        /// What the store had under the key when it was renewed.
        record: Record,
        until: SystemTime,
        /// Its place among the copies.
        place: u64,
    },
}

impl Slot {
    /// When it is over.
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

/// What a record counts in bytes.
pub(super) fn size(record: &Record) -> usize {
    let annex = record.annex.as_ref().map_or(0, |annex| annex.size());
    record.data.len() + annex
}
