//! Entity tags (RFC 9110, section 8.8.3).

use std::{
    error::Error,
    fmt,
    hash::{DefaultHasher, Hasher},
    str::FromStr,
};

use crate::tag_list::Tag;

/// An entity tag: the name of one state of a resource, strong or weak (RFC 9110, section 8.8.3).
///
/// A strong tag changes with every byte of the representation. A weak one changes when the meaning
/// does.
///
/// ```
/// use wsgi_files::EntityTag;
///
/// let tag = EntityTag::strong("v2")?;
/// assert_eq!(tag.to_string(), "\"v2\"");
/// assert_eq!(tag.to_weak().to_string(), "W/\"v2\"");
///
/// assert_eq!("W/\"v2\"".parse(), Ok(tag.to_weak()));
/// # Ok::<(), wsgi_files::InvalidEntityTag>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct EntityTag {
    /// The value of the field.
    text: Box<str>,
    is_weak: bool,
}

/// The mark of a weak tag.
const WEAK: &str = "W/";

impl EntityTag {
    /// A strong tag. `opaque` is the text between the quotes.
    ///
    /// # Errors
    ///
    /// `opaque` has a quote, a space, a control character or one that is not in ASCII.
    pub fn strong(opaque: impl AsRef<str>) -> Result<Self, InvalidEntityTag> {
        Self::new(opaque.as_ref(), false)
    }

    /// A weak tag. `opaque` is the text between the quotes.
    ///
    /// # Errors
    ///
    /// Those of [`strong`](Self::strong).
    pub fn weak(opaque: impl AsRef<str>) -> Result<Self, InvalidEntityTag> {
        Self::new(opaque.as_ref(), true)
    }

    /// A strong tag for content that has no name of its own: its length, and a hash of its bytes by
    /// the standard library. Programs that are built with different versions of Rust may give the
    /// same content different tags.
    ///
    /// ```
    /// use wsgi_files::EntityTag;
    ///
    /// let tag = EntityTag::of("<p>hello");
    /// assert!(tag.strong_eq(&EntityTag::of(b"<p>hello")));
    /// assert_ne!(tag, EntityTag::of("<p>Hello"));
    /// ```
    #[must_use]
    pub fn of(content: impl AsRef<[u8]>) -> Self {
        let content = content.as_ref();
        let mut hasher = DefaultHasher::new();
        hasher.write(content);
        let opaque = format!("{:x}-{:016x}", content.len(), hasher.finish());
        Self::joined(&[&opaque], false)
    }

    fn new(opaque: &str, is_weak: bool) -> Result<Self, InvalidEntityTag> {
        let is_valid = |byte| matches!(byte, 0x21 | 0x23..=0x7e);
        match opaque.bytes().all(is_valid) {
            true => Ok(Self::joined(&[opaque], is_weak)),
            false => Err(InvalidEntityTag),
        }
    }

    /// A tag of parts that are valid in one.
    fn joined(parts: &[&str], is_weak: bool) -> Self {
        let prefix = if is_weak { WEAK } else { "" };
        let length = parts.iter().map(|part| part.len()).sum::<usize>();
        let mut text = String::with_capacity(prefix.len() + length + 2);
        text.push_str(prefix);
        text.push('"');
        parts.iter().for_each(|part| text.push_str(part));
        text.push('"');
        Self {
            text: text.into(),
            is_weak,
        }
    }

    /// The same tag as a weak one.
    #[must_use]
    pub fn to_weak(&self) -> Self {
        Self::joined(&[self.opaque()], true)
    }

    /// Whether it is weak.
    ///
    /// ```
    /// use wsgi_files::EntityTag;
    ///
    /// assert!(EntityTag::weak("v2")?.is_weak());
    /// assert!(!EntityTag::strong("v2")?.is_weak());
    /// # Ok::<(), wsgi_files::InvalidEntityTag>(())
    /// ```
    #[must_use]
    pub fn is_weak(&self) -> bool {
        self.is_weak
    }

    /// The text between the quotes.
    #[must_use]
    pub fn opaque(&self) -> &str {
        let start = if self.is_weak { WEAK.len() + 1 } else { 1 };
        &self.text[start..self.text.len() - 1]
    }

    /// The value of the field `ETag`.
    ///
    /// ```
    /// use wsgi_files::EntityTag;
    ///
    /// assert_eq!(EntityTag::weak("v2")?.as_str(), "W/\"v2\"");
    /// # Ok::<(), wsgi_files::InvalidEntityTag>(())
    /// ```
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether both are strong and the same (RFC 9110, section 8.8.3.2).
    ///
    /// ```
    /// use wsgi_files::EntityTag;
    ///
    /// let tag = EntityTag::strong("1")?;
    /// assert!(tag.strong_eq(&tag));
    /// assert!(!tag.strong_eq(&tag.to_weak()));
    /// assert!(tag.weak_eq(&tag.to_weak()));
    /// # Ok::<(), wsgi_files::InvalidEntityTag>(())
    /// ```
    #[must_use]
    pub fn strong_eq(&self, other: &Self) -> bool {
        !self.is_weak && self == other
    }

    /// Whether both are the same, weak or strong (RFC 9110, section 8.8.3.2).
    #[must_use]
    pub fn weak_eq(&self, other: &Self) -> bool {
        self.opaque() == other.opaque()
    }

    /// The tag with more characters, which are valid in one.
    #[cfg(feature = "application")]
    pub(crate) fn with_suffix(&self, suffix: &str) -> Self {
        Self::joined(&[self.opaque(), suffix], self.is_weak)
    }

    pub(crate) fn as_tag(&self) -> Tag<'_> {
        Tag {
            is_weak: self.is_weak,
            opaque: self.opaque().as_bytes(),
        }
    }
}

impl FromStr for EntityTag {
    type Err = InvalidEntityTag;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (is_weak, quoted) = match text.strip_prefix(WEAK) {
            Some(quoted) => (true, quoted),
            None => (false, text),
        };
        let opaque = quoted
            .strip_prefix('"')
            .and_then(|rest| rest.strip_suffix('"'))
            .ok_or(InvalidEntityTag)?;
        Self::new(opaque, is_weak)
    }
}

impl fmt::Display for EntityTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// A text that is not an entity tag.
///
/// ```
/// use wsgi_files::{EntityTag, InvalidEntityTag};
///
/// let tag: Result<EntityTag, InvalidEntityTag> = "v2".parse();
/// assert!(tag.is_err(), "the quotes belong to it");
/// assert!(EntityTag::strong("two words").is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidEntityTag;

impl fmt::Display for InvalidEntityTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "an entity tag is visible ASCII without quotes, between two quotes and perhaps after W/",
        )
    }
}

impl Error for InvalidEntityTag {}
