//! Names with brackets, such as `order[items][0][dish]`.

/// The most brackets of a name.
pub(super) const MAX_DEPTH: usize = 16;

/// The start of a name before its brackets. `None` if it has none, or others than pairs of them up
/// to its end.
pub(super) fn start(name: &str) -> Option<&str> {
    let (start, mut rest) = name.split_at(name.find('[')?);
    while !rest.is_empty() {
        let (_, after) = rest.strip_prefix('[')?.split_once(']')?;
        let key = &rest[1..rest.len() - after.len() - 1];
        if key.contains('[') {
            return None;
        }
        rest = after;
    }
    (!start.is_empty()).then_some(start)
}

/// The number of pairs of brackets.
pub(super) fn depth(name: &str) -> usize {
    name.bytes().filter(|&byte| byte == b'[').count()
}

/// The key in the brackets that follow the first `length` bytes of a name.
pub(super) fn key(name: &str, length: usize) -> &str {
    let path = &name[length..];
    let end = path.find(']').unwrap_or(path.len());
    path.get(1..end).unwrap_or_default()
}

/// The place in a list, if a key is a number without zeros before it. Numbers need not follow each
/// other, so a large one takes no room.
pub(super) fn index(key: &str) -> Option<u64> {
    let is_plain = key == "0" || key.starts_with(|first: char| matches!(first, '1'..='9'));
    key.parse().ok().filter(|_| is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_pairs_of_brackets_up_to_its_end_or_is_literal() {
        for (name, expected) in [
            ("a[b]", Some("a")),
            ("a[]", Some("a")),
            ("a[b][][0]", Some("a")),
            ("a b[c d]", Some("a b")),
            ("a", None),
            ("", None),
            ("[]", None),
            ("[a][b]", None),
            ("a[", None),
            ("a]", None),
            ("a[b", None),
            ("a[b]c", None),
            ("a[b]c[d]", None),
            ("a[[b]]", None),
            ("a[b]]", None),
            ("a][b]", Some("a]")),
        ] {
            assert_eq!(start(name), expected, "{name}");
        }
    }

    #[test]
    fn an_index_is_written_in_one_way() {
        for (key, expected) in [
            ("0", Some(0)),
            ("10", Some(10)),
            ("18446744073709551615", Some(u64::MAX)),
            ("18446744073709551616", None),
            ("00", None),
            ("01", None),
            ("+1", None),
            ("-1", None),
            ("", None),
            ("x", None),
        ] {
            assert_eq!(index(key), expected, "{key}");
        }
    }
}
