//! The time of day in a log, in UTC.

use std::time::{SystemTime, UNIX_EPOCH};

const MONTHS: [&[u8; 3]; 12] = [
    b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec",
];

/// The last second of the year 9999, after which the formats have no form.
const LAST: u64 = 253_402_300_799;

/// A time between 1970 and 9999. Times outside count as the nearest one within.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Timestamp {
    seconds: u64,
    micros: u32,
}

impl Timestamp {
    /// The length of the form of the Common Log Format.
    pub(super) const COMMON: usize = "28/Nov/2026:07:40:02 +0000".len();

    /// The length of the form of RFC 3339.
    pub(super) const RFC3339: usize = "2026-11-28T07:40:02.000123Z".len();

    /// The whole seconds since 1970.
    pub(super) fn seconds(self) -> u64 {
        self.seconds
    }

    /// The form of the Common Log Format, `28/Nov/2026:07:40:02 +0000`.
    pub(super) fn to_common(self) -> [u8; Self::COMMON] {
        let mut text = *b"00/Mon/0000:00:00:00 +0000";
        let (year, month, day) = self.date();
        text[0..2].copy_from_slice(&pair(day));
        text[3..6].copy_from_slice(MONTHS[month as usize - 1]);
        text[7..9].copy_from_slice(&pair(year / 100));
        text[9..11].copy_from_slice(&pair(year % 100));
        text[12..20].copy_from_slice(&self.clock());
        text
    }

    /// The form of RFC 3339, `2026-11-28T07:40:02.000123Z`.
    pub(super) fn to_rfc3339(self) -> [u8; Self::RFC3339] {
        let mut text = *b"0000-00-00T00:00:00.000000Z";
        let (year, month, day) = self.date();
        text[0..2].copy_from_slice(&pair(year / 100));
        text[2..4].copy_from_slice(&pair(year % 100));
        text[5..7].copy_from_slice(&pair(month));
        text[8..10].copy_from_slice(&pair(day));
        text[11..19].copy_from_slice(&self.clock());
        self.put_micros(&mut text);
        text
    }

    /// Replaces the microseconds in the form of another time of the same second.
    pub(super) fn put_micros(self, text: &mut [u8; Self::RFC3339]) {
        let micros = u64::from(self.micros);
        text[20..22].copy_from_slice(&pair(micros / 10_000));
        text[22..24].copy_from_slice(&pair(micros / 100 % 100));
        text[24..26].copy_from_slice(&pair(micros % 100));
    }

    fn clock(self) -> [u8; 8] {
        let mut text = *b"00:00:00";
        let seconds = self.seconds % 86_400;
        text[0..2].copy_from_slice(&pair(seconds / 3600));
        text[3..5].copy_from_slice(&pair(seconds / 60 % 60));
        text[6..8].copy_from_slice(&pair(seconds % 60));
        text
    }

    /// The year, the month from 1, and the day from 1, in the Gregorian calendar.
    ///
    /// The calendar repeats after 400 years, which are 146,097 days. A year begins here in March,
    /// so that a leap day is its last day.
    fn date(self) -> (u64, u64, u64) {
        let days = self.seconds / 86_400 + 719_468; // since the first of March of the year 0
        let (period, day) = (days / 146_097, days % 146_097);
        let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
        let day = day - (365 * year + year / 4 - year / 100);
        let month = (5 * day + 2) / 153; // from 0, which is March
        let day = day - (153 * month + 2) / 5 + 1;
        let year = 400 * period + year;
        match month {
            0..10 => (year, month + 3, day),
            _ => (year + 1, month - 9, day),
        }
    }
}

/// The two digits of a number below 100.
fn pair(number: u64) -> [u8; 2] {
    [b'0' + (number / 10) as u8, b'0' + (number % 10) as u8]
}

impl From<SystemTime> for Timestamp {
    fn from(time: SystemTime) -> Self {
        let since_epoch = time.duration_since(UNIX_EPOCH).unwrap_or_default();
        Self {
            seconds: since_epoch.as_secs().min(LAST),
            micros: since_epoch.subsec_micros(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::{LAST, Timestamp};

    #[track_caller]
    fn check(seconds: u64, micros: u32, common: &str, rfc3339: &str) {
        let time = Timestamp { seconds, micros };
        assert_eq!(str::from_utf8(&time.to_common()), Ok(common));
        assert_eq!(str::from_utf8(&time.to_rfc3339()), Ok(rfc3339));
    }

    #[test]
    fn dates_are_those_of_the_calendar() {
        let rows = [
            (0, "01/Jan/1970:00:00:00 +0000", "1970-01-01T00:00:00"),
            (
                68_169_600,
                "29/Feb/1972:00:00:00 +0000",
                "1972-02-29T00:00:00",
            ),
            (
                951_782_400,
                "29/Feb/2000:00:00:00 +0000",
                "2000-02-29T00:00:00",
            ),
            (
                951_868_799,
                "29/Feb/2000:23:59:59 +0000",
                "2000-02-29T23:59:59",
            ),
            (
                951_868_800,
                "01/Mar/2000:00:00:00 +0000",
                "2000-03-01T00:00:00",
            ),
            (
                1_795_851_602,
                "28/Nov/2026:07:40:02 +0000",
                "2026-11-28T07:40:02",
            ),
            (
                1_798_761_599,
                "31/Dec/2026:23:59:59 +0000",
                "2026-12-31T23:59:59",
            ),
            (
                4_107_542_399,
                "28/Feb/2100:23:59:59 +0000",
                "2100-02-28T23:59:59",
            ),
            (
                4_107_542_400,
                "01/Mar/2100:00:00:00 +0000",
                "2100-03-01T00:00:00",
            ),
            (LAST, "31/Dec/9999:23:59:59 +0000", "9999-12-31T23:59:59"),
        ];
        for (seconds, common, rfc3339) in rows {
            check(seconds, 1203, common, &format!("{rfc3339}.001203Z"));
        }
    }

    #[test]
    fn times_outside_the_range_count_as_the_nearest_within() {
        let before = Timestamp::from(UNIX_EPOCH - Duration::from_secs(5));
        assert_eq!(before.seconds, 0);
        let after = Timestamp::from(UNIX_EPOCH + Duration::from_secs(LAST + 5));
        assert_eq!(after.seconds, LAST);
    }
}
