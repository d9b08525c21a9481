//! Nonces that only the server can have made, and the requests that they were used for.

use std::{
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use wsgi_application::Result;

use super::{
    hex,
    used_nonces::{UsedNonces, milliseconds},
};
use crate::auth::constant_time::constant_time_eq;

/// The number of nonces in use that are remembered.
const MAX_USED: usize = 16_384;

/// The time for which a nonce is valid.
const LIFETIME: Duration = Duration::from_secs(300);

/// The bytes of a nonce that are its tag.
const TAG: std::ops::Range<usize> = 16..32;

/// The least length of a key that processes share, in bytes: that of the hash (RFC 2104 section 3).
const MIN_KEY: usize = 32;

/// The nonces of a server (RFC 7616 section 3.3).
///
/// A nonce is 32 bytes: the milliseconds from the epoch until it was made, a number, and a tag over
/// both. The number begins at random, so that two processes do not make the same nonce. The key is
/// random, so that only this process accepts the tag, or it is shared by several. Nothing is
/// remembered of a nonce that nobody has used. One that was used with the right password is
/// remembered until it expires, with the counts of its requests. If there are too many, the oldest
/// are forgotten, and from then on no nonce that is as old is valid.
pub(super) struct Nonces {
    mac: Hmac<Sha256>,
    next: AtomicU64,
    used: Mutex<UsedNonces>,
    pub(super) lifetime: Duration,
    pub(super) max_used: usize,
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

    /// Makes the nonces of processes that share a key valid in all of them.
    ///
    /// # Errors
    ///
    /// The key is shorter than 32 bytes.
    pub(super) fn share(&mut self, key: &[u8], realm: &str) -> Result<()> {
        if key.len() < MIN_KEY {
            return Err(format!("a key of Digest nonces has at least {MIN_KEY} bytes").into());
        }
        // The key may have other purposes, and other realms have other nonces.
        let mut mac = Hmac::<Sha256>::new_from_slice(key)?;
        mac.update(b"wsgi-middleware: nonces of Digest authentication for ");
        mac.update(realm.as_bytes());
        self.mac = Hmac::new_from_slice(&mac.finalize().into_bytes())?;
        Ok(())
    }

    /// Makes a nonce: 64 hexadecimal digits.
    pub(super) fn make(&self, now: Duration) -> String {
        let now = self.used().advance(now);
        let mut nonce = [0; 32];
        nonce[..8].copy_from_slice(&now.to_be_bytes());
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
        let mut used = self.used();
        let now = used.advance(now);
        // Also if another process, whose clock is ahead, made it that long after now.
        if now.abs_diff(made) >= lifetime {
            return false;
        }
        if let Some(until) = now.checked_sub(lifetime) {
            used.expire(until);
        }
        used.admit(id, count, self.max_used)
    }

    fn used(&self) -> MutexGuard<'_, UsedNonces> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tag(&self, nonce: &[u8; 32]) -> [u8; 16] {
        let mut mac = self.mac.clone();
        mac.update(&nonce[..TAG.start]);
        let tag = mac.finalize().into_bytes();
        std::array::from_fn(|index| tag[index])
    }
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
        assert!(!nonces.admit(&nonce, 2, at(end - 1)));
        assert!(nonces.admit(&other, 2, at(end - 1)));
    }

    #[test]
    fn a_clock_that_is_set_back_makes_valid_nonces() {
        let nonces = nonces();
        let before = nonces.make(at(9000));
        assert!(nonces.admit(&before, 1, at(9000)));
        let after = nonces.make(at(1000));
        assert!(nonces.admit(&after, 1, at(1000)));
        assert!(nonces.admit(&before, 2, at(1000)));
        assert!(!nonces.admit(&before, 1, at(1000)), "a replay");
    }

    /// The nonces of one of several processes.
    fn process(key: u8, realm: &str) -> Nonces {
        let mut nonces = nonces();
        nonces.share(&[key; 32], realm).expect("a long key");
        nonces
    }

    #[test]
    fn processes_with_a_key_accept_the_nonces_of_each_other() {
        let (one, other) = (process(1, "Cave"), process(1, "Cave"));
        let nonce = one.make(at(1000));
        assert_ne!(nonce, other.make(at(1000)));
        for process in [&one, &other] {
            assert!(process.admit(&nonce, 1, at(1001)));
            assert!(!process.admit(&nonce, 1, at(1001)));
            assert!(process.admit(&nonce, 2, at(1001)));
        }
        for stranger in [process(2, "Cave"), process(1, "Hall"), nonces()] {
            assert!(!stranger.admit(&nonce, 1, at(1001)));
        }
        assert!(nonces().share(&[1; 31], "Cave").is_err());
    }

    #[test]
    fn clocks_of_processes_differ_by_less_than_the_lifetime() {
        let lifetime = LIFETIME.as_secs();
        for (now, expected) in [
            (9000 - lifetime, false),
            (9000 - lifetime + 1, true),
            (9000 + lifetime - 1, true),
            (9000 + lifetime, false),
        ] {
            let nonce = process(1, "Cave").make(at(9000));
            assert_eq!(
                process(1, "Cave").admit(&nonce, 1, at(now)),
                expected,
                "{now}"
            );
        }
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
        assert_eq!(nonces.used().len(), 2);
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
        assert_eq!(nonces.used().forgotten, None);
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
                prop_assert!(nonces.used().len() <= max_used);
            }
        }
    }
}
