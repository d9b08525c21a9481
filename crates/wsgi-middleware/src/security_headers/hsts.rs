//! The wish that browsers use https alone.

use std::{fmt, time::Duration};

use crate::whole_seconds::whole_seconds;

/// The shortest time that lists of browsers accept, a year (hstspreload.org).
const YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// The value of `Strict-Transport-Security` (RFC 6797 section 6.1).
///
/// ```
/// use std::time::Duration;
/// use wsgi_middleware::Hsts;
///
/// let hour = Duration::from_secs(3600);
/// assert_eq!(Hsts::new(hour).to_string(), "max-age=3600");
/// assert_eq!(Hsts::new(hour).preload().to_string(), "max-age=31536000; includeSubDomains; preload");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hsts {
    max_age: Duration,
    includes_subdomains: bool,
    is_preloaded: bool,
}

impl Hsts {
    /// Browsers use https alone for this host, for this time after each response, in seconds,
    /// rounded up. With zero they forget an earlier wish.
    ///
    /// ```
    /// use std::time::Duration;
    /// use wsgi_middleware::Hsts;
    ///
    /// assert_eq!(Hsts::new(Duration::from_millis(500)).to_string(), "max-age=1");
    /// assert_eq!(Hsts::new(Duration::ZERO).to_string(), "max-age=0");
    /// ```
    #[must_use]
    pub const fn new(max_age: Duration) -> Self {
        Self {
            max_age,
            includes_subdomains: false,
            is_preloaded: false,
        }
    }

    /// Includes all hosts below this one, also those that another server serves.
    #[must_use]
    pub const fn include_subdomains(mut self) -> Self {
        self.includes_subdomains = true;
        self
    }

    /// Agrees to the list that browsers come with, on which the operator enters the host. The list
    /// asks for all hosts below it, and for a year, so this includes both. To leave the list takes
    /// months.
    #[must_use]
    pub fn preload(mut self) -> Self {
        self.max_age = self.max_age.max(YEAR);
        self.includes_subdomains = true;
        self.is_preloaded = true;
        self
    }
}

/// Writes the value of the field.
impl fmt::Display for Hsts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "max-age={}", whole_seconds(self.max_age))?;
        if self.includes_subdomains {
            f.write_str("; includeSubDomains")?;
        }
        if self.is_preloaded {
            f.write_str("; preload")?;
        }
        Ok(())
    }
}
