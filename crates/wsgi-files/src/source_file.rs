//! An open file of a source.

use std::{
    borrow::Cow,
    fs::{File, Metadata},
    io,
    ops::Range,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use wsgi_application::{Body, Chunk, FileWrapper};

use crate::{entity_tag::EntityTag, validators::Validators};

/// A file changed less than this before now has a weak tag: it may change again within the same
/// tick of its clock (RFC 9110, section 8.8.2.2).
const STRONG_AFTER: Duration = Duration::from_secs(2);

/// An open file of a [`Source`](crate::Source), with its length and validators.
///
/// ```
/// use wsgi_files::{EntityTag, SourceFile};
///
/// let page = SourceFile::bytes("<p>hello")
///     .with_content_type("text/html")
///     .with_etag(EntityTag::strong("v2")?);
/// assert_eq!(page.len(), 8);
/// assert_eq!(page.validators().etag().unwrap().opaque(), "v2");
/// # Ok::<(), wsgi_files::InvalidEntityTag>(())
/// ```
#[derive(Debug)]
pub struct SourceFile {
    pub(crate) contents: Contents,
    length: u64,
    validators: Validators,
    content_type: Option<Cow<'static, str>>,
}

#[derive(Debug)]
pub(crate) enum Contents {
    /// A file, and the place in it at which they begin.
    File(File, u64),
    Bytes(Chunk),
}

impl SourceFile {
    /// A file of the system with its metadata. It has an entity tag made of its length and the time
    /// of its last change, in nanoseconds. The tag is weak for two seconds after a change.
    ///
    /// ```
    /// use wsgi_files::SourceFile;
    ///
    /// let file = std::fs::File::open("README.md")?;
    /// let metadata = file.metadata()?;
    /// assert_eq!(SourceFile::file(file, &metadata).len(), metadata.len());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn file(file: File, metadata: &Metadata) -> Self {
        Self::system(file, metadata.len(), metadata.modified().ok())
    }

    /// A file of the system with its length and the time of its last change.
    pub(crate) fn system(file: File, length: u64, modified: Option<SystemTime>) -> Self {
        let source_file = Self {
            contents: Contents::File(file, 0),
            length,
            validators: Validators::new(),
            content_type: None,
        };
        let Some(modified) = modified.filter(|time| !is_made_up(*time)) else {
            return source_file;
        };
        let now = SystemTime::now();
        let source_file = source_file.with_etag(tag_of(length, modified, now));
        match modified <= now {
            true => source_file.with_modified(modified),
            false => source_file, // RFC 9110, section 8.8.2.1
        }
    }

    /// Bytes in memory, without validators.
    #[must_use]
    pub fn bytes(bytes: impl Into<Chunk>) -> Self {
        let bytes = bytes.into();
        Self {
            length: bytes.len() as u64,
            contents: Contents::Bytes(bytes),
            validators: Validators::new(),
            content_type: None,
        }
    }

    /// Sets the entity tag.
    #[must_use]
    pub fn with_etag(mut self, etag: EntityTag) -> Self {
        self.validators = self.validators.with_etag(etag);
        self
    }

    /// Sets the time of the last change.
    #[must_use]
    pub fn with_modified(mut self, time: SystemTime) -> Self {
        self.validators = self.validators.with_last_modified(time);
        self
    }

    /// Sets the media type. Otherwise the extension decides.
    #[must_use]
    pub fn with_content_type(mut self, content_type: impl Into<Cow<'static, str>>) -> Self {
        self.content_type = Some(content_type.into());
        self
    }

    /// The whole file as the body of a response. The server sends a file without reading it. One
    /// that has grown since is cut at its length.
    ///
    /// # Errors
    ///
    /// The file cannot seek.
    pub fn into_body(self) -> io::Result<Body> {
        self.contents.slice(0..self.length)
    }

    /// The length in bytes.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.length
    }

    /// Whether it has no bytes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// The validators.
    #[must_use]
    pub fn validators(&self) -> &Validators {
        &self.validators
    }

    /// The media type, if it was set.
    #[must_use]
    pub fn content_type(&self) -> Option<&str> {
        self.content_type.as_deref()
    }
}

impl Contents {
    /// A part of them. A file that has grown is cut, and one that has shrunk breaks off.
    pub(crate) fn slice(self, range: Range<u64>) -> io::Result<Body> {
        let length = range.end - range.start;
        Ok(match self {
            _ if length == 0 => Body::empty(),
            Self::File(file, offset) => FileWrapper::from_file(file)
                .with_range(offset.saturating_add(range.start), length)?
                .into(),
            Self::Bytes(bytes) => bytes
                .slice(position(range.start)..position(range.end))
                .into(),
        })
    }
}

/// A position in bytes in memory.
pub(crate) fn position(at: u64) -> usize {
    usize::try_from(at).unwrap_or(usize::MAX)
}

/// Whether a time stands for none: tools that make the same files again and again set all of them
/// to the first second of 1970 or the one after it, whatever the files have in them.
fn is_made_up(time: SystemTime) -> bool {
    let since = time.duration_since(UNIX_EPOCH);
    since.is_ok_and(|since| since <= Duration::from_secs(1))
}

/// The tag of a file in a state. Times before 1970 are negative.
fn tag_of(length: u64, modified: SystemTime, now: SystemTime) -> EntityTag {
    let (sign, since) = match modified.duration_since(UNIX_EPOCH) {
        Ok(since) => ("", since),
        Err(error) => ("-", error.duration()),
    };
    let tag = EntityTag::strong(format!("{sign}{:x}-{length:x}", since.as_nanos()))
        .expect("digits and hyphens are a tag");
    let is_old = now
        .duration_since(modified)
        .is_ok_and(|age| age >= STRONG_AFTER);
    if is_old { tag } else { tag.to_weak() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_strong_once_the_file_has_rested() {
        let changed = UNIX_EPOCH + Duration::new(10, 5);
        let tag = |age| tag_of(255, changed, changed + age).to_string();
        assert_eq!(tag(STRONG_AFTER), "\"2540be405-ff\"");
        assert_eq!(
            tag(STRONG_AFTER - Duration::from_nanos(1)),
            "W/\"2540be405-ff\""
        );
        let future = tag_of(255, changed, UNIX_EPOCH);
        assert!(future.is_weak());
    }

    #[test]
    fn a_file_from_before_1970_has_a_tag() {
        let changed = UNIX_EPOCH - Duration::from_nanos(16);
        assert_eq!(
            tag_of(1, changed, UNIX_EPOCH + STRONG_AFTER).to_string(),
            "\"-10-1\""
        );
    }
}
