//! The path of a file in a source.

use std::{borrow::Cow, fmt};

use wsgi_headers::Value;

/// The longest path, in bytes. Systems do not open longer ones.
pub(crate) const MAX_BYTES: usize = 4096;

/// The path of a file or a folder in a [`Source`](crate::Source), which cannot lead out of it.
///
/// It is relative, and its segments are names: none is empty, `.` or `..`, and none has a NUL. So a
/// file has one path, apart from links, and from a file system that does not tell case or the
/// composition of letters apart, as on macOS and FAT. The empty path is the root. Bytes need not be
/// UTF-8. A backslash is a character like any other.
///
/// ```
/// use wsgi_files::FilePath;
///
/// let path = FilePath::new("css/site.css").unwrap();
/// assert_eq!(path.name(), b"site.css");
/// assert_eq!(path.segments().count(), 2);
/// for other in ["/etc/passwd", "css/../../etc", "a//b", "a/", "./a", "a\0"] {
///     assert_eq!(FilePath::new(other), None);
/// }
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct FilePath<'a>(Cow<'a, [u8]>);

impl<'a> FilePath<'a> {
    /// Checks a decoded path. Returns `None` if it could lead elsewhere, or is longer than 4096
    /// bytes.
    #[must_use]
    pub fn new<P: AsRef<[u8]> + ?Sized>(path: &'a P) -> Option<Self> {
        let path = path.as_ref();
        let is_name =
            |segment: &[u8]| !matches!(segment, b"" | b"." | b"..") && !segment.contains(&0);
        let is_path = path.is_empty() || path.split(|&byte| byte == b'/').all(is_name);
        (is_path && path.len() <= MAX_BYTES).then_some(Self(Cow::Borrowed(path)))
    }

    /// The path of the root.
    ///
    /// ```
    /// use wsgi_files::FilePath;
    ///
    /// assert!(FilePath::root().is_root());
    /// assert_eq!(FilePath::root(), FilePath::new("").unwrap());
    /// ```
    #[must_use]
    pub const fn root() -> Self {
        Self(Cow::Borrowed(b""))
    }

    /// The bytes, without a slash at either end.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The path as text, if it is UTF-8.
    #[must_use]
    pub fn to_str(&self) -> Option<&str> {
        std::str::from_utf8(&self.0).ok()
    }

    /// Whether this is the root.
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// The names on the way; none for the root.
    pub fn segments(&self) -> impl Iterator<Item = &[u8]> {
        let segments = self.0.split(|&byte| byte == b'/');
        segments.filter(|segment| !segment.is_empty())
    }

    /// The last segment, which is empty for the root.
    #[must_use]
    pub fn name(&self) -> &[u8] {
        self.0.rsplit(|&byte| byte == b'/').next().unwrap_or(b"")
    }

    /// The part of the name after its last dot; `None` without a dot after the first character.
    ///
    /// ```
    /// use wsgi_files::FilePath;
    ///
    /// let extension = |path| FilePath::new(path).and_then(|path| path.extension().map(<[u8]>::to_vec));
    /// assert_eq!(extension("css/site.css"), Some(b"css".to_vec()));
    /// assert_eq!(extension("site.d/README"), None);
    /// assert_eq!(extension(".profile"), None);
    /// ```
    #[must_use]
    pub fn extension(&self) -> Option<&[u8]> {
        let name = self.name();
        let dot = name.iter().rposition(|&byte| byte == b'.')?;
        (dot > 0).then(|| &name[dot + 1..])
    }

    /// The path of a name in this folder, or `None` if it is not a name.
    ///
    /// ```
    /// use wsgi_files::FilePath;
    ///
    /// let folder = FilePath::new("css").unwrap();
    /// assert_eq!(folder.join("site.css").unwrap().to_str(), Some("css/site.css"));
    /// assert_eq!(folder.join(".."), None);
    /// ```
    #[must_use]
    pub fn join(&self, name: impl AsRef<[u8]>) -> Option<FilePath<'static>> {
        let mut path = self.0.to_vec();
        if !path.is_empty() {
            path.push(b'/');
        }
        path.extend_from_slice(name.as_ref());
        FilePath::new(&path).map(FilePath::into_owned)
    }

    /// This path with more characters at the end of its name, such as `.gz`.
    pub(crate) fn with_suffix(&self, suffix: &str) -> FilePath<'static> {
        FilePath(Cow::Owned([&self.0, suffix.as_bytes()].concat()))
    }

    /// The same path, borrowed from this one.
    pub(crate) fn borrowed(&self) -> FilePath<'_> {
        FilePath(Cow::Borrowed(&self.0))
    }

    /// The same path with bytes of its own.
    ///
    /// ```
    /// use wsgi_files::FilePath;
    ///
    /// fn start_page(language: &str) -> Option<FilePath<'static>> {
    ///     Some(FilePath::new(&format!("{language}/index.html"))?.into_owned())
    /// }
    ///
    /// assert_eq!(start_page("de").unwrap().to_str(), Some("de/index.html"));
    /// ```
    #[must_use]
    pub fn into_owned(self) -> FilePath<'static> {
        FilePath(Cow::Owned(self.0.into_owned()))
    }
}

impl fmt::Debug for FilePath<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Value::new(&self.0).fmt(f)
    }
}
