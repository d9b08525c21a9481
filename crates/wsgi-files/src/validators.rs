//! The validators of a representation (RFC 9110, section 8.8).

use std::time::SystemTime;

use crate::{entity_tag::EntityTag, http_date};

/// The validators of a representation: its entity tag, and the time of its last change (RFC 9110,
/// section 8.8). Either may be missing.
///
/// ```
/// use std::time::{Duration, UNIX_EPOCH};
/// use wsgi_files::{EntityTag, Validators};
///
/// let changed = UNIX_EPOCH + Duration::from_secs(784_111_777);
/// let validators = Validators::new()
///     .with_etag(EntityTag::strong("v2")?)
///     .with_last_modified(changed);
/// let fields: Vec<(&str, String)> = validators.fields().collect();
/// assert_eq!(fields[0], ("ETag", "\"v2\"".to_owned()));
/// assert_eq!(fields[1], ("Last-Modified", "Sun, 06 Nov 1994 08:49:37 GMT".to_owned()));
/// # Ok::<(), wsgi_files::InvalidEntityTag>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Validators {
    etag: Option<EntityTag>,
    /// Whole seconds since 1970.
    last_modified: Option<u64>,
}

impl Validators {
    /// Without validators. Conditions about them then fail or are ignored, as RFC 9110 says.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the entity tag.
    #[must_use]
    pub fn with_etag(mut self, etag: EntityTag) -> Self {
        self.etag = Some(etag);
        self
    }

    /// Sets the time of the last change. It counts in whole seconds. A time that a field cannot
    /// express (before 1970, or after 9999) is as none.
    #[must_use]
    pub fn with_last_modified(mut self, time: SystemTime) -> Self {
        self.last_modified = http_date::seconds(time);
        self
    }

    /// The same validators with another entity tag, for a representation in another coding.
    #[cfg(feature = "application")]
    pub(crate) fn with_suffix(mut self, suffix: &str) -> Self {
        self.etag = self.etag.map(|etag| etag.with_suffix(suffix));
        self
    }

    /// The entity tag.
    #[must_use]
    pub fn etag(&self) -> Option<&EntityTag> {
        self.etag.as_ref()
    }

    /// The time of the last change, in seconds since 1970.
    pub(crate) fn last_modified(&self) -> Option<u64> {
        self.last_modified
    }

    /// The fields `ETag` and `Last-Modified`, as far as there are such validators. A 304 response
    /// has them as well as a 200 one.
    pub fn fields(&self) -> impl Iterator<Item = (&'static str, String)> {
        let etag = self.etag.as_ref().map(|tag| ("ETag", tag.to_string()));
        let date = self.last_modified.map(http_date::format);
        etag.into_iter()
            .chain(date.map(|date| ("Last-Modified", date)))
    }
}
