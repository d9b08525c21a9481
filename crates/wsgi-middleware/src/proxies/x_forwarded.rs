//! The fields `X-Forwarded-*`, read from their ends.
//!
//! Each is a list, to which a proxy adds an element at the end, or a single value, which a proxy
//! replaces.

/// Returns the elements of a list, last one first, without spaces around them.
pub(crate) fn elements(field: &[u8]) -> impl Iterator<Item = &[u8]> {
    let has_elements = !field.trim_ascii().is_empty();
    let elements = has_elements.then(|| field.rsplit(|&byte| byte == b','));
    elements.into_iter().flatten().map(<[u8]>::trim_ascii)
}

/// Returns the element at a position, counted from the end, or the only element.
pub(crate) fn element_at(field: &[u8], position: usize) -> Option<&[u8]> {
    let mut rest = elements(field);
    let last = rest.next()?;
    match (position.checked_sub(1), rest.next()) {
        (_, None) | (None, _) => Some(last),
        (Some(0), second) => second,
        (Some(position), _) => rest.nth(position - 1),
    }
}

#[cfg(test)]
mod tests {
    use super::{element_at, elements};

    #[test]
    fn elements_come_from_the_last_to_the_first() {
        let list = |field: &'static str| elements(field.as_bytes()).collect::<Vec<_>>();
        assert_eq!(list("a"), [b"a"]);
        assert_eq!(list(" a b ,\tc"), [&b"c"[..], b"a b"]);
        assert_eq!(list("a,,"), [&b""[..], b"", b"a"]);
        assert_eq!(list(" "), [b""; 0]);
        assert_eq!(list(""), [b""; 0]);
    }

    #[test]
    fn a_position_counts_from_the_end_unless_there_is_one_element() {
        for (field, position, element) in [
            ("", 0, None),
            ("a", 0, Some("a")),
            ("a", 7, Some("a")),
            ("a, b, c", 0, Some("c")),
            ("a, b, c", 1, Some("b")),
            ("a, b, c", 2, Some("a")),
            ("a, b, c", 3, None),
            ("a, ", 0, Some("")),
            ("a, ", 1, Some("a")),
            ("a, ", 2, None),
        ] {
            let found = element_at(field.as_bytes(), position);
            assert_eq!(found, element.map(str::as_bytes), "{position} of {field:?}");
        }
    }
}
