//! A moment in one number.

use std::{
    num::NonZeroU64,
    ops::{Add, AddAssign, Sub},
    sync::OnceLock,
    time::Duration,
};

#[cfg(not(target_vendor = "apple"))]
use rustix::time::{ClockId, clock_gettime};

/// A moment of the system's monotonic clock: the number of nanoseconds from a fixed moment on. It
/// is never 0.
///
/// That of the standard library keeps seconds and nanoseconds apart, so that each sum, difference
/// and reading of the clock takes several times as many instructions. A request takes all of them.
///
/// The last moment is centuries away. A sum beyond it is the last moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Instant(NonZeroU64);

/// The nanoseconds of a second.
const SECOND: u64 = 1_000_000_000;

impl Instant {
    /// The present moment.
    #[inline]
    pub(crate) fn now() -> Self {
        Self::first().later(nanoseconds_now())
    }

    #[inline]
    fn first() -> Self {
        Self(NonZeroU64::MIN)
    }

    #[inline]
    fn later(self, nanoseconds: u64) -> Self {
        Self(self.0.saturating_add(nanoseconds))
    }

    /// The number of nanoseconds since an earlier moment; 0 if that is later.
    #[inline]
    pub(crate) fn nanoseconds_since(self, earlier: Self) -> u64 {
        self.0.get().saturating_sub(earlier.0.get())
    }

    /// The time since an earlier moment; none if that is later.
    #[inline]
    pub(crate) fn saturating_duration_since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.nanoseconds_since(earlier))
    }

    /// The time since a moment, unless that is later.
    pub(crate) fn checked_duration_since(self, earlier: Self) -> Option<Duration> {
        (earlier <= self).then(|| self.saturating_duration_since(earlier))
    }

    /// The time since this moment.
    pub(crate) fn elapsed(self) -> Duration {
        Self::now().saturating_duration_since(self)
    }

    /// The moment this long before, unless the clock began later.
    pub(crate) fn checked_sub(self, time: Duration) -> Option<Self> {
        let number = self.0.get().checked_sub(nanoseconds(time))?;
        NonZeroU64::new(number).map(Self)
    }

    /// The same moment by the standard library, for code outside of this crate.
    pub(crate) fn to_std(self) -> std::time::Instant {
        let (own, std) = *same();
        match self.checked_duration_since(own) {
            Some(after) => std + after,
            None => std.checked_sub(own - self).unwrap_or(std),
        }
    }
}

/// A moment by the standard library. Conversions keep the order of moments, and one there and back
/// changes nothing.
impl From<std::time::Instant> for Instant {
    fn from(moment: std::time::Instant) -> Self {
        let (own, std) = *same();
        match moment.checked_duration_since(std) {
            Some(after) => own + after,
            None => own.checked_sub(std - moment).unwrap_or(Self::first()),
        }
    }
}

impl Add<Duration> for Instant {
    type Output = Self;

    #[inline]
    fn add(self, time: Duration) -> Self {
        self.later(nanoseconds(time))
    }
}

impl AddAssign<Duration> for Instant {
    fn add_assign(&mut self, time: Duration) {
        *self = *self + time;
    }
}

/// The time since an earlier moment; none if that is later.
impl Sub for Instant {
    type Output = Duration;

    #[inline]
    fn sub(self, earlier: Self) -> Duration {
        self.saturating_duration_since(earlier)
    }
}

/// The reading of the clock. It is that of the standard library, whose moments it has to keep up
/// with.
#[cfg(not(target_vendor = "apple"))]
#[inline(never)] // as many places read it, few of them for each request
fn nanoseconds_now() -> u64 {
    let now = clock_gettime(ClockId::Monotonic);
    // The clock begins with the system, so neither is negative, and the sum is no later than the
    // last moment.
    let nanoseconds = (now.tv_sec as u64).wrapping_mul(SECOND);
    nanoseconds.wrapping_add(now.tv_nsec as u64)
}

/// The clock of the standard library stands still while the system sleeps. The one that the system
/// calls monotonic goes on.
#[cfg(target_vendor = "apple")]
use nanoseconds_of_std as nanoseconds_now;

/// The reading of the standard library's clock. It begins so late that moments before the first
/// reading can be told.
#[cfg(any(test, target_vendor = "apple"))]
fn nanoseconds_of_std() -> u64 {
    const BEGINNING: u64 = 1 << 62;
    static FIRST: OnceLock<std::time::Instant> = OnceLock::new();
    let first = FIRST.get_or_init(std::time::Instant::now);
    BEGINNING + nanoseconds(first.elapsed())
}

#[inline]
fn nanoseconds(time: Duration) -> u64 {
    let seconds = time.as_secs().saturating_mul(SECOND);
    seconds.saturating_add(time.subsec_nanos().into())
}

/// One moment, by this clock and by the standard library.
fn same() -> &'static (Instant, std::time::Instant) {
    static SAME: OnceLock<(Instant, std::time::Instant)> = OnceLock::new();
    SAME.get_or_init(|| {
        let (mut same, mut shortest) =
            ((Instant::first(), std::time::Instant::now()), Duration::MAX);
        // Between the two readings, the thread may have to wait for its turn, but hardly each time.
        for _ in 0..8 {
            let (std, own) = (std::time::Instant::now(), Instant::now());
            let time = std.elapsed();
            if time < shortest {
                (same, shortest) = ((own, std), time);
            }
        }
        same
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_added_and_told_to_the_nanosecond() {
        let now = Instant::now();
        for time in [0, 1, 999_999_999, 1_000_000_000, 86_400_000_000_001] {
            let time = Duration::from_nanos(time);
            let later = now + time;
            assert_eq!(later - now, time);
            assert_eq!(later.checked_sub(time), Some(now));
            assert_eq!(later.checked_duration_since(now), Some(time));
            assert_eq!(now - later, Duration::ZERO);
        }
        let later = now + Duration::from_nanos(1);
        assert!(later > now);
        assert_eq!(now.checked_duration_since(later), None);
    }

    #[test]
    fn no_moment_is_after_the_last_or_before_the_first() {
        let now = Instant::now();
        let last = now + Duration::MAX;
        assert_eq!(last + Duration::from_nanos(1), last);
        assert!(last - now > Duration::from_secs(400 * 365 * 86_400));
        assert_eq!(now.checked_sub(Duration::MAX), None);
    }

    #[test]
    fn a_moment_of_the_standard_library_is_the_same_there_and_back() {
        let now = Instant::now();
        let std_now = std::time::Instant::now();
        let error = Instant::from(std_now) - now;
        assert!(error < Duration::from_secs(10), "{error:?}");
        for time in [0, 1, 5_000_000_000, 86_400_000_000_001].map(Duration::from_nanos) {
            for moment in [Some(now + time), now.checked_sub(time)]
                .into_iter()
                .flatten()
            {
                assert_eq!(Instant::from(moment.to_std()), moment);
            }
            assert_eq!((now + time).to_std() - now.to_std(), time);
            assert_eq!(Instant::from(std_now + time).to_std(), std_now + time);
        }
    }

    #[test]
    fn both_clocks_go_on_alike() {
        let (own, std) = (nanoseconds_now(), nanoseconds_of_std());
        std::thread::sleep(Duration::from_millis(5));
        let (own, std) = (nanoseconds_now() - own, nanoseconds_of_std() - std);
        assert!(own >= 5_000_000 && std >= 5_000_000 - 1_000_000);
        assert!(own.abs_diff(std) < 10 * SECOND);
        let past = Instant::first().later(nanoseconds_of_std());
        assert!(
            past.checked_sub(Duration::from_secs(365 * 86_400))
                .is_some()
        );
    }

    #[test]
    fn the_clock_does_not_go_backwards() {
        let mut last = Instant::now();
        for _ in 0..1_000 {
            let now = Instant::now();
            assert!(now >= last);
            last = now;
        }
        assert!(last.elapsed() < Duration::from_secs(10));
    }
}
