//! A rate of requests, and the generic cell rate algorithm.
//!
//! The algorithm (ITU-T I.371, annex A) keeps one number for a key: its theoretical arrival time,
//! when the quota is full again. A request moves it on by the time that one request takes at the
//! quota's rate. A request is refused if that would bring it further ahead of now than the time
//! that a whole burst takes.
//!
//! Times are in nanoseconds, multiplied by the number of requests in a window. So the time of one
//! request is exactly the window's nanoseconds, and nothing is rounded. A duration has less than
//! 2^94 nanoseconds and a number less than 2^32, so a product is below 2^126, and no sum of the
//! three below overflows.

use std::time::Duration;

const NANOSECONDS: u128 = 1_000_000_000;

/// The largest integer of a structured field (RFC 9651 section 3.3.1).
const MAX_SECONDS: u64 = 999_999_999_999_999;

/// A number of requests in a time window, and a number of requests at once.
///
/// A key may make `burst` requests at once. Each window gives it `requests` new ones, evenly spread
/// over the window, until it has `burst` again. So within any time `t`, at most
/// `burst + requests * t / window` requests are admitted. The burst is the number of requests in a
/// window, unless it is set.
///
/// ```
/// use std::time::Duration;
/// use wsgi_middleware::Quota;
///
/// let quota = Quota::per_second(10).burst(50);
/// assert_eq!(quota, Quota::new(10, Duration::from_secs(1)).burst(50));
/// assert_eq!(Quota::per_minute(3), Quota::new(3, Duration::from_secs(60)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Quota {
    requests: u32,
    window: Duration,
    burst: u32,
}

impl Quota {
    /// A number of requests in a window.
    ///
    /// # Panics
    ///
    /// The number or the window is zero.
    #[must_use]
    #[track_caller]
    pub const fn new(requests: u32, window: Duration) -> Self {
        assert!(requests > 0, "a quota of no requests");
        assert!(!window.is_zero(), "a quota without a window");
        Self {
            requests,
            window,
            burst: requests,
        }
    }

    /// A number of requests in a second.
    ///
    /// # Panics
    ///
    /// The number is zero.
    #[must_use]
    #[track_caller]
    pub const fn per_second(requests: u32) -> Self {
        Self::new(requests, Duration::from_secs(1))
    }

    /// A number of requests in a minute.
    ///
    /// # Panics
    ///
    /// The number is zero.
    #[must_use]
    #[track_caller]
    pub const fn per_minute(requests: u32) -> Self {
        Self::new(requests, Duration::from_secs(60))
    }

    /// A number of requests in an hour.
    ///
    /// # Panics
    ///
    /// The number is zero.
    #[must_use]
    #[track_caller]
    pub const fn per_hour(requests: u32) -> Self {
        Self::new(requests, Duration::from_secs(3600))
    }

    /// Sets the number of requests that may come at once. The next one over it is refused. With 1,
    /// requests must come evenly spread.
    ///
    /// ```
    /// use wsgi_middleware::Quota;
    ///
    /// assert_eq!(Quota::per_second(10).burst(10), Quota::per_second(10));
    /// ```
    ///
    /// # Panics
    ///
    /// The number is zero.
    #[must_use]
    #[track_caller]
    pub const fn burst(mut self, burst: u32) -> Self {
        assert!(burst > 0, "a burst of no requests");
        self.burst = burst;
        self
    }

    /// The quota of this number of keys together.
    #[cfg(any(feature = "basic-auth", feature = "digest-auth"))]
    pub(crate) const fn times(mut self, keys: u32) -> Self {
        self.requests = self.requests.saturating_mul(keys);
        self.burst = self.burst.saturating_mul(keys);
        self
    }

    /// The number of requests at once.
    pub(super) const fn max_burst(&self) -> u32 {
        self.burst
    }

    /// The time in which a whole burst becomes available again, in seconds, rounded up.
    pub(super) fn full_after(&self) -> u64 {
        self.seconds(self.capacity())
    }

    /// Decides on a request at a time, for the key with this theoretical arrival time.
    pub(super) fn admit(&self, arrival: &mut u128, now: Duration) -> Verdict {
        let cost = self.window.as_nanos();
        let now = now.as_nanos() * u128::from(self.requests);
        let latest = now + self.capacity();
        let mut next = (*arrival).max(now);
        let is_admitted = next + cost <= latest;
        if is_admitted {
            next += cost;
            *arrival = next;
        }
        // After a clock went back, `next` can be later than `latest`.
        let remaining = latest.saturating_sub(next) / cost;
        Verdict {
            is_admitted,
            remaining: u32::try_from(remaining).unwrap_or(u32::MAX), // at most the burst
            wait: self.seconds(next + (remaining + 1) * cost - latest),
        }
    }

    /// Counts a request at a time, whether or not it would be admitted.
    #[cfg(any(feature = "basic-auth", feature = "digest-auth"))]
    pub(super) fn charge(&self, arrival: &mut u128, now: Duration) {
        let now = now.as_nanos() * u128::from(self.requests);
        *arrival = (*arrival).max(now).saturating_add(self.window.as_nanos());
    }

    fn capacity(&self) -> u128 {
        self.window.as_nanos() * u128::from(self.burst)
    }

    /// The seconds of a multiplied time, rounded up, at most [`MAX_SECONDS`].
    fn seconds(&self, time: u128) -> u64 {
        let seconds = time.div_ceil(NANOSECONDS * u128::from(self.requests));
        u64::try_from(seconds).map_or(MAX_SECONDS, |seconds| seconds.min(MAX_SECONDS))
    }
}

/// A decision on a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Verdict {
    pub(super) is_admitted: bool,
    /// The number of requests that may come at once now.
    pub(super) remaining: u32,
    /// The seconds until one more than the remaining requests may come, rounded up.
    pub(super) wait: u64,
}
