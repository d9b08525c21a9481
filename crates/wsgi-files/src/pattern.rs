//! Patterns of paths and media types.

use wsgi_headers::is_token;

use crate::file_path::{FilePath, MAX_BYTES};

/// A pattern. `*` stands for any characters, and `?` for one character or one byte that is not
/// UTF-8.
#[derive(Debug)]
pub(crate) struct Pattern(Box<[u8]>);

impl Pattern {
    pub(crate) fn new(pattern: &str) -> Self {
        Self(pattern.as_bytes().into())
    }

    /// A pattern of the paths of files, from the root, also with `/` or `./` at its start.
    ///
    /// # Panics
    ///
    /// No file has such a path.
    #[track_caller]
    pub(crate) fn of_paths(pattern: &str) -> Self {
        match path_of(pattern) {
            Some(path) => Self::new(path),
            None if path_of(pattern.trim_end_matches('/')).is_some() => panic!(
                "the pattern {pattern:?} matches no file, since it ends with a slash; for all that \
                 is in the folder, add an asterisk: {:?}",
                format!("{}/*", pattern.trim_end_matches('/'))
            ),
            None if pattern.contains('\0') => {
                panic!("the pattern {pattern:?} matches no file, since it has a NUL")
            }
            None if pattern.len() > MAX_BYTES => panic!(
                "the pattern matches no file, since it has {} bytes, and a path at most {MAX_BYTES}",
                pattern.len()
            ),
            None => panic!(
                "the pattern {pattern:?} matches no file: it is that of the root, or has a part \
                 that is empty, \".\" or \"..\""
            ),
        }
    }

    /// A pattern of media types without parameters, in any ASCII case.
    ///
    /// # Panics
    ///
    /// No media type is like that.
    #[track_caller]
    pub(crate) fn of_media_types(pattern: &str) -> Self {
        let is_part = |part: &str| is_token(part.replace('?', "x").as_bytes());
        let can_match = match pattern.split_once('/') {
            Some((kind, subtype)) => is_part(kind) && is_part(subtype),
            None => is_part(pattern) && pattern.contains(['*', '?']),
        };
        assert!(
            can_match,
            "the pattern {pattern:?} matches no media type; it is like \"text/html\" or \
             \"image/*\", without parameters"
        );
        Self::new(&pattern.to_ascii_lowercase())
    }

    /// Whether the pattern matches all of the text.
    pub(crate) fn matches(&self, text: &[u8]) -> bool {
        self.matches_by(text, |a, b| a == b)
    }

    /// Whether the pattern matches all of the text in any ASCII case.
    pub(crate) fn matches_in_any_case(&self, text: &[u8]) -> bool {
        self.matches_by(text, |a, b| a.eq_ignore_ascii_case(&b))
    }

    /// Matches with a comparison of bytes. It takes at most as many steps as the product of both
    /// lengths.
    fn matches_by(&self, text: &[u8], is_same: impl Fn(u8, u8) -> bool) -> bool {
        let (mut at, mut pattern_at) = (0, 0);
        // The last asterisk, and the place in the text up to which it reaches.
        let mut last: Option<(usize, usize)> = None;
        while at < text.len() {
            match self.0.get(pattern_at) {
                Some(b'*') => {
                    last = Some((pattern_at, at));
                    pattern_at += 1;
                }
                Some(b'?') => {
                    at += character_len(&text[at..]);
                    pattern_at += 1;
                }
                Some(&byte) if is_same(byte, text[at]) => {
                    at += 1;
                    pattern_at += 1;
                }
                _ => match &mut last {
                    Some((asterisk, reached)) => {
                        *reached += character_len(&text[*reached..]);
                        (at, pattern_at) = (*reached, *asterisk + 1);
                    }
                    None => return false,
                },
            }
        }
        self.0[pattern_at..].iter().all(|&byte| byte == b'*')
    }
}

/// The path of a pattern, without slashes and `./` before it; `None` if no file has such a path.
pub(crate) fn path_of(pattern: &str) -> Option<&str> {
    let path = pattern.trim_start_matches("./").trim_start_matches('/');
    let can_match = FilePath::new(path).is_some_and(|path| !path.is_root());
    can_match.then_some(path)
}

/// The length of the first character of a text that is not empty, or of a byte that is not UTF-8.
fn character_len(text: &[u8]) -> usize {
    let len = match text[0] {
        0xC2..=0xDF => 2,
        0xE0..=0xEF => 3,
        0xF0..=0xF4 => 4,
        _ => 1,
    };
    let character = text.get(..len).map(std::str::from_utf8);
    if let Some(Ok(_)) = character { len } else { 1 }
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
            ("A", "a", false),
            ("caf?", "café", true),
            ("caf??", "café", false),
            ("?", "€", true),
            ("*??", "€", false),
            ("*?", "€", true),
            ("*é?x*", "€é🍵xé", true),
        ] {
            assert_eq!(
                Pattern::new(pattern).matches(text.as_bytes()),
                expected,
                "{pattern} {text}"
            );
        }
    }

    #[test]
    fn a_byte_that_is_not_utf_8_is_a_character() {
        for (pattern, text, expected) in [
            ("?", &b"\xff"[..], true),
            ("?", b"\xc3", true),
            ("??", b"\xe2\x82", true),
            ("a?b", b"a\xc3b", true),
            ("?", b"\xe2\x82", false),
        ] {
            let matches = Pattern::new(pattern).matches(text);
            assert_eq!(matches, expected, "{pattern} {text:?}");
        }
    }

    #[test]
    fn a_pattern_can_match_in_any_case() {
        for (pattern, text, expected) in [
            ("*.bak", "A.BAK", true),
            ("/DRAFTS/?", "/drafts/É", true),
            ("é", "É", false),
            ("*.bak", "A.BA", false),
        ] {
            let matches = Pattern::new(pattern).matches_in_any_case(text.as_bytes());
            assert_eq!(matches, expected, "{pattern} {text}");
        }
    }

    #[test]
    fn a_pattern_of_paths_starts_at_the_root() {
        for pattern in ["a/*", "/a/*", "./a/*", "././/a/*"] {
            assert!(Pattern::of_paths(pattern).matches(b"a/b"), "{pattern}");
        }
        for pattern in [
            "", "/", ".", "./", "..", "../a", "a//b", "a/../b", "/./a", "a/", "*/", "a\0",
        ] {
            let made = std::panic::catch_unwind(|| Pattern::of_paths(pattern));
            assert!(made.is_err(), "{pattern:?}");
        }
    }

    #[test]
    fn a_pattern_that_matches_no_file_is_told_why() {
        let long = "a".repeat(4097);
        for (pattern, why) in [
            ("/", "that of the root"),
            ("a\0", "it has a NUL"),
            (&long, "it has 4097 bytes, and a path at most 4096"),
        ] {
            let message = std::panic::catch_unwind(|| Pattern::of_paths(pattern)).unwrap_err();
            let message = message.downcast_ref::<String>().expect("a text");
            assert!(message.contains(why), "{message}");
        }
    }

    #[test]
    #[should_panic(expected = "add an asterisk: \"/assets/*\"")]
    fn a_pattern_of_a_folder_is_told_how_to_name_its_files() {
        Pattern::of_paths("/assets/");
    }

    #[test]
    fn a_pattern_of_media_types_can_match_one() {
        for pattern in [
            "text/html",
            "Text/HTML",
            "text/*",
            "*",
            "*html",
            "text?html",
        ] {
            let pattern = Pattern::of_media_types(pattern);
            assert!(pattern.matches(b"text/html"), "{pattern:?}");
        }
        for pattern in [
            "",
            "css",
            ".css",
            "text/",
            "/*",
            "text/html; charset=utf-8",
            "text/ html",
            "a/b/*",
        ] {
            let made = std::panic::catch_unwind(|| Pattern::of_media_types(pattern));
            assert!(made.is_err(), "{pattern:?}");
        }
    }

    #[test]
    fn a_hostile_text_takes_bounded_time() {
        let pattern = Pattern::new("*a*a*a*a*a*a*a*a*b");
        assert!(!pattern.matches(&[b'a'; 4096]));
    }
}
