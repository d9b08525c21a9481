//! Dates in fields (RFC 9110, section 5.6.7), in whole seconds.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use httpdate::HttpDate;
use wsgi_headers::parse_http_date;

/// The start of the year 10000, which an HTTP-date cannot express.
const END: u64 = 253_402_300_800;

/// The whole seconds from 1970 to a time that an HTTP-date can express.
pub(crate) fn seconds(time: SystemTime) -> Option<u64> {
    let since = time.duration_since(UNIX_EPOCH).ok()?;
    Some(since.as_secs()).filter(|&seconds| seconds < END)
}

/// Reads a date in any of the three forms. Returns whole seconds since 1970; 0 for a date before,
/// and the last second of 9999 for the leap second after it.
pub(crate) fn parse(value: &[u8]) -> Option<u64> {
    let since = parse_http_date(value)?.duration_since(UNIX_EPOCH);
    Some(since.map_or(0, |since| since.as_secs().min(END - 1)))
}

/// The time after whole seconds since 1970.
#[cfg(feature = "application")]
pub(crate) fn time(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(seconds.min(END - 1))
}

/// Writes a date.
pub(crate) fn format(seconds: u64) -> String {
    HttpDate::from(UNIX_EPOCH + Duration::from_secs(seconds.min(END - 1))).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_that_a_date_cannot_express_have_no_seconds() {
        assert_eq!(seconds(UNIX_EPOCH), Some(0));
        assert_eq!(seconds(UNIX_EPOCH - Duration::from_nanos(1)), None);
        let end = UNIX_EPOCH + Duration::from_secs(END);
        assert_eq!(seconds(end), None);
        assert_eq!(seconds(end - Duration::from_nanos(1)), Some(END - 1));
        assert_eq!(format(END - 1), "Fri, 31 Dec 9999 23:59:59 GMT");
    }

    #[test]
    fn all_three_forms_are_read() {
        let forms = [
            "Sun, 06 Nov 1994 08:49:37 GMT",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
        ];
        for form in forms {
            assert_eq!(parse(form.as_bytes()), Some(784_111_777), "{form}");
        }
        assert_eq!(parse(b"Sun, 06 Nov 1960 08:49:37 GMT"), Some(0));
        let leap_second = b"Fri, 31 Dec 9999 23:59:60 GMT";
        assert_eq!(parse(leap_second), Some(END - 1), "not 1970");
        for form in [
            "",
            "0",
            "784111777",
            "1994-11-06",
            "\u{e9}",
            "Sun, 06 Nov 1994",
        ] {
            assert_eq!(parse(form.as_bytes()), None, "{form}");
        }
    }
}
