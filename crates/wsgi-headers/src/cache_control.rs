//! The rules of a message for caches (RFC 9111, section 5.2).

mod directives;

use std::{fmt, time::Duration};

use self::directives::{MAX_STALE, SWITCHES, TIMES};
use crate::{
    headers::Headers,
    list::list_members,
    octets::{is_same_name, trim},
    value::Value,
};

/// The directives of `Cache-Control` (RFC 9111, section 5.2, RFC 5861 and RFC 8246): rules for the
/// caches that a response passes, or wishes of a request.
///
/// It is read from a field, or made by methods and written as text. Times are whole seconds, of at
/// most 2^31, which is 68 years.
///
/// Reading never fails and allocates nothing. Unknown directives are ignored, so they are not
/// written again. The first of a repeated directive counts. A time that is not a number counts as
/// 0, so that nothing is kept for longer than its server meant (section 4.2.1).
///
/// ```
/// use std::time::Duration;
/// use wsgi_headers::{CacheControl, Headers};
///
/// const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// const FOR_EVER: CacheControl =
///     CacheControl::new().with_public().with_max_age(DAY.saturating_mul(365)).with_immutable();
///
/// let mut headers = Headers::new();
/// headers.set("Cache-Control", FOR_EVER.to_string())?;
/// assert_eq!(headers.get("Cache-Control").unwrap(), "public, immutable, max-age=31536000");
///
/// let read = CacheControl::of(&headers);
/// assert_eq!(read, FOR_EVER);
/// assert!(read.max_age() > Some(DAY) && !read.no_store());
/// # Ok::<(), wsgi_headers::InvalidHeader>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct CacheControl {
    /// Whether each of [`SWITCHES`] is on.
    switches: [bool; SWITCHES.len()],
    /// The seconds of each of [`TIMES`].
    times: [Option<u32>; TIMES.len()],
}

impl CacheControl {
    /// Makes one without directives. It is written as an empty text.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            switches: [false; SWITCHES.len()],
            times: [None; TIMES.len()],
        }
    }

    /// Reads the value of a field. If the field came several times, join the values by commas.
    ///
    /// ```
    /// use wsgi_headers::CacheControl;
    ///
    /// let asked = CacheControl::parse("no-cache, max-age=0");
    /// assert!(asked.no_cache());
    /// assert_eq!(asked.max_age().unwrap().as_secs(), 0);
    /// ```
    #[must_use]
    pub fn parse<'a>(value: impl Into<Value<'a>>) -> Self {
        let mut read = Self::new();
        read.add(value.into());
        read
    }

    /// Reads all fields `Cache-Control` of a message.
    ///
    /// ```
    /// use wsgi_headers::{CacheControl, Headers};
    ///
    /// let mut headers = Headers::new();
    /// headers.append("Cache-Control", "private")?;
    /// headers.append("cache-control", "no-transform")?;
    /// let control = CacheControl::of(&headers);
    /// assert!(control.private() && control.no_transform());
    /// # Ok::<(), wsgi_headers::InvalidHeader>(())
    /// ```
    #[must_use]
    pub fn of(headers: &Headers) -> Self {
        let mut read = Self::new();
        for value in headers.get_all("Cache-Control") {
            read.add(value);
        }
        read
    }

    fn add(&mut self, value: Value<'_>) {
        for directive in list_members(value.as_bytes()) {
            let equals = directive.iter().position(|&byte| byte == b'=');
            let (name, argument) = match equals {
                Some(at) => (trim(&directive[..at]), Some(trim(&directive[at + 1..]))),
                None => (directive, None),
            };
            let is_it = |known: &&str| is_same_name(name, known.as_bytes());
            if let Some(switch) = SWITCHES.iter().position(is_it) {
                self.switches[switch] = true;
            } else if let Some(time) = TIMES.iter().position(is_it) {
                let seconds = match argument {
                    None if time == MAX_STALE => u32::MAX,
                    argument => argument.map_or(0, seconds),
                };
                self.times[time].get_or_insert(seconds);
            }
        }
    }

    const fn with(mut self, switch: usize) -> Self {
        self.switches[switch] = true;
        self
    }

    const fn with_time(mut self, at: usize, time: Duration) -> Self {
        self.times[at] = Some(match time.as_secs() {
            // No argument, which stands for any time.
            u64::MAX if at == MAX_STALE => u32::MAX,
            seconds if seconds > MAX_SECONDS as u64 => MAX_SECONDS,
            seconds => seconds as u32,
        });
        self
    }

    const fn time(&self, at: usize) -> Option<Duration> {
        match self.times[at] {
            Some(u32::MAX) => Some(Duration::MAX),
            Some(seconds) => Some(Duration::from_secs(seconds as u64)),
            None => None,
        }
    }
}

/// The directives, separated by commas. The switches come first.
impl fmt::Display for CacheControl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for (name, _) in SWITCHES
            .iter()
            .zip(self.switches)
            .filter(|(_, is_on)| *is_on)
        {
            write!(f, "{separator}{name}")?;
            separator = ", ";
        }
        for (name, seconds) in TIMES.iter().zip(self.times) {
            match seconds {
                Some(u32::MAX) => write!(f, "{separator}{name}")?,
                Some(seconds) => write!(f, "{separator}{name}={seconds}")?,
                None => continue,
            }
            separator = ", ";
        }
        Ok(())
    }
}

/// The seconds of an argument, which may be quoted: 5.2 has caches accept both forms.
fn seconds(argument: &[u8]) -> u32 {
    let unquoted = argument.strip_prefix(b"\"");
    let unquoted = unquoted.and_then(|argument| argument.strip_suffix(b"\""));
    let digits = unquoted.unwrap_or(argument);
    if !digits.iter().all(u8::is_ascii_digit) {
        return 0;
    }
    let digits = digits.iter().map(|digit| u32::from(digit - b'0'));
    let number = digits.fold(0_u32, |sum, digit| {
        sum.saturating_mul(10).saturating_add(digit)
    });
    number.min(MAX_SECONDS)
}

/// The greatest number of seconds (RFC 9111, section 1.2.2).
const MAX_SECONDS: u32 = 1 << 31;
