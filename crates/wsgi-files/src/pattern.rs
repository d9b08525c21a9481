//! Patterns of paths and media types.

/// A pattern in which `*` stands for any characters and `?` for one.
#[derive(Debug)]
pub(crate) struct Pattern(Box<[u8]>);

impl Pattern {
    pub(crate) fn new(pattern: &str) -> Self {
        Self(pattern.as_bytes().into())
    }

    /// Whether the pattern matches all of the text. It takes at most as many steps as the product
    /// of both lengths.
    pub(crate) fn matches(&self, text: &[u8]) -> bool {
        let (mut at, mut pattern_at) = (0, 0);
        // The last asterisk, and the place in the text up to which it reaches.
        let mut last: Option<(usize, usize)> = None;
        while at < text.len() {
            match self.0.get(pattern_at) {
                Some(b'*') => {
                    last = Some((pattern_at, at));
                    pattern_at += 1;
                }
                Some(&byte) if byte == b'?' || byte == text[at] => {
                    at += 1;
                    pattern_at += 1;
                }
                _ => match &mut last {
                    Some((asterisk, reached)) => {
                        *reached += 1;
                        (at, pattern_at) = (*reached, *asterisk + 1);
                    }
                    None => return false,
                },
            }
        }
        self.0[pattern_at..].iter().all(|&byte| byte == b'*')
    }
}

#[cfg(test)]
mod tests {
    use super::Pattern;

    #[test]
    fn a_pattern_matches_all_of_a_text() {
        for (pattern, text, expected) in [
            ("", "", true),
            ("", "a", false),
            ("*", "", true),
            ("*", "a/b.c", true),
            ("a", "a", true),
            ("a", "ab", false),
            ("?", "a", true),
            ("?", "", false),
            ("*.css", "a/site.css", true),
            ("*.css", "a/site.css.map", false),
            ("assets/*", "assets/a/b", true),
            ("assets/*", "other/assets/a", false),
            ("text/*", "text/html; charset=utf-8", true),
            ("*a*b*c", "xaybzc", true),
            ("*a*b*c", "xaybz", false),
            ("*ab", "aab", true),
            ("a**b", "ab", true),
            ("[a]", "[a]", true),
        ] {
            assert_eq!(
                Pattern::new(pattern).matches(text.as_bytes()),
                expected,
                "{pattern} {text}"
            );
        }
    }

    #[test]
    fn a_hostile_text_takes_bounded_time() {
        let pattern = Pattern::new("*a*a*a*a*a*a*a*a*b");
        assert!(!pattern.matches(&[b'a'; 4096]));
    }
}
