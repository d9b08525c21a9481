//! Preconditions (RFC 9110, section 13).

use std::time::SystemTime;

use crate::{
    http_date,
    tag_list::{is_any, single, tags},
    validators::Validators,
};

/// The conditional fields of a request (RFC 9110, section 13.1).
///
/// Values are bytes as they came. A field that came several times is one value, joined by `", "`.
///
/// ```
/// use wsgi_files::{Conditions, EntityTag, Validators, Verdict};
///
/// let current = Validators::new().with_etag(EntityTag::strong("v2")?);
/// let conditions = Conditions::new().if_none_match(Some("\"v1\", \"v2\""));
/// assert_eq!(conditions.evaluate("GET", Some(&current)), Verdict::NotModified);
/// assert_eq!(conditions.evaluate("PUT", Some(&current)), Verdict::Failed);
///
/// // Only create: there must be nothing yet.
/// let conditions = Conditions::new().if_none_match(Some("*"));
/// assert_eq!(conditions.evaluate("PUT", None), Verdict::Perform);
/// # Ok::<(), wsgi_files::InvalidEntityTag>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Conditions<'a> {
    if_match: Option<&'a [u8]>,
    if_none_match: Option<&'a [u8]>,
    if_modified_since: Option<&'a [u8]>,
    if_unmodified_since: Option<&'a [u8]>,
    if_range: Option<&'a [u8]>,
}

/// The verdict of [`Conditions::evaluate`].
///
/// ```
/// use wsgi_files::{Conditions, Verdict};
///
/// let status = |conditions: Conditions<'_>| match conditions.evaluate("PUT", None) {
///     Verdict::Perform => 201,
///     Verdict::NotModified => 304,
///     Verdict::Failed => 412,
/// };
/// assert_eq!(status(Conditions::new()), 201);
/// assert_eq!(status(Conditions::new().if_match(Some("\"v1\""))), 412);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[must_use]
pub enum Verdict {
    /// The method is performed.
    Perform,
    /// The client has the current representation: 304, without a body.
    NotModified,
    /// The client expects another state: 412, and nothing is changed.
    Failed,
}

impl<'a> Conditions<'a> {
    /// Without conditions.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            if_match: None,
            if_none_match: None,
            if_modified_since: None,
            if_unmodified_since: None,
            if_range: None,
        }
    }

    /// The conditions among the fields that a function looks up by name.
    ///
    /// ```
    /// use wsgi_files::Conditions;
    ///
    /// let fields = [("If-None-Match", "\"1\"")];
    /// let find = |name: &str| fields.iter().find(|(n, _)| *n == name).map(|(_, value)| *value);
    /// assert_eq!(
    ///     Conditions::from_fields(find),
    ///     Conditions::new().if_none_match(Some("\"1\""))
    /// );
    /// ```
    pub fn from_fields<V: AsRef<[u8]> + ?Sized + 'a>(
        mut find: impl FnMut(&str) -> Option<&'a V>,
    ) -> Self {
        Self::new()
            .if_match(find("If-Match"))
            .if_none_match(find("If-None-Match"))
            .if_modified_since(find("If-Modified-Since"))
            .if_unmodified_since(find("If-Unmodified-Since"))
            .if_range(find("If-Range"))
    }

    /// Sets `If-Match` (RFC 9110, section 13.1.1).
    ///
    /// ```
    /// use wsgi_files::{Conditions, EntityTag, Validators, Verdict};
    ///
    /// // Somebody else has changed what the client read as `v1`.
    /// let current = Validators::new().with_etag(EntityTag::strong("v2")?);
    /// let write = Conditions::new().if_match(Some("\"v1\""));
    /// assert_eq!(write.evaluate("PUT", Some(&current)), Verdict::Failed);
    /// # Ok::<(), wsgi_files::InvalidEntityTag>(())
    /// ```
    #[must_use]
    pub fn if_match<V: AsRef<[u8]> + ?Sized + 'a>(mut self, value: Option<&'a V>) -> Self {
        self.if_match = value.map(AsRef::as_ref);
        self
    }

    /// Sets `If-None-Match` (RFC 9110, section 13.1.2).
    #[must_use]
    pub fn if_none_match<V: AsRef<[u8]> + ?Sized + 'a>(mut self, value: Option<&'a V>) -> Self {
        self.if_none_match = value.map(AsRef::as_ref);
        self
    }

    /// Sets `If-Modified-Since` (RFC 9110, section 13.1.3).
    ///
    /// ```
    /// use std::time::{Duration, SystemTime};
    /// use wsgi_files::{Conditions, Validators, Verdict};
    ///
    /// let change = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
    /// let current = Validators::new().with_last_modified(change);
    /// let read = Conditions::new().if_modified_since(Some("Sun, 06 Nov 1994 08:49:37 GMT"));
    /// assert_eq!(read.evaluate("GET", Some(&current)), Verdict::NotModified);
    /// ```
    #[must_use]
    pub fn if_modified_since<V: AsRef<[u8]> + ?Sized + 'a>(mut self, value: Option<&'a V>) -> Self {
        self.if_modified_since = value.map(AsRef::as_ref);
        self
    }

    /// Sets `If-Unmodified-Since` (RFC 9110, section 13.1.4).
    ///
    /// ```
    /// use std::time::{Duration, SystemTime};
    /// use wsgi_files::{Conditions, Validators, Verdict};
    ///
    /// let change = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
    /// let current = Validators::new().with_last_modified(change);
    /// let write = Conditions::new().if_unmodified_since(Some("Sun, 06 Nov 1994 08:49:36 GMT"));
    /// assert_eq!(write.evaluate("DELETE", Some(&current)), Verdict::Failed);
    /// ```
    #[must_use]
    pub fn if_unmodified_since<V: AsRef<[u8]> + ?Sized + 'a>(
        mut self,
        value: Option<&'a V>,
    ) -> Self {
        self.if_unmodified_since = value.map(AsRef::as_ref);
        self
    }

    /// Sets `If-Range` (RFC 9110, section 13.1.5).
    #[must_use]
    pub fn if_range<V: AsRef<[u8]> + ?Sized + 'a>(mut self, value: Option<&'a V>) -> Self {
        self.if_range = value.map(AsRef::as_ref);
        self
    }

    /// Evaluates all conditions but `If-Range`, in the order of RFC 9110, section 13.2.2. `current`
    /// are the validators of the current representation; `None` if there is none.
    ///
    /// Conditions count only where the request would otherwise succeed, so evaluate them last
    /// before the method is performed (section 13.2.1). With the methods `CONNECT`, `OPTIONS` and
    /// `TRACE` they are ignored. `QUERY` reads, as `GET` and `HEAD` do (RFC 10008). A
    /// date that cannot be read is ignored; of a list of tags, what follows a fault is ignored.
    pub fn evaluate(&self, method: &str, current: Option<&Validators>) -> Verdict {
        if matches!(method, "CONNECT" | "OPTIONS" | "TRACE") {
            return Verdict::Perform;
        }
        let is_read = is_read(method.as_bytes());
        let is_as_expected = match self.if_match {
            Some(list) => matches_any(list, current, true),
            None => !is_later(current, self.if_unmodified_since).unwrap_or(false),
        };
        if !is_as_expected {
            return Verdict::Failed;
        }
        let is_known = match self.if_none_match {
            Some(list) => matches_any(list, current, false),
            None => {
                is_read && is_later(current, self.if_modified_since).is_some_and(|later| !later)
            }
        };
        match (is_known, is_read) {
            (false, _) => Verdict::Perform,
            (true, true) => Verdict::NotModified,
            (true, false) => Verdict::Failed,
        }
    }

    /// Whether a field `Range` counts: there is no `If-Range`, or it names the current
    /// representation by a strong validator (RFC 9110, section 13.1.5). If not, the whole
    /// representation is sent.
    ///
    /// `now` is the time of the response, its `Date`. A time of the last change is a strong
    /// validator only if it is at least a second before (section 8.8.2.2).
    ///
    /// ```
    /// use std::time::SystemTime;
    /// use wsgi_files::{Conditions, EntityTag, Validators};
    ///
    /// let current = Validators::new().with_etag(EntityTag::strong("v2")?);
    /// let counts = |if_range| {
    ///     let conditions = Conditions::new().if_range(Some(if_range));
    ///     conditions.allow_range(&current, SystemTime::now())
    /// };
    /// assert!(counts("\"v2\""));
    /// assert!(!counts("\"v1\""));
    /// assert!(!counts("W/\"v2\""));
    /// # Ok::<(), wsgi_files::InvalidEntityTag>(())
    /// ```
    #[must_use]
    pub fn allow_range(&self, current: &Validators, now: SystemTime) -> bool {
        let Some(value) = self.if_range else {
            return true;
        };
        if let Some(tag) = single(value) {
            return current
                .etag()
                .is_some_and(|etag| tag.strong_eq(etag.as_tag()));
        }
        match (http_date::parse(value), current.last_modified()) {
            (Some(date), Some(last)) => {
                date == last && http_date::seconds(now).is_some_and(|now| now > last)
            }
            _ => false,
        }
    }
}

/// Whether a method asks for a representation, so that a client that has it gets 304.
pub(crate) fn is_read(method: &[u8]) -> bool {
    matches!(method, b"GET" | b"HEAD" | b"QUERY")
}

/// Whether a list of tags, or `*`, names the current representation.
fn matches_any(list: &[u8], current: Option<&Validators>, is_strong: bool) -> bool {
    let Some(current) = current else {
        return false;
    };
    if is_any(list) {
        return true;
    }
    let Some(etag) = current.etag() else {
        return false;
    };
    let etag = etag.as_tag();
    tags(list).any(|tag| match is_strong {
        true => tag.strong_eq(etag),
        false => tag.weak_eq(etag),
    })
}

/// Whether the current representation changed after the date of a field, if both are known.
fn is_later(current: Option<&Validators>, date: Option<&[u8]>) -> Option<bool> {
    let date = http_date::parse(date?)?;
    Some(current?.last_modified()? > date)
}
