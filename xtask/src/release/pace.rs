//! How fast the registry lets versions in.
//!
//! crates.io accepts a few versions at once, and then one in each interval. New crates have a limit
//! of their own. An upload that comes too early gets 429 with the time after which it is accepted.
//! A release waits for that time. These figures only predict how long it will take.

use std::time::{Duration, SystemTime};

/// A bucket of permits, which fills again by one in each interval.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limit {
    pub(super) burst: u32,
    pub(super) interval: Duration,
}

pub(super) const NEW_CRATES: Limit = Limit {
    burst: 5,
    interval: Duration::from_secs(600),
};

pub(super) const NEW_VERSIONS: Limit = Limit {
    burst: 30,
    interval: Duration::from_secs(60),
};

/// The times of uploads in a row, counted from the first.
#[derive(Debug, Default)]
pub(super) struct Schedule {
    now: Duration,
    crates: u32,
    versions: u32,
}

impl Schedule {
    /// The time of the next upload.
    pub(super) fn next(&mut self, is_new_crate: bool) -> Duration {
        let (count, limit) = if is_new_crate {
            (&mut self.crates, NEW_CRATES)
        } else {
            (&mut self.versions, NEW_VERSIONS)
        };
        *count += 1;
        let permit = limit.interval * count.saturating_sub(limit.burst);
        self.now = self.now.max(permit);
        self.now
    }
}

/// `h:mm`.
pub(super) fn hours(time: Duration) -> String {
    let minutes = time.as_secs() / 60;
    format!("{}:{:02}", minutes / 60, minutes % 60)
}

/// The time after which the registry accepts the next upload, in the message of a refusal:
/// `try again after Thu, 12 Dec 2024 14:24:53 GMT`.
pub(super) fn try_again_after(message: &str) -> Option<SystemTime> {
    let (_, rest) = message.split_once("try again after ")?;
    let end = rest.find("GMT")? + "GMT".len();
    httpdate::parse_http_date(&rest[..end]).ok()
}

/// The day of a moment in UTC, `YYYY-MM-DD`.
pub(super) fn day(moment: SystemTime) -> String {
    const MONTHS: &str = "JanFebMarAprMayJunJulAugSepOctNovDec";
    // An HTTP-date has a fixed form: `Sun, 06 Nov 1994 08:49:37 GMT`.
    let date = httpdate::fmt_http_date(moment);
    let month = MONTHS.find(&date[8..11]).map_or(0, |at| at / 3 + 1);
    format!("{}-{month:02}-{}", &date[12..16], &date[5..7])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sixth_new_crate_waits_ten_minutes() {
        let mut schedule = Schedule::default();
        let times: Vec<_> = (0..20).map(|_| hours(schedule.next(true))).collect();
        assert_eq!(
            times[..7],
            ["0:00", "0:00", "0:00", "0:00", "0:00", "0:10", "0:20"]
        );
        assert_eq!(times[19], "2:30");
    }

    #[test]
    fn new_versions_do_not_wait_for_the_limit_of_new_crates_but_for_their_turn() {
        let mut schedule = Schedule::default();
        let kinds = [true, true, true, true, true, false, true, false];
        let times = kinds.map(|is_new| hours(schedule.next(is_new)));
        assert_eq!(times[4..], ["0:00", "0:00", "0:10", "0:10"]);
        let mut schedule = Schedule::default();
        let times: Vec<_> = (0..32).map(|_| hours(schedule.next(false))).collect();
        assert_eq!(times[29..], ["0:00", "0:01", "0:02"]);
    }

    #[test]
    fn the_message_of_a_refusal_gives_the_time() {
        let message = "the remote server responded with an error (status 429 Too Many Requests): \
            You have published too many new crates in a short period of time. Please try again \
            after Thu, 12 Dec 2024 14:24:53 GMT or email help@crates.io to have your limit increased.";
        let expected = SystemTime::UNIX_EPOCH + Duration::from_secs(1_734_013_493);
        assert_eq!(try_again_after(message), Some(expected));
        assert_eq!(try_again_after("try again after lunch"), None);
        assert_eq!(try_again_after("status 429 Too Many Requests"), None);
    }

    #[test]
    fn a_day_is_that_of_utc() {
        assert_eq!(day(SystemTime::UNIX_EPOCH), "1970-01-01");
        let leap = SystemTime::UNIX_EPOCH + Duration::from_secs(1_709_251_199);
        assert_eq!(day(leap), "2024-02-29");
    }
}
