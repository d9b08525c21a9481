//! The names of families and labels.

/// Whether this is a name of a family: a letter, an underscore or a colon, then also digits.
pub(crate) fn is_family(name: &str) -> bool {
    is_word(name, |byte| byte == b':')
}

/// Whether this is a name of a label: a letter or an underscore, then also digits. Names with two
/// underscores at the start are Prometheus' own, and `le` is that of buckets.
pub(crate) fn is_label(name: &str) -> bool {
    is_word(name, |_| false) && !name.starts_with("__") && name != "le"
}

fn is_word(name: &str, is_also: impl Fn(u8) -> bool) -> bool {
    let is_first = |byte: u8| byte.is_ascii_alphabetic() || byte == b'_' || is_also(byte);
    name.bytes().next().is_some_and(is_first)
        && name
            .bytes()
            .all(|byte| is_first(byte) || byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_the_form_that_the_format_allows() {
        for name in ["a", "_", "up_total", "A9", "__x"] {
            assert!(is_family(name), "{name}");
        }
        assert!(is_family("job:up:sum") && is_family(":"));
        for name in ["", "9a", "a-b", "a b", "a.b", "é", "a\n", "a{"] {
            assert!(!is_family(name) && !is_label(name), "{name}");
        }
        assert!(is_label("le_") && is_label("_a") && is_label("a9"));
        for name in ["le", "__name__", "a:b", ":"] {
            assert!(!is_label(name), "{name}");
        }
    }
}
