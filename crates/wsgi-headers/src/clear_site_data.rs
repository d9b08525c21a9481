//! The data of a site that a browser forgets (W3C, Clear Site Data).

use std::fmt;

/// The kinds of data that a browser forgets of a site, as after a logout: the value of
/// `Clear-Site-Data` (W3C, "Clear Site Data", section 3.1).
///
/// Browsers obey the field only over https. A kind that a browser does not know is ignored.
///
/// ```
/// use wsgi_headers::{ClearSiteData, Headers};
///
/// let mut headers = Headers::new();
/// let forgotten = ClearSiteData::new().with_cache().with_storage();
/// headers.set("Clear-Site-Data", forgotten.to_string())?;
/// assert_eq!(headers.get("Clear-Site-Data").unwrap(), "\"cache\", \"storage\"");
/// assert_eq!(ClearSiteData::everything().to_string(), "\"*\"");
/// # Ok::<(), wsgi_headers::InvalidHeader>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct ClearSiteData {
    /// Whether each of [`KINDS`] is forgotten.
    kinds: [bool; KINDS.len()],
}

impl ClearSiteData {
    /// Makes one that forgets nothing. It is written as an empty text, with which browsers do
    /// nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            kinds: [false; KINDS.len()],
        }
    }

    /// Makes one that forgets everything, also kinds that are invented later.
    #[must_use]
    pub const fn everything() -> Self {
        Self::new().with(EVERYTHING)
    }

    /// Forgets what the browser has cached of the origin. This can take a browser seconds.
    #[must_use]
    pub const fn with_cache(self) -> Self {
        self.with(CACHE)
    }

    /// Forgets all cookies of the registrable domain, also those of its other hosts and of other
    /// sites there, and what HTTP authentication has remembered. To end a session alone, remove its
    /// cookie.
    ///
    /// ```
    /// use wsgi_headers::ClearSiteData;
    ///
    /// let forgotten = ClearSiteData::new().with_cookies().with_execution_contexts();
    /// assert_eq!(forgotten.to_string(), "\"cookies\", \"executionContexts\"");
    /// ```
    #[must_use]
    pub const fn with_cookies(self) -> Self {
        self.with(COOKIES)
    }

    /// Forgets what scripts of the origin have stored: local and session storage, databases and
    /// service workers.
    #[must_use]
    pub const fn with_storage(self) -> Self {
        self.with(STORAGE)
    }

    /// Loads the other open pages of the origin again. Few browsers do so.
    #[must_use]
    pub const fn with_execution_contexts(self) -> Self {
        self.with(EXECUTION_CONTEXTS)
    }

    const fn with(mut self, kind: usize) -> Self {
        self.kinds[kind] = true;
        self
    }
}

/// The kinds, each quoted, separated by commas.
impl fmt::Display for ClearSiteData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for (name, _) in KINDS.iter().zip(self.kinds).filter(|(_, is_on)| *is_on) {
            write!(f, "{separator}\"{name}\"")?;
            separator = ", ";
        }
        Ok(())
    }
}

/// The names of the kinds.
const KINDS: [&str; 5] = ["cache", "cookies", "storage", "executionContexts", "*"];

// The places in this list.
const CACHE: usize = 0;
const COOKIES: usize = 1;
const STORAGE: usize = 2;
const EXECUTION_CONTEXTS: usize = 3;
const EVERYTHING: usize = 4;
