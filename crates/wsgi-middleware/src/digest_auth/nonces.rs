//! Nonces that only the server can have made, and the requests that they were used for.

use std::{
    collections::BTreeMap,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use wsgi_application::Result;

use super::hex;
use crate::constant_time::constant_time_eq;

/// The number of nonces in use that are remembered.
const MAX_USED: usize = 16_384;

/// The time for which a nonce is valid.
const LIFETIME: Duration = Duration::from_secs(300);

/// The bytes of a nonce that are its tag.
const TAG: std::ops::Range<usize> = 16..32;

/// The nonces of a server (RFC 7616 section 3.3).
///
/// A nonce is 32 bytes: the milliseconds from the start until it was made, a number, and a tag over
/// both. The key is random, so that only this process accepts it. Nothing is remembered of a nonce
/// that nobody has used. One that was used with the right password is remembered until it expires,
/// with the counts of its requests. If there are too many, the oldest are forgotten, and from then
/// on no nonce that is as old is valid.
pub(super) struct Nonces {
    mac: Hmac<Sha256>,
    next: AtomicU64,
    used: Mutex<Used>,
    pub(super) lifetime: Duration,
    pub(super) max_used: usize,
}

/// When a nonce was made, and its number.
type Id = (u64, u64);

#[derive(Default)]
struct Used {
    nonces: BTreeMap<Id, Counts>,
    /// The newest of those that were forgotten before they expired.
    forgotten: Option<Id>,
    /// The latest moment up to which nonces were removed. A request that has read the clock before,
    /// and gets the lock later, no longer finds the nonces that were made until then.
    expired: Option<u64>,
}

/// The counts of requests with a nonce. Requests over several connections overtake each other, so
/// the last 64 counts are told apart.
#[derive(Clone, Copy)]
struct Counts {
    highest: u32,
    /// One bit for each of the counts up to the highest, which is the lowest bit.
    seen: u64,
}

impl Nonces {
    /// # Errors
    ///
    /// The system has no random bytes.
    pub(super) fn new() -> Result<Self> {
        let mut random = [0; 40];
        getrandom::fill(&mut random)?;
        let (key, next) = random.split_at(32);
        Ok(Self {
            mac: Hmac::new_from_slice(key)?,
            next: AtomicU64::new(number(next)),
            used: Mutex::default(),
            lifetime: LIFETIME,
            max_used: MAX_USED,
        })
    }

    /// Makes a nonce: 64 hexadecimal digits.
    pub(super) fn make(&self, now: Duration) -> String {
        let mut nonce = [0; 32];
        nonce[..8].copy_from_slice(&milliseconds(now).to_be_bytes());
        nonce[8..16].copy_from_slice(&self.next.fetch_add(1, Relaxed).to_be_bytes());
        let tag = self.tag(&nonce);
        nonce[TAG].copy_from_slice(&tag);
        hex::encode(&nonce)
    }

    /// Whether a request with this nonce and this count may pass. It may once. The client has
    /// proved before that it knows the password.
    pub(super) fn admit(&self, nonce: &str, count: u32, now: Duration) -> bool {
        let Some(nonce) = hex::decode(nonce.as_bytes()) else {
            return false;
        };
        if !constant_time_eq(&nonce[TAG], self.tag(&nonce)) {
            return false;
        }
        let id @ (made, _) = (number(&nonce[..8]), number(&nonce[8..16]));
        let lifetime = milliseconds(self.lifetime);
        let now = milliseconds(now);
        if now.saturating_sub(made) >= lifetime {
            return false;
        }
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(until) = now.checked_sub(lifetime) {
            used.expire(until);
        }
        used.admit(id, count, self.max_used)
    }

    fn tag(&self, nonce: &[u8; 32]) -> [u8; 16] {
        let mut mac = self.mac.clone();
        mac.update(&nonce[..TAG.start]);
        let tag = mac.finalize().into_bytes();
        std::array::from_fn(|index| tag[index])
    }
}

impl Used {
    /// Removes the nonces that were made up to a moment.
    fn expire(&mut self, until: u64) {
        self.expired = self.expired.max(Some(until));
        while let Some(first) = self.nonces.first_entry()
            && first.key().0 <= until
        {
            first.remove();
        }
    }

    fn admit(&mut self, id: Id, count: u32, max: usize) -> bool {
        if count == 0 || self.expired.is_some_and(|until| id.0 <= until) {
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

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

fn number(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0, |number, byte| (number << 8) | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use std::{collections::HashSet, time::Duration};

    use proptest::prelude::*;

    use super::{LIFETIME, Nonces};

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn nonces() -> Nonces {
        Nonces::new().expect("random bytes")
    }

    #[test]
    fn a_count_is_admitted_once() {
        let nonces = nonces();
        let nonce = nonces.make(at(0));
        for (count, expected) in [
            (0, false),
            (1, true),
            (1, false),
            (3, true),
            (2, true),
            (2, false),
            (3, false),
            (100, true),
            (36, false), // too long ago
            (37, true),
            (37, false),
            (u32::MAX, true),
            (u32::MAX, false),
            (100, false),
        ] {
            assert_eq!(nonces.admit(&nonce, count, at(1)), expected, "{count}");
        }
    }

    #[test]
    fn a_nonce_of_somebody_else_is_refused() {
        let (one, other) = (nonces(), nonces());
        let nonce = one.make(at(0));
        assert!(!other.admit(&nonce, 1, at(0)));
        for index in 0..nonce.len() {
            let mut changed = nonce.clone();
            let digit = if nonce.as_bytes()[index] == b'0' {
                "1"
            } else {
                "0"
            };
            changed.replace_range(index..=index, digit);
            assert!(!one.admit(&changed, 1, at(0)), "{changed}");
        }
        for text in ["", "0", &nonce[1..], &format!("{nonce}0"), &"0".repeat(64)] {
            assert!(!one.admit(text, 1, at(0)), "{text}");
        }
        assert!(one.admit(&nonce, 1, at(0)));
    }

    #[test]
    fn a_nonce_expires() {
        let nonces = nonces();
        let nonce = nonces.make(at(1000));
        let lifetime = LIFETIME.as_secs();
        assert!(nonces.admit(&nonce, 1, at(1000 + lifetime - 1)));
        assert!(!nonces.admit(&nonce, 2, at(1000 + lifetime)));
    }

    #[test]
    fn a_count_is_admitted_once_at_the_end_of_a_nonce() {
        let nonces = nonces();
        let nonce = nonces.make(at(1000));
        let end = 1000 + LIFETIME.as_secs();
        assert!(nonces.admit(&nonce, 1, at(end - 1)));
        let other = nonces.make(at(end));
        assert!(nonces.admit(&other, 1, at(end)));
        // A replay that read the clock before that, and waited for the lock.
        assert!(!nonces.admit(&nonce, 1, at(end - 1)));
        assert!(nonces.admit(&other, 2, at(end - 1)));
    }

    #[test]
    fn a_forgotten_nonce_and_all_older_ones_are_refused() {
        let mut nonces = nonces();
        nonces.max_used = 2;
        let made: Vec<_> = (0..5).map(|second| nonces.make(at(second))).collect();
        assert!(nonces.admit(&made[1], 1, at(9)));
        assert!(nonces.admit(&made[2], 1, at(9)));
        assert!(nonces.admit(&made[3], 1, at(9)), "makes room");
        assert!(!nonces.admit(&made[1], 1, at(9)), "a replay");
        assert!(
            !nonces.admit(&made[0], 1, at(9)),
            "as old as what was forgotten"
        );
        assert!(nonces.admit(&made[2], 2, at(9)));
        assert!(nonces.admit(&made[4], 1, at(9)));
        assert!(!nonces.admit(&made[2], 3, at(9)));
        assert_eq!(nonces.used.lock().unwrap().nonces.len(), 2);
    }

    #[test]
    fn expired_nonces_make_room() {
        let mut nonces = nonces();
        nonces.max_used = 1;
        let lifetime = LIFETIME.as_secs();
        for round in 0..3 {
            let now = at(round * lifetime);
            let nonce = nonces.make(now);
            assert!(nonces.admit(&nonce, 1, now));
            assert!(nonces.admit(&nonce, 2, now));
        }
        assert_eq!(nonces.used.lock().unwrap().forgotten, None);
    }

    proptest! {
        #[test]
        fn no_count_is_admitted_twice(
            requests in proptest::collection::vec((0..3_usize, 0..150_u32), 0..300),
            max_used in 1..4_usize,
        ) {
            let mut nonces = nonces();
            nonces.max_used = max_used;
            let made = [0, 1, 2].map(|second| nonces.make(at(second)));
            let mut admitted = HashSet::new();
            for (index, count) in requests {
                if nonces.admit(&made[index], count, at(3)) {
                    prop_assert!(admitted.insert((index, count)));
                }
                prop_assert!(nonces.used.lock().unwrap().nonces.len() <= max_used);
            }
        }
    }
}
