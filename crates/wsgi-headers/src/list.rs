//! Lists in field values (RFC 9110, section 5.6.1).

use std::mem;

use crate::octets::trim;

/// The members of a list in a field value (RFC 9110, section 5.6.1), without the whitespace around
/// them and without empty members. A comma in a quoted string does not end a member.
///
/// ```
/// use wsgi_headers::list_members;
///
/// let mut members = list_members(b"max-age=60,, private=\"Set-Cookie, X-User\" ");
/// assert_eq!(members.next(), Some(&b"max-age=60"[..]));
/// assert_eq!(members.next(), Some(&b"private=\"Set-Cookie, X-User\""[..]));
/// assert_eq!(members.next(), None);
/// ```
pub fn list_members(list: &[u8]) -> impl Iterator<Item = &[u8]> {
    split(list, b',')
}

/// The parts of `text` between separators that are not in a quoted string, without the whitespace
/// around them and without empty parts. A string that does not end goes on to the end of `text`.
#[inline]
pub(crate) fn split(text: &[u8], separator: u8) -> Split<'_> {
    Split {
        rest: Some(text).filter(|text| !text.is_empty()),
        separator,
    }
}

/// The iterator over such parts.
pub(crate) struct Split<'a> {
    /// `None` after the last part.
    rest: Option<&'a [u8]>,
    separator: u8,
}

impl<'a> Iterator for Split<'a> {
    type Item = &'a [u8];

    #[inline]
    fn next(&mut self) -> Option<&'a [u8]> {
        while let Some(rest) = self.rest {
            let separator = self.separator;
            let stop = rest.iter().position(|&b| b == separator || b == b'"');
            let end = match stop {
                Some(at) if rest[at] != separator => end_outside_quotes(rest, separator),
                end => end,
            };
            let (part, rest) = match end {
                Some(end) => (&rest[..end], Some(&rest[end + 1..])),
                None => (rest, None),
            };
            self.rest = rest;
            let part = trim(part);
            if !part.is_empty() {
                return Some(part);
            }
        }
        None
    }
}

/// The first separator that is not in a quoted string.
fn end_outside_quotes(text: &[u8], separator: u8) -> Option<usize> {
    let (mut is_quoted, mut is_escaped) = (false, false);
    text.iter().position(|&byte| {
        match byte {
            _ if mem::take(&mut is_escaped) => {}
            b'\\' => is_escaped = is_quoted,
            b'"' => is_quoted = !is_quoted,
            _ => return byte == separator && !is_quoted,
        }
        false
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(list: &str, members: &[&str]) {
        let found: Vec<_> = list_members(list.as_bytes()).collect();
        let members: Vec<_> = members.iter().map(|member| member.as_bytes()).collect();
        assert_eq!(found, members, "{list}");
    }

    #[test]
    fn commas_outside_quotes_end_a_member() {
        check("", &[]);
        check(" , ,\t,", &[]);
        check("a", &["a"]);
        check("a, b\t,,c ", &["a", "b", "c"]);
        check(r#"a="1,2", b"#, &[r#"a="1,2""#, "b"]);
        check(r#""a"",",b"#, &[r#""a"",""#, "b"]);
        check(r#"a="\",b=\\", c"#, &[r#"a="\",b=\\""#, "c"]);
        check(r#"a\,b,"c"#, &[r"a\", "b", r#""c"#]);
        check(r#"a, "b, c"#, &["a", r#""b, c"#]);
        check(r#"a, "b\"#, &["a", r#""b\"#]);
    }

    proptest! {
        #[test]
        fn nothing_but_separators_and_space_is_lost(
            text in prop::collection::vec(prop::sample::select(b"a ,\"\\".to_vec()), 0..20),
        ) {
            let rest: Vec<u8> = list_members(&text).flatten().copied().collect();
            let solid = |bytes: &[u8]| {
                let bytes = bytes.iter().copied();
                bytes.filter(|byte| !b" ,".contains(byte)).collect::<Vec<_>>()
            };
            prop_assert_eq!(solid(&rest), solid(&text));
        }
    }
}
