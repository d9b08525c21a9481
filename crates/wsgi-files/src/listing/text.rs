//! Text inside HTML, JSON and URLs.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, PercentEncode, percent_encode};

/// The characters of a name that a URL quotes: all but the unreserved ones (RFC 3986, section 2.3).
const NAME: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// A name as a segment of a URL.
pub(super) fn quoted(name: &[u8]) -> PercentEncode<'_> {
    percent_encode(name, NAME)
}

/// Adds text in an element or an attribute of HTML.
pub(super) fn push_html(out: &mut String, text: &str) {
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // Neither shows, and HTML has no way to write most of them.
            character if character.is_control() => out.push('\u{fffd}'),
            character => out.push(character),
        }
    }
}

/// Adds a string of JSON (RFC 8259, section 7).
pub(super) fn push_json(out: &mut String, text: &str) {
    use std::fmt::Write;
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            // Also those that would end a script, if the text came into one.
            '<' | '\0'..='\x1f' | '\x7f' | '\u{2028}' | '\u{2029}' => {
                let _ = write!(out, "\\u{:04x}", u32::from(character));
            }
            character => out.push(character),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped() {
        let text = "<a href='x'>\"&\\\n\u{7f}é";
        let mut html = String::new();
        push_html(&mut html, text);
        assert_eq!(
            html,
            "&lt;a href=&#39;x&#39;&gt;&quot;&amp;\\\u{fffd}\u{fffd}é"
        );
        let mut json = String::new();
        push_json(&mut json, text);
        assert_eq!(json, r#""\u003ca href='x'>\"&\\\u000a\u007fé""#);
        let url = quoted(b"javascript:a/b?c#d%e f\xff.txt").to_string();
        assert_eq!(url, "javascript%3Aa%2Fb%3Fc%23d%25e%20f%FF.txt");
    }
}
