//! Entity tags (RFC 9110, section 8.8.3).

use std::{error::Error, fmt, str::FromStr};

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
    is_weak: bool,
    opaque: Box<str>,
}

impl EntityTag {
    /// A strong tag. `opaque` is the text between the quotes.
    ///
    /// # Errors
    ///
    /// `opaque` has a quote, a space, a control character or one that is not in ASCII.
    pub fn strong(opaque: impl Into<String>) -> Result<Self, InvalidEntityTag> {
        let opaque = opaque.into();
        let is_valid = |byte| matches!(byte, 0x21 | 0x23..=0x7e);
        match opaque.bytes().all(is_valid) {
            true => Ok(Self {
                is_weak: false,
                opaque: opaque.into(),
            }),
            false => Err(InvalidEntityTag(())),
        }
    }

    /// A weak tag. `opaque` is the text between the quotes.
    ///
    /// # Errors
    ///
    /// Those of [`strong`](Self::strong).
    pub fn weak(opaque: impl Into<String>) -> Result<Self, InvalidEntityTag> {
        Self::strong(opaque).map(|tag| tag.to_weak())
    }

    /// The same tag as a weak one.
    #[must_use]
    pub fn to_weak(&self) -> Self {
        Self {
            is_weak: true,
            opaque: self.opaque.clone(),
        }
    }

    /// Whether it is weak.
    #[must_use]
    pub fn is_weak(&self) -> bool {
        self.is_weak
    }

    /// The text between the quotes.
    #[must_use]
    pub fn opaque(&self) -> &str {
        &self.opaque
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
        self.opaque == other.opaque
    }

    /// The tag with more characters, which are valid in one.
    #[cfg(feature = "application")]
    pub(crate) fn with_suffix(&self, suffix: &str) -> Self {
        Self {
            is_weak: self.is_weak,
            opaque: [&*self.opaque, suffix].concat().into(),
        }
    }

    pub(crate) fn as_tag(&self) -> Tag<'_> {
        Tag {
            is_weak: self.is_weak,
            opaque: self.opaque.as_bytes(),
        }
    }
}

impl FromStr for EntityTag {
    type Err = InvalidEntityTag;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (is_weak, quoted) = match text.strip_prefix("W/") {
            Some(quoted) => (true, quoted),
            None => (false, text),
        };
        let opaque = quoted
            .strip_prefix('"')
            .and_then(|rest| rest.strip_suffix('"'))
            .ok_or(InvalidEntityTag(()))?;
        let strong = Self::strong(opaque)?;
        Ok(Self { is_weak, ..strong })
    }
}

impl fmt::Display for EntityTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let prefix = if self.is_weak { "W/" } else { "" };
        write!(f, "{prefix}\"{}\"", self.opaque)
    }
}

/// A text that is not an entity tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidEntityTag(());

impl fmt::Display for InvalidEntityTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "an entity tag is visible ASCII without quotes, between two quotes and perhaps after W/",
        )
    }
}

impl Error for InvalidEntityTag {}
