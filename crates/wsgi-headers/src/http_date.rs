//! The parser of dates in fields (RFC 9110, section 5.6.7).

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::octets::trim;

/// Reads a date in any of the three forms of an HTTP-date, such as `Sun, 06 Nov 1994 08:49:37 GMT`.
/// Returns `None` for other texts.
///
/// The day of the week adds nothing, so a wrong one is accepted. Names may be in any case, and
/// a day of the month may have one digit. A year with two digits is at most fifty years ahead. A
/// leap second counts as the second after it.
///
/// ```
/// use std::time::{Duration, UNIX_EPOCH};
/// use wsgi_headers::parse_http_date;
///
/// let time = UNIX_EPOCH + Duration::from_secs(784_111_777);
/// assert_eq!(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT"), Some(time));
/// assert_eq!(parse_http_date("Sunday, 06-Nov-94 08:49:37 GMT"), Some(time));
/// assert_eq!(parse_http_date("Sun Nov  6 08:49:37 1994"), Some(time));
/// assert_eq!(parse_http_date("0"), None);
/// ```
pub fn parse_http_date(value: impl AsRef<[u8]>) -> Option<SystemTime> {
    let date = Date::parse(trim(value.as_ref()))?;
    let seconds = date.seconds(|| match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_secs()).unwrap_or(i64::MAX),
        Err(_) => 0,
    })?;
    let distance = Duration::from_secs(seconds.unsigned_abs());
    match seconds {
        0.. => UNIX_EPOCH.checked_add(distance),
        _ => UNIX_EPOCH.checked_sub(distance),
    }
}

const DAYS: [&[u8]; 7] = [
    b"monday",
    b"tuesday",
    b"wednesday",
    b"thursday",
    b"friday",
    b"saturday",
    b"sunday",
];

const MONTHS: [&[u8]; 12] = [
    b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov", b"dec",
];

/// The seconds of fifty years.
const FIFTY_YEARS: i64 = 50 * 31_556_952;

/// A date as it was written.
struct Date {
    year: i64,
    /// Whether the year has two digits.
    is_short: bool,
    /// From 0.
    month: usize,
    day: i64,
    /// Since midnight.
    seconds: i64,
}

impl Date {
    fn parse(text: &[u8]) -> Option<Self> {
        let (name, rest) = letters(text);
        let is_day = |day: &&[u8]| name.eq_ignore_ascii_case(day) || is_short(name, day);
        DAYS.iter().find(|day| is_day(day))?;
        match rest {
            [b',', b' ', rest @ ..] => Self::parse_day_first(rest),
            [b' ', rest @ ..] => Self::parse_month_first(rest),
            _ => None,
        }
    }

    /// Parses `06 Nov 1994 08:49:37 GMT` or `06-Nov-94 08:49:37 GMT`.
    fn parse_day_first(text: &[u8]) -> Option<Self> {
        let (day, _, rest) = digits(text, 1..=2)?;
        let (&between, rest) = rest
            .split_first()
            .filter(|(byte, _)| b" -".contains(byte))?;
        let (month, rest) = month(rest)?;
        let (year, count, rest) = digits(rest.strip_prefix(&[between])?, 2..=4)?;
        let is_short = match (between, count) {
            (_, 4) => false,
            (b'-', 2) => true,
            _ => return None,
        };
        let (seconds, rest) = time_of_day(rest.strip_prefix(b" ")?)?;
        rest.eq_ignore_ascii_case(b" GMT").then_some(Self {
            year,
            is_short,
            month,
            day,
            seconds,
        })
    }

    /// Parses `Nov  6 08:49:37 1994`.
    fn parse_month_first(text: &[u8]) -> Option<Self> {
        let (month, rest) = month(text)?;
        let rest = rest.strip_prefix(b" ")?;
        let (day, _, rest) = digits(rest.strip_prefix(b" ").unwrap_or(rest), 1..=2)?;
        let (seconds, rest) = time_of_day(rest.strip_prefix(b" ")?)?;
        let (year, _, rest) = digits(rest.strip_prefix(b" ")?, 4..=4)?;
        rest.is_empty().then_some(Self {
            year,
            is_short: false,
            month,
            day,
            seconds,
        })
    }

    /// The seconds since 1970, if there is such a day. The clock is read for a short year alone.
    fn seconds(&self, now: impl FnOnce() -> i64) -> Option<i64> {
        if !self.is_short {
            return self.seconds_in(self.year);
        }
        // The latest such year that does not lie more than fifty years ahead.
        let latest = now().checked_add(FIFTY_YEARS)?;
        let mut years = (0..=99).rev().map(|century| century * 100 + self.year);
        years.find_map(|year| self.seconds_in(year).filter(|&seconds| seconds <= latest))
    }

    fn seconds_in(&self, year: i64) -> Option<i64> {
        let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let lengths = [
            31,
            28 + i64::from(is_leap),
            31,
            30,
            31,
            30,
            31,
            31,
            30,
            31,
            30,
            31,
        ];
        if !(1..=lengths[self.month]).contains(&self.day) {
            return None;
        }
        // The leap days from a year 0 up to the last year.
        let leaps = |last: i64| last.div_euclid(4) - last.div_euclid(100) + last.div_euclid(400);
        let years = (year - 1970) * 365 + leaps(year - 1) - leaps(1969);
        let months: i64 = lengths[..self.month].iter().sum();
        Some((years + months + self.day - 1) * 86_400 + self.seconds)
    }
}

/// Whether a name is the first three letters of a day.
fn is_short(name: &[u8], day: &[u8]) -> bool {
    name.len() == 3 && name.eq_ignore_ascii_case(&day[..3])
}

/// The letters at the start, and the rest.
fn letters(text: &[u8]) -> (&[u8], &[u8]) {
    let count = text.iter().take_while(|byte| byte.is_ascii_alphabetic());
    text.split_at(count.count())
}

/// The month at the start, from 0, and the rest.
fn month(text: &[u8]) -> Option<(usize, &[u8])> {
    let (name, rest) = letters(text);
    let is_name = |month: &&[u8]| name.eq_ignore_ascii_case(month);
    Some((MONTHS.iter().position(is_name)?, rest))
}

/// The number at the start, how many digits it has, and the rest.
fn digits(text: &[u8], count: std::ops::RangeInclusive<usize>) -> Option<(i64, usize, &[u8])> {
    let found = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if !count.contains(&found) {
        return None;
    }
    let (digits, rest) = text.split_at(found);
    let number = digits
        .iter()
        .fold(0, |number, digit| number * 10 + i64::from(digit - b'0'));
    Some((number, found, rest))
}

/// The seconds of `08:49:37`, and the rest.
fn time_of_day(text: &[u8]) -> Option<(i64, &[u8])> {
    let (hour, _, rest) = digits(text, 2..=2)?;
    let (minute, _, rest) = digits(rest.strip_prefix(b":")?, 2..=2)?;
    let (second, _, rest) = digits(rest.strip_prefix(b":")?, 2..=2)?;
    let is_time = hour < 24 && minute < 60 && second <= 60;
    is_time.then_some((hour * 3600 + minute * 60 + second, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-29.
    const NOW: i64 = 1_795_910_400;

    #[track_caller]
    fn check(text: &str, expected: Option<i64>) {
        let date = Date::parse(text.as_bytes());
        assert_eq!(
            date.and_then(|date| date.seconds(|| NOW)),
            expected,
            "{text}"
        );
    }

    #[test]
    fn the_forms_of_rfc_9110_are_read() {
        check("Sun, 06 Nov 1994 08:49:37 GMT", Some(784_111_777));
        check("Sunday, 06-Nov-94 08:49:37 GMT", Some(784_111_777));
        check("Sun Nov  6 08:49:37 1994", Some(784_111_777));
        check("Wed Nov 16 08:49:37 1994", Some(784_975_777));
        check("Thu, 01 Jan 1970 00:00:00 GMT", Some(0));
        check("Fri, 31 Dec 9999 23:59:59 GMT", Some(253_402_300_799));
    }

    #[test]
    fn harmless_deviations_are_read() {
        check("Mon, 06 Nov 1994 08:49:37 GMT", Some(784_111_777));
        check("SUN, 6 NOV 1994 08:49:37 gmt", Some(784_111_777));
        check("Sun, 06-Nov-1994 08:49:37 GMT", Some(784_111_777));
        check("Sun Nov 6 08:49:37 1994", Some(784_111_777));
        check("Sat, 31 Dec 2016 23:59:60 GMT", Some(1_483_228_800));
        check("Wed, 31 Dec 1969 23:59:59 GMT", Some(-1));
        check("Sat, 01 Jan 0000 00:00:00 GMT", Some(-62_167_219_200));
    }

    #[test]
    fn a_year_with_two_digits_is_at_most_fifty_years_ahead() {
        check("Friday, 01-Jan-77 00:00:00 GMT", Some(220_924_800));
        check("Wednesday, 01-Jan-76 00:00:00 GMT", Some(3_345_062_400));
        check("Tuesday, 01-Jan-70 00:00:00 GMT", Some(3_155_760_000));
        check("Tuesday, 29-Feb-00 00:00:00 GMT", Some(951_782_400));
    }

    #[test]
    fn other_texts_are_refused() {
        for text in [
            "",
            "0",
            "Sun",
            "Sun,",
            "784111777",
            "06 Nov 1994 08:49:37 GMT",
            "Son, 06 Nov 1994 08:49:37 GMT",
            "Su, 06 Nov 1994 08:49:37 GMT",
            "Sun,06 Nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 08:49:37",
            "Sun, 06 Nov 1994 08:49:37 EST",
            "Sun, 06 Nov 1994 08:49:37 GMT+1",
            "Sun, 06 Nov 94 08:49:37 GMT",
            "Sun, 06 Nov 994 08:49:37 GMT",
            "Sun, 06-Nov 1994 08:49:37 GMT",
            "Sun, 06 November 1994 08:49:37 GMT",
            "Sun, 006 Nov 1994 08:49:37 GMT",
            "Sun, 00 Nov 1994 08:49:37 GMT",
            "Sun, 31 Nov 1994 08:49:37 GMT",
            "Sun, 29 Feb 2023 08:49:37 GMT",
            "Sun, 29 Feb 1900 08:49:37 GMT",
            "Sun, 06 Nov 1994 24:00:00 GMT",
            "Sun, 06 Nov 1994 08:60:37 GMT",
            "Sun, 06 Nov 1994 08:49:61 GMT",
            "Sun, 06 Nov 1994 8:49:37 GMT",
            "Sun, 06 Nov 1994 08.49.37 GMT",
            "Sun Nov   6 08:49:37 1994",
            "Sun Nov  6 08:49:37 94",
            "Sun Nov  6 08:49:37 1994 GMT",
            "Sunday, 06-Nov-\u{e9}4 08:49:37 GMT",
        ] {
            check(text, None);
        }
    }
}
