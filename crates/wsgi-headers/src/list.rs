//! Lists in field values (RFC 9110, section 5.6.1).

use std::mem;

use crate::octets::trim;

/// The members of a list in a field value (RFC 9110, section 5.6.1), without the whitespace around
/// them and without empty members. A comma in a quoted string does not end a member. After a quote
/// that begins no whole string, every comma ends one, so that a malformed member hides no others.
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
/// around them and without empty parts. Where a string does not end, quotes mean nothing from there
/// on.
#[inline]
pub(crate) fn split(text: &[u8], separator: u8) -> Split<'_> {
    Split {
        rest: Some(text).filter(|text| !text.is_empty()),
        separator,
        has_strings: true,
    }
}

/// The iterator over such parts.
pub(crate) struct Split<'a> {
    /// `None` after the last part.
    rest: Option<&'a [u8]>,
    separator: u8,
    /// Whether quotes begin strings: no string without an end was found.
    has_strings: bool,
}

impl<'a> Iterator for Split<'a> {
    type Item = &'a [u8];

    #[inline]
    fn next(&mut self) -> Option<&'a [u8]> {
        while let Some(rest) = self.rest {
            let (separator, has_strings) = (self.separator, self.has_strings);
            let is_stop = |b| b == separator || (b == b'"' && has_strings);
            let end = match rest.iter().position(|&b| is_stop(b)) {
                Some(at) if rest[at] != separator => self.end_outside_quotes(rest),
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

impl Split<'_> {
    /// The first separator in `text` that is not in a quoted string.
    fn end_outside_quotes(&mut self, text: &[u8]) -> Option<usize> {
        let (mut quote, mut is_escaped) = (None, false);
        let end = text.iter().enumerate().position(|(at, &byte)| {
            match byte {
                _ if mem::take(&mut is_escaped) => {}
                b'\\' => is_escaped = quote.is_some(),
                b'"' => quote = quote.xor(Some(at)),
                _ => return byte == self.separator && quote.is_none(),
            }
            false
        });
        let Some(quote) = quote else {
            return end;
        };
        self.has_strings = false;
        let mut rest = text[quote..].iter();
        let end = rest.position(|&byte| byte == self.separator);
        end.map(|end| quote + end)
    }
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
    }

    #[test]
    fn a_quote_that_nothing_closes_hides_no_member() {
        check(r#"a, "b, c"#, &["a", r#""b"#, "c"]);
        check(r#"a, "b\"#, &["a", r#""b\"#]);
        check(
            r#"a="1,2", b="\", c, d"#,
            &[r#"a="1,2""#, r#"b="\""#, "c", "d"],
        );
        check(r#"a"x,y"b"z, "c"#, &[r#"a"x,y"b"z, "c"#]);
        check(r#""a,b"c"d,e"#, &[r#""a,b"c"d"#, "e"]);
        check(r#"",,"",","#, &[r#"",,"",""#]);
        check(r#"",\",",a"#, &[r#"",\",""#, "a"]);
        check(r#"",\",a"#, &[r#"""#, r#"\""#, "a"]);
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
