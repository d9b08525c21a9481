//! Lists of entity tags in fields (RFC 9110, sections 13.1.1 and 13.1.2).

/// An entity tag in a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tag<'a> {
    pub(crate) is_weak: bool,
    pub(crate) opaque: &'a [u8],
}

impl Tag<'_> {
    pub(crate) fn strong_eq(self, other: Tag<'_>) -> bool {
        !self.is_weak && self == other
    }

    pub(crate) fn weak_eq(self, other: Tag<'_>) -> bool {
        self.opaque == other.opaque
    }
}

/// Whether a field is `*`.
pub(crate) fn is_any(field: &[u8]) -> bool {
    field.trim_ascii() == b"*"
}

/// The tags of a list, up to the first byte that is not one of a list.
pub(crate) fn tags(field: &[u8]) -> impl Iterator<Item = Tag<'_>> {
    let mut rest = field;
    std::iter::from_fn(move || {
        let begin = rest.iter().position(|byte| !b" \t,".contains(byte))?;
        let (tag, after) = split_tag(&rest[begin..])?;
        rest = after.trim_ascii_start();
        if !rest.is_empty() && rest[0] != b',' {
            rest = b"";
            return None;
        }
        Some(tag)
    })
}

/// The only tag of a field.
pub(crate) fn single(field: &[u8]) -> Option<Tag<'_>> {
    let (tag, rest) = split_tag(field.trim_ascii())?;
    rest.is_empty().then_some(tag)
}

/// The tag that the bytes begin with, and the bytes after it.
fn split_tag(bytes: &[u8]) -> Option<(Tag<'_>, &[u8])> {
    let (is_weak, quoted) = match bytes.strip_prefix(b"W/") {
        Some(quoted) => (true, quoted),
        None => (false, bytes),
    };
    let inside = quoted.strip_prefix(b"\"")?;
    let end = inside
        .iter()
        .position(|byte| !matches!(byte, 0x21 | 0x23..=0x7e | 0x80..))?;
    let after = inside[end..].strip_prefix(b"\"")?;
    let opaque = &inside[..end];
    Some((Tag { is_weak, opaque }, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The tags of a list, as text.
    fn listed(field: &str) -> Vec<String> {
        tags(field.as_bytes())
            .map(|tag| {
                let weak = if tag.is_weak { "W/" } else { "" };
                format!("{weak}{}", String::from_utf8_lossy(tag.opaque))
            })
            .collect()
    }

    #[test]
    fn a_list_is_read_up_to_the_first_fault() {
        let rows: [(&str, &[&str]); 14] = [
            ("", &[]),
            (" , ,", &[]),
            ("\"\"", &[""]),
            ("\"a\"", &["a"]),
            ("\"a\", W/\"b\",\"c\"", &["a", "W/b", "c"]),
            (",\t\"a\" ,, \"b\" ,", &["a", "b"]),
            ("\"a,b\"", &["a,b"]),
            ("\"W/\"", &["W/"]),
            ("w/\"a\"", &[]),
            ("\"a\" \"b\"", &[]),
            ("\"a\", b, \"c\"", &["a"]),
            ("\"a", &[]),
            ("\"a b\"", &[]),
            ("*", &[]),
        ];
        for (field, expected) in rows {
            assert_eq!(listed(field), expected, "{field:?}");
        }
    }

    #[test]
    fn a_single_tag_stands_alone() {
        let tag = |field: &'static str| single(field.as_bytes());
        assert!(tag(" \"a\" ").is_some_and(|tag| tag.opaque == b"a"));
        assert_eq!(tag("\"a\", \"b\""), None);
        assert_eq!(tag("a"), None);
    }
}
