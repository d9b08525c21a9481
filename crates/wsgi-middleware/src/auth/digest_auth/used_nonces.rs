//! The nonces that were used, with the counts of their requests.

use std::{collections::BTreeMap, time::Duration};

/// When a nonce was made, and its number.
pub(super) type Id = (u64, u64);

/// The nonces of which something is remembered, and the time.
#[derive(Default)]
pub(super) struct UsedNonces {
    nonces: BTreeMap<Id, Counts>,
    /// The newest of those that were forgotten before they expired.
    pub(super) forgotten: Option<Id>,
    /// The latest time that was read, in milliseconds. The time does not go back: if it did, a
    /// nonce that has expired, and whose counts are gone, would be valid again.
    latest: u64,
}

/// The counts of requests with a nonce. Requests over several connections overtake each other, so
/// the last 64 counts are told apart.
#[derive(Clone, Copy)]
struct Counts {
    highest: u32,
    /// One bit for each of the counts up to the highest, which is the lowest bit.
    seen: u64,
}

impl UsedNonces {
    /// Takes the time of the clock. Returns it in milliseconds, or the latest one if that is later.
    pub(super) fn advance(&mut self, now: Duration) -> u64 {
        self.latest = self.latest.max(milliseconds(now));
        self.latest
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.nonces.len()
    }

    /// Removes the nonces that were made up to a moment.
    pub(super) fn expire(&mut self, until: u64) {
        while let Some(first) = self.nonces.first_entry()
            && first.key().0 <= until
        {
            first.remove();
        }
    }

    /// Whether a count of a nonce is new. Remembers it, and at most `max` nonces.
    pub(super) fn admit(&mut self, id: Id, count: u32, max: usize) -> bool {
        if count == 0 {
            return false;
        }
        if let Some(counts) = self.nonces.get_mut(&id) {
            return counts.admit(count);
        }
        if self.forgotten.is_some_and(|forgotten| id <= forgotten) {
            return false;
        }
        let counts = Counts {
            highest: count,
            seen: 1,
        };
        self.nonces.insert(id, counts);
        if self.nonces.len() > max
            && let Some((oldest, _)) = self.nonces.pop_first()
        {
            self.forgotten = Some(oldest);
        }
        true
    }
}

impl Counts {
    fn admit(&mut self, count: u32) -> bool {
        if count > self.highest {
            let step = count - self.highest;
            self.seen = self.seen.checked_shl(step).unwrap_or(0) | 1;
            self.highest = count;
            return true;
        }
        let Some(bit) = 1_u64.checked_shl(self.highest - count) else {
            return false; // too long ago to tell
        };
        let is_new = self.seen & bit == 0;
        self.seen |= bit;
        is_new
    }
}

pub(super) fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
