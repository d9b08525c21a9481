//! The date in a cookie, in any form that browsers understand.

use std::time::{Duration, SystemTime};

const MONTHS: [&[u8]; 12] = [
    b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov", b"dec",
];

/// Parses a date (RFC 6265bis section 5.1.1). A date before 1970 becomes the start of 1970.
pub(crate) fn parse(text: &[u8]) -> Option<SystemTime> {
    let (mut time, mut day, mut month, mut year) = (None, None, None, None);
    for token in text.split(|&byte| is_delimiter(byte)) {
        if time.is_none()
            && let Some(found) = time_of_day(token)
        {
            time = Some(found);
        } else if day.is_none()
            && let Some(found) = number(token, 1..=2)
        {
            day = Some(found);
        } else if month.is_none()
            && let Some(found) = month_of(token)
        {
            month = Some(found);
        } else if year.is_none()
            && let Some(found) = number(token, 2..=4)
        {
            year = Some(found);
        }
    }
    let ([hour, minute, second], day, month) = (time?, day?, month?);
    let year = match year? {
        year @ 70..=99 => year + 1900,
        year @ 0..=69 => year + 2000,
        year => year,
    };
    let is_time = hour < 24 && minute < 60 && second < 60;
    if !is_time || !(1..=days_in(month, year)).contains(&day) || year < 1601 {
        return None;
    }
    let days = days_since_1970(year, month, day);
    let seconds = days * 24 * 60 * 60 + i64::from(hour * 3600 + minute * 60 + second);
    let since = Duration::from_secs(u64::try_from(seconds).unwrap_or(0));
    SystemTime::UNIX_EPOCH.checked_add(since)
}

/// Whether a byte stands between the parts of a date.
fn is_delimiter(byte: u8) -> bool {
    matches!(byte, b'\t' | b' '..=b'/' | b';'..=b'@' | b'['..=b'`' | b'{'..=b'~')
}

/// The number at the start of a token, if it has this many digits.
fn number(token: &[u8], digits: std::ops::RangeInclusive<usize>) -> Option<u32> {
    let count = token
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    if !digits.contains(&count) {
        return None;
    }
    str::from_utf8(&token[..count]).ok()?.parse().ok()
}

/// The hour, the minute and the second, which may be too large. The first such token counts.
fn time_of_day(token: &[u8]) -> Option<[u32; 3]> {
    let mut parts = token.splitn(3, |&byte| byte == b':');
    let (hour, minute, second) = (parts.next()?, parts.next()?, parts.next()?);
    let whole = |part: &[u8]| part.iter().all(u8::is_ascii_digit);
    if !whole(hour) || !whole(minute) {
        return None;
    }
    let [hour, minute, second] = [hour, minute, second].map(|part| number(part, 1..=2));
    Some([hour?, minute?, second?])
}

/// The month that a token begins with, from 0.
fn month_of(token: &[u8]) -> Option<u32> {
    let start = token.get(..3)?.to_ascii_lowercase();
    let at = MONTHS.iter().position(|month| *month == start)?;
    u32::try_from(at).ok()
}

pub(crate) fn is_leap(year: u32) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

pub(crate) fn days_in(month: u32, year: u32) -> u32 {
    match month {
        1 if is_leap(year) => 29,
        1 => 28,
        3 | 5 | 8 | 10 => 30,
        _ => 31,
    }
}

pub(crate) fn days_since_1970(year: u32, month: u32, day: u32) -> i64 {
    let leaps = |year: u32| i64::from(year / 4) - i64::from(year / 100) + i64::from(year / 400);
    let before = year - 1;
    let years = (i64::from(year) - 1970) * 365 + leaps(before) - leaps(1969);
    let months: u32 = (0..month).map(|month| days_in(month, year)).sum();
    years + i64::from(months + day - 1)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use wsgi_headers::parse_http_date;

    use super::{MONTHS, parse};

    #[track_caller]
    fn check(text: &str, seconds: Option<u64>) {
        let time = seconds.map(|seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds));
        assert_eq!(parse(text.as_bytes()), time, "{text}");
    }

    #[test]
    fn dates_of_all_forms_are_read() {
        for text in [
            "Sun, 06 Nov 1994 08:49:37 GMT",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
            "6 november 1994 8:49:37",
        ] {
            check(text, Some(784_111_777));
        }
        check("Thu, 01 Jan 1970 00:00:00 GMT", Some(0));
        check("Mon, 29 Feb 2016 00:00:00 GMT", Some(1_456_704_000));
        check("Fri, 31 Dec 9999 23:59:59 GMT", Some(253_402_300_799));
        check("Fri, 01 Jan 1601 00:00:00 GMT", Some(0));
    }

    #[test]
    fn what_is_not_a_date_is_refused() {
        for text in [
            "",
            "0",
            "Sun, 06 Nov 1994",
            "30 Feb 2016 00:00:00",
            "29 Feb 2015 00:00:00",
            "6 Nov 1994 24:00:00",
            "6 Nov 1994 00:60:00",
            "6 Nov 1994 24:00:00 08:49:37",
            "6 Nov 1600 00:00:00",
            "99999999999999999999 Nov 1994 00:00:00",
        ] {
            check(text, None);
        }
    }

    #[test]
    fn the_calendar_is_that_of_dates_in_header_fields() {
        let months = MONTHS.map(|month| str::from_utf8(month).unwrap());
        // All leap years of the calendar, which repeats after 400 years, and its last year.
        for year in (1970..=2370).chain([9999]) {
            for month in months {
                for day in 1..=31 {
                    let text = format!("Sun, {day:02} {month} {year} 08:49:37 GMT");
                    assert_eq!(parse(text.as_bytes()), parse_http_date(&text), "{text}");
                }
            }
        }
    }
}
