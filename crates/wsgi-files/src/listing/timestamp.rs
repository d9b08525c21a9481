//! Times in listings.

use std::{
    fmt,
    time::{SystemTime, UNIX_EPOCH},
};

const SECONDS_PER_DAY: i64 = 86_400;

/// A time as RFC 3339 writes it, in UTC: `1994-11-06T08:49:37Z`. The alternate form is that of
/// people, `1994-11-06 08:49`.
pub(super) struct Timestamp(pub(super) SystemTime);

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = seconds(self.0);
        let (year, month, day) = date(seconds.div_euclid(SECONDS_PER_DAY));
        let time = seconds.rem_euclid(SECONDS_PER_DAY);
        let (hour, minute, second) = (time / 3600, time / 60 % 60, time % 60);
        write!(f, "{year:04}-{month:02}-{day:02}")?;
        match f.alternate() {
            true => write!(f, " {hour:02}:{minute:02}"),
            false => write!(f, "T{hour:02}:{minute:02}:{second:02}Z"),
        }
    }
}

/// The whole seconds since 1970, which may be negative.
fn seconds(time: SystemTime) -> i64 {
    match time.duration_since(UNIX_EPOCH) {
        Ok(since) => since.as_secs().min(1 << 50) as i64,
        Err(error) => {
            let before = error.duration();
            let whole = before.as_secs().min(1 << 50) as i64;
            -whole - i64::from(before.subsec_nanos() > 0)
        }
    }
}

/// The year, month and day of a number of days since 1970, in the Gregorian calendar. A year begins
/// in March here, so that the day of the leap year is its last.
fn date(days: i64) -> (i64, i64, i64) {
    const DAYS_TO_1970: i64 = 719_468; // from 0000-03-01
    const DAYS_OF_400_YEARS: i64 = 146_097;
    let days = days + DAYS_TO_1970;
    let (era, day) = (
        days.div_euclid(DAYS_OF_400_YEARS),
        days.rem_euclid(DAYS_OF_400_YEARS),
    );
    let year = (day - day / 1460 + day / 36_524 - day / (DAYS_OF_400_YEARS - 1)) / 365;
    let day_of_year = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day_of_month = day_of_year - (153 * month + 2) / 5 + 1;
    let (month, next) = if month < 10 {
        (month + 3, 0)
    } else {
        (month - 9, 1)
    };
    (year + era * 400 + next, month, day_of_month)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn times_are_written_as_dates() {
        let at = |seconds| Timestamp(UNIX_EPOCH + Duration::from_secs(seconds));
        for (seconds, expected) in [
            (0, "1970-01-01T00:00:00Z"),
            (784_111_777, "1994-11-06T08:49:37Z"),
            (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (951_868_800, "2000-03-01T00:00:00Z"),
            (4_107_542_399, "2100-02-28T23:59:59Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
            (253_402_300_799, "9999-12-31T23:59:59Z"),
        ] {
            assert_eq!(at(seconds).to_string(), expected);
        }
        assert_eq!(format!("{:#}", at(784_111_777)), "1994-11-06 08:49");
    }

    #[test]
    fn times_before_1970_are_written_as_dates() {
        let before = |millis| Timestamp(UNIX_EPOCH - Duration::from_millis(millis)).to_string();
        assert_eq!(before(1), "1969-12-31T23:59:59Z");
        assert_eq!(before(1_000), "1969-12-31T23:59:59Z");
        assert_eq!(before(2_208_988_800_000), "1900-01-01T00:00:00Z");
    }

    #[test]
    fn every_day_follows_the_one_before() {
        let mut last = date(-800_000);
        for days in -799_999..800_000 {
            let next = date(days);
            assert!(next > last && (1..=12).contains(&next.1) && (1..=31).contains(&next.2));
            last = next;
        }
    }
}
