//! Dates in fields (RFC 9110, section 5.6.7).

use std::time::{Duration, SystemTime};

use httpdate::HttpDate;

use crate::{headers::Headers, http_date::parse_http_date, invalid_header::InvalidHeader};

/// The start of the year 10000, which an HTTP-date cannot express.
const END: Duration = Duration::from_secs(253_402_300_800);

impl Headers {
    /// The date in the first field with this name, such as `Date`, `Expires` or
    /// `If-Modified-Since`, as [`parse_http_date`] reads it.
    ///
    /// Needs the feature `httpdate`.
    ///
    /// ```
    /// use std::time::{Duration, SystemTime};
    /// use wsgi_headers::{Headers, InvalidHeader};
    ///
    /// let mut headers = Headers::new();
    /// assert_eq!(headers.date("Date"), None);
    ///
    /// let time = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
    /// headers.set_date("Date", time)?;
    /// assert_eq!(headers.get("Date").unwrap(), "Sun, 06 Nov 1994 08:49:37 GMT");
    /// assert_eq!(headers.date("Date"), Some(Ok(time)));
    ///
    /// headers.set("Expires", "0")?;
    /// assert_eq!(headers.date("Expires"), Some(Err(InvalidHeader::Date)));
    /// # Ok::<(), InvalidHeader>(())
    /// ```
    #[must_use]
    pub fn date(&self, name: &str) -> Option<Result<SystemTime, InvalidHeader>> {
        Some(parse_http_date(self.get(name)?).ok_or(InvalidHeader::Date))
    }

    /// Sets a field to a date, in whole seconds. It replaces all fields with this name.
    ///
    /// Needs the feature `httpdate`.
    ///
    /// # Errors
    ///
    /// The time is before 1970 or after 9999, or [`set`](Self::set) fails.
    pub fn set_date(
        &mut self,
        name: impl AsRef<str>,
        time: SystemTime,
    ) -> Result<(), InvalidHeader> {
        let name = name.as_ref();
        match time.duration_since(SystemTime::UNIX_EPOCH) {
            Ok(since) if since < END => self.set(name, HttpDate::from(time).to_string()),
            _ => Err(InvalidHeader::time(name)),
        }
    }
}
