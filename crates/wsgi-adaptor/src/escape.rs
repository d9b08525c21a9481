//! Text inside HTML.

use std::borrow::Cow;

/// Escapes text for HTML, in an element or a quoted attribute: `&`, `<`, `>`, `"` and `'`. Text
/// without any of them is not copied.
///
/// ```
/// use wsgi_adaptor::escape;
///
/// assert_eq!(escape("<b>'R&D'</b>"), "&lt;b&gt;&#39;R&amp;D&#39;&lt;/b&gt;");
/// assert_eq!(escape("plain"), "plain");
/// ```
#[must_use]
pub fn escape(text: &str) -> Cow<'_, str> {
    let Some(first) = text.find(is_special) else {
        return Cow::Borrowed(text);
    };
    let mut escaped = String::with_capacity(text.len() + 16);
    let (plain, rest) = text.split_at(first);
    escaped.push_str(plain);
    for character in rest.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            _ => escaped.push(character),
        }
    }
    Cow::Owned(escaped)
}

fn is_special(character: char) -> bool {
    matches!(character, '&' | '<' | '>' | '"' | '\'')
}
