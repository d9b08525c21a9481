//! An open file of a source.

use std::{
    borrow::Cow,
    fs::{File, Metadata},
    io,
    ops::Range,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use wsgi_application::{Body, Chunk, FileWrapper};
use wsgi_headers::is_field_value;

use crate::{entity_tag::EntityTag, validators::Validators};

/// A file changed less than this before now may change again within the same tick of its clock (RFC
/// 9110, section 8.8.2.2). Some file systems count in steps of two seconds.
const STRONG_AFTER: Duration = Duration::from_secs(2);

/// The earliest time that says when a file was changed: 1980-02-02, in seconds since 1970. Earlier
/// ones are made up by tools, which give all files the same one, whatever is in them: the beginning
/// of 1970 or the second after it (Nix, OSTree, Jib), and in archives of the form zip, whose times
/// begin with 1980 and are those of a time zone, the first of January or of February (Gradle).
const EARLIEST: u64 = 318_297_600;

/// Later times that are made up: those of packages from Yarn, npm, Bazel, Cargo and Hatch.
const MADE_UP: [u64; 5] = [
    456_789_000,
    499_162_500,
    946_684_800,
    1_153_704_088,
    1_580_601_600,
];

/// The most by which the time of a zone differs from that of Greenwich, in seconds, and the step in
/// which zones differ.
const ZONES: u64 = 14 * 60 * 60;
const ZONE_STEP: u64 = 15 * 60;

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
    contents: Contents,
    length: u64,
    validators: Validators,
    content_type: Option<Cow<'static, str>>,
}

#[derive(Debug)]
pub(crate) enum Contents {
    /// A file, and the place in it at which they begin.
    File(File, u64),
    /// A file that nothing was read from.
    #[cfg(unix)]
    Opened(File),
    Bytes(Chunk),
}

impl SourceFile {
    /// A file of the system with its metadata. It has an entity tag made of its length and the time
    /// of its last change, in nanoseconds. So copies that keep the time have the same tag, also on
    /// several machines. A file that takes the place of another one must differ from it in one of
    /// both: after `cp -p` or `rsync -t` of a file with the same time and length, `touch` it.
    ///
    /// For two seconds after a change, the file may change again without a trace. Until then, each
    /// call makes a new weak tag, and no time of the last change. So no client has a validator that
    /// still matches after such a change. Times that packages give to all their files do
    /// not count: such a file has no validators. These are all before February 2, 1980, and the
    /// constants of Yarn, npm, Bazel, Cargo and Hatch, in any time zone.
    ///
    /// The length in the metadata has to be true. It is not for files whose bytes the system makes
    /// as they are read, such as those of `/proc` and `/sys`: read these, and pass their
    /// [bytes](Self::bytes).
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
        let modified = metadata.modified().ok();
        let contents = Contents::File(file, 0);
        Self::system(contents, metadata.len(), modified, SystemTime::now())
    }

    /// A file of the system that nothing was read from, with its length and the time of its last
    /// change.
    #[cfg(unix)]
    pub(crate) fn opened(file: File, length: u64, modified: Option<SystemTime>) -> Self {
        Self::system(Contents::Opened(file), length, modified, SystemTime::now())
    }

    fn system(
        contents: Contents,
        length: u64,
        modified: Option<SystemTime>,
        now: SystemTime,
    ) -> Self {
        let source_file = Self {
            contents,
            length,
            validators: Validators::new(),
            content_type: None,
        };
        let Some(modified) = modified.filter(|time| !is_made_up(*time)) else {
            return source_file;
        };
        let source_file = source_file.with_etag(tag_of(length, modified, now));
        // A time that is to come is not sent (RFC 9110, section 8.8.2.1).
        match modified <= now && is_settled(modified, now) {
            true => source_file.with_modified(modified),
            false => source_file,
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
    ///
    /// ```
    /// use std::time::{Duration, SystemTime};
    /// use wsgi_files::SourceFile;
    ///
    /// let change = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
    /// let page = SourceFile::bytes("<p>hello").with_modified(change);
    /// let fields: Vec<_> = page.validators().fields().collect();
    /// assert_eq!(fields, [("Last-Modified", "Sun, 06 Nov 1994 08:49:37 GMT".to_owned())]);
    /// ```
    #[must_use]
    pub fn with_modified(mut self, time: SystemTime) -> Self {
        self.validators = self.validators.with_last_modified(time);
        self
    }

    /// Sets the media type, by a `String` or a `&'static str`. Otherwise the extension decides.
    ///
    /// # Panics
    ///
    /// The type has a control character. Check one from elsewhere with
    /// [`is_field_value`].
    #[must_use]
    #[track_caller]
    pub fn with_content_type(mut self, content_type: impl Into<Cow<'static, str>>) -> Self {
        let content_type = content_type.into();
        assert!(
            is_field_value(content_type.as_bytes()),
            "{content_type:?} has a control character"
        );
        self.content_type = Some(content_type);
        self
    }

    /// The whole file as the body of a response. The server sends a file without reading it. One
    /// that has grown since is cut at its length.
    ///
    /// # Errors
    ///
    /// The file cannot seek.
    ///
    /// ```
    /// use wsgi_files::SourceFile;
    ///
    /// let file = SourceFile::bytes("hello").with_content_type("text/plain");
    /// assert_eq!(file.content_type(), Some("text/plain"));
    /// assert!(!file.is_empty());
    /// assert_eq!(file.into_body()?.len(), Some(5));
    /// # Ok::<(), std::io::Error>(())
    /// ```
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

    /// Takes out the media type, if it was set.
    pub(crate) fn take_content_type(&mut self) -> Option<Cow<'static, str>> {
        self.content_type.take()
    }

    pub(crate) fn into_parts(self) -> (Contents, u64, Validators) {
        (self.contents, self.length, self.validators)
    }
}

impl Contents {
    /// A part of them. A file that has grown is cut, and one that has shrunk breaks off.
    pub(crate) fn slice(self, range: Range<u64>) -> io::Result<Body> {
        let length = range.end - range.start;
        Ok(match self {
            _ if length == 0 => Body::empty(),
            #[cfg(unix)]
            Self::Opened(file) if range.start == 0 => FileWrapper::from_file(file)
                .with_known_length(length)
                .into(),
            #[cfg(unix)]
            Self::Opened(file) => Self::File(file, 0).slice(range)?,
            Self::File(file, offset) => FileWrapper::from_file(file)
                .with_range(offset.saturating_add(range.start), length)?
                .with_known_length(length)
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

fn is_made_up(time: SystemTime) -> bool {
    let since = time.duration_since(UNIX_EPOCH);
    let seconds = since.map_or(0, |since| since.as_secs());
    let is_like = |made_up: &u64| {
        let apart = seconds.abs_diff(*made_up);
        apart <= ZONES && apart.is_multiple_of(ZONE_STEP)
    };
    seconds < EARLIEST || MADE_UP.iter().any(is_like)
}

/// Whether the next change of a file will have another time.
fn is_settled(modified: SystemTime, now: SystemTime) -> bool {
    match now.duration_since(modified) {
        Ok(age) => age >= STRONG_AFTER,
        Err(ahead) => ahead.duration() >= STRONG_AFTER,
    }
}

/// The tag of a file in a state.
fn tag_of(length: u64, modified: SystemTime, now: SystemTime) -> EntityTag {
    // Times before 1970 are made up.
    let since = modified.duration_since(UNIX_EPOCH).unwrap_or_default();
    let state = format!("{:x}-{length:x}", since.as_nanos());
    let is_settled = is_settled(modified, now);
    let text = match (is_settled, now.duration_since(UNIX_EPOCH)) {
        (false, Ok(now)) => format!("{state}-{:x}", now.as_nanos()),
        _ => state,
    };
    let tag = EntityTag::strong(text).expect("digits and hyphens are a tag");
    match is_settled && modified <= now {
        true => tag,
        false => tag.to_weak(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[should_panic(expected = "has a control character")]
    fn a_type_with_a_line_break_is_refused_where_it_is_set() {
        let _ = SourceFile::bytes("").with_content_type("text/plain\r\nX-A: b");
    }

    #[test]
    fn a_tag_is_strong_once_the_file_has_rested() {
        let changed = UNIX_EPOCH + Duration::new(10, 5);
        let tag = |now| tag_of(255, changed, now).to_string();
        assert_eq!(tag(changed + STRONG_AFTER), "\"2540be405-ff\"");
        assert_eq!(tag(changed - STRONG_AFTER), "W/\"2540be405-ff\"");
    }

    /// A change within the tick would otherwise match what clients got before it.
    #[test]
    fn a_tag_is_good_for_nothing_until_the_file_has_rested() {
        let changed = UNIX_EPOCH + Duration::new(10, 5);
        let nano = Duration::from_nanos(1);
        let mut tags = Vec::new();
        for now in [
            changed - STRONG_AFTER + nano,
            changed,
            changed + nano,
            changed + STRONG_AFTER - nano,
            changed + STRONG_AFTER,
        ] {
            let tag = tag_of(255, changed, now);
            assert_eq!(tag.is_weak(), now < changed + STRONG_AFTER, "{tag}");
            assert!(!tags.iter().any(|other| tag.weak_eq(other)), "{tag}");
            tags.push(tag);
        }
    }

    /// It has whole seconds, so a later change within the second would match it.
    #[test]
    fn a_time_is_sent_once_the_file_has_rested() {
        let changed = UNIX_EPOCH + Duration::new(EARLIEST, 100_000_000);
        let nano = Duration::from_nanos(1);
        for (now, is_sent) in [
            (changed, false),
            (changed + STRONG_AFTER - nano, false),
            (changed + STRONG_AFTER, true),
        ] {
            let contents = Contents::Bytes(Chunk::from_static(b"text"));
            let file = SourceFile::system(contents, 4, Some(changed), now);
            assert_eq!(file.validators().last_modified().is_some(), is_sent);
        }
    }

    #[test]
    fn a_time_that_all_files_of_a_package_have_makes_no_validators() {
        for (text, has_some) in [
            ("Wed, 31 Dec 1969 23:59:59 GMT", false), // one second before 1970
            ("Thu, 01 Jan 1970 00:00:01 GMT", false), // Nix
            ("Fri, 30 Nov 1979 00:00:00 GMT", false), // zip, of no date
            ("Mon, 31 Dec 1979 23:00:00 GMT", false), // zip, unpacked in Berlin
            ("Tue, 01 Jan 1980 00:00:01 GMT", false), // buildpacks
            ("Fri, 01 Feb 1980 12:00:00 GMT", false), // Gradle, west of everywhere
            ("Sat, 02 Feb 1980 00:00:00 GMT", true),
            ("Fri, 22 Jun 1984 21:50:00 GMT", false), // Yarn
            ("Sat, 23 Jun 1984 03:35:00 GMT", false), // Yarn, unpacked in Kathmandu
            ("Sat, 23 Jun 1984 03:36:00 GMT", true),
            ("Sat, 26 Oct 1985 08:15:00 GMT", false), // npm
            ("Sat, 26 Oct 1985 23:15:00 GMT", true),
            ("Sat, 01 Jan 2000 00:00:00 GMT", false), // Bazel
            ("Mon, 24 Jul 2006 01:21:28 GMT", false), // Cargo
            ("Mon, 24 Jul 2006 01:21:29 GMT", true),
            ("Sun, 02 Feb 2020 00:00:00 GMT", false), // Hatch
        ] {
            let modified = wsgi_headers::parse_http_date(text.as_bytes()).expect("a date");
            let contents = Contents::Bytes(Chunk::from_static(b"text"));
            let file = SourceFile::system(contents, 4, Some(modified), SystemTime::now());
            assert_eq!(file.validators() != &Validators::new(), has_some, "{text}");
        }
    }
}
