//! The parser of `Cookie` fields.

use std::{borrow::Cow, fmt, iter::FusedIterator, slice, str};

use percent_encoding::percent_decode_str;
use wsgi_headers::Value;

use crate::octets::is_control;

/// The cookies of a request in the order in which they came, including duplicates (RFC 6265bis,
/// section 5.8.3).
///
/// Parsing is lazy and copies nothing. A pair is skipped if it has no `=`, has no name, contains a
/// control character other than a tab, or is not UTF-8. A semicolon always ends a pair, even inside
/// quotes, since quotes have no meaning for browsers. At most [`Cookies::MAX_COUNT`] pairs in the
/// first [`Cookies::MAX_LENGTH`] bytes are read. A pair that this length would cut is skipped.
///
/// ```
/// use wsgi_cookies::Cookies;
///
/// let cookies = Cookies::parse(r#"id=7f3a; junk; theme="dark"; id=old"#);
/// assert_eq!(cookies.get("id"), Some("7f3a"));
/// assert_eq!(cookies.get("theme"), Some("dark"));
/// assert!(cookies.get_all("id").eq(["7f3a", "old"]));
/// assert_eq!(cookies.iter().count(), 3);
/// ```
#[derive(Clone, Default)]
pub struct Cookies<'h> {
    first: &'h [u8],
    /// The fields after the first. Only HTTP/2 brings several, so this rarely allocates.
    more: Vec<&'h [u8]>,
}

impl<'h> Cookies<'h> {
    /// The maximum number of pairs, about three times the number that browsers keep for a site.
    pub const MAX_COUNT: usize = 512;
    /// The maximum number of bytes that are parsed, over all fields.
    pub const MAX_LENGTH: usize = 65_536;

    /// Parses one `Cookie` field. If there may be several, as with HTTP/2, collect their values.
    ///
    /// ```
    /// use wsgi_cookies::Cookies;
    ///
    /// let cookies: Cookies = ["a=1; b=2", "c=3"].into_iter().collect();
    /// assert!(cookies.iter().eq([("a", "1"), ("b", "2"), ("c", "3")]));
    /// ```
    pub fn parse(field: &'h (impl AsRef<[u8]> + ?Sized)) -> Self {
        Self {
            first: field.as_ref(),
            more: Vec::new(),
        }
    }

    /// The first value with this name. A pair of quotes around the value is removed if the value
    /// contains no other quote. Names are case-sensitive. Browsers send the cookie with the longest
    /// path first.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&'h str> {
        self.get_all(name).next()
    }

    /// All values with this name, in order.
    pub fn get_all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'h str> + 'a {
        let is_named = move |(found, value)| (found == name).then_some(value);
        self.iter().filter_map(is_named)
    }

    /// The first value with this name, percent-decoded. It is the reverse of `SetCookie::encoded`.
    /// Invalid escapes stay as they are, and U+FFFD replaces bytes that are not UTF-8.
    ///
    /// ```
    /// use wsgi_cookies::Cookies;
    ///
    /// let cookies = Cookies::parse("name=Zo%C3%AB; rate=5%");
    /// assert_eq!(cookies.get_decoded("name").unwrap(), "Zoë");
    /// assert_eq!(cookies.get_decoded("rate").unwrap(), "5%");
    /// ```
    #[must_use]
    pub fn get_decoded(&self, name: &str) -> Option<Cow<'h, str>> {
        let value = self.get(name)?;
        Some(percent_decode_str(value).decode_utf8_lossy())
    }

    /// All pairs of a name and a value, in order.
    #[must_use]
    pub fn iter(&self) -> Iter<'_, 'h> {
        Iter {
            field: Some(self.first),
            more: self.more.iter(),
            count: Self::MAX_COUNT,
            reach: Self::MAX_LENGTH + 1,
        }
    }
}

/// Collects the values of all `Cookie` fields: those of `Headers::get_all` of `wsgi-headers` or of
/// `http::HeaderMap::get_all`, or any text and bytes.
///
/// ```
/// use wsgi_cookies::Cookies;
/// use wsgi_headers::Headers;
///
/// let headers = Headers::from_fields([("Cookie", "a=1"), ("cookie", "b=2")])?;
/// let cookies: Cookies = headers.get_all("Cookie").collect();
/// assert!(cookies.iter().eq([("a", "1"), ("b", "2")]));
/// # Ok::<(), wsgi_headers::InvalidHeader>(())
/// ```
impl<'h, F: Into<Value<'h>>> FromIterator<F> for Cookies<'h> {
    fn from_iter<I: IntoIterator<Item = F>>(fields: I) -> Self {
        let mut fields = fields.into_iter().map(|field| field.into().as_bytes());
        Self {
            first: fields.next().unwrap_or_default(),
            more: fields.collect(),
        }
    }
}

impl<'a, 'h> IntoIterator for &'a Cookies<'h> {
    type Item = (&'h str, &'h str);
    type IntoIter = Iter<'a, 'h>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// Shows only the names, since values are often secrets.
impl fmt::Debug for Cookies<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set()
            .entries(self.iter().map(|(name, _)| name))
            .finish()
    }
}

/// An iterator over the pairs of a name and a value in [`Cookies`].
///
/// ```
/// use wsgi_cookies::Cookies;
///
/// let cookies = Cookies::parse("theme=dark; lang=de");
/// let mut pairs = cookies.iter();
/// assert_eq!(pairs.next(), Some(("theme", "dark")));
/// assert_eq!(pairs.next(), Some(("lang", "de")));
/// assert_eq!(pairs.next(), None);
/// ```
#[derive(Clone)]
pub struct Iter<'a, 'h> {
    /// The rest of the current field.
    field: Option<&'h [u8]>,
    more: slice::Iter<'a, &'h [u8]>,
    /// The number of pairs that the limit still allows.
    count: usize,
    /// The number of bytes that the limit still allows, and one for the end of the last piece.
    reach: usize,
}

impl<'h> Iter<'_, 'h> {
    /// The text up to the next semicolon, or `None` once a limit is reached.
    fn piece(&mut self) -> Option<&'h [u8]> {
        if self.count == 0 {
            return None;
        }
        let field = match self.field.take() {
            Some(field) => field,
            None => self.more.next()?,
        };
        let in_reach = &field[..field.len().min(self.reach)];
        let end = in_reach.iter().position(|&byte| byte == b';');
        self.field = end.map(|end| &field[end + 1..]);
        let piece = &in_reach[..end.unwrap_or(in_reach.len())];
        // Each semicolon and each end of a field counts, so that empty pieces end as well.
        match self.reach.checked_sub(piece.len() + 1) {
            Some(reach) => self.reach = reach,
            None => self.count = 0,
        }
        (self.count > 0).then_some(piece)
    }
}

impl<'h> Iterator for Iter<'_, 'h> {
    type Item = (&'h str, &'h str);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(pair) = pair(self.piece()?) {
                self.count -= 1;
                return Some(pair);
            }
        }
    }
}

impl FusedIterator for Iter<'_, '_> {}

impl fmt::Debug for Iter<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Iter").finish_non_exhaustive()
    }
}

fn pair(piece: &[u8]) -> Option<(&str, &str)> {
    let equals = piece.iter().position(|&byte| byte == b'=')?;
    let name = trimmed(&piece[..equals]);
    if name.is_empty() || piece.iter().copied().any(is_control) {
        return None;
    }
    let value = unquoted(trimmed(&piece[equals + 1..]));
    Some((str::from_utf8(name).ok()?, str::from_utf8(value).ok()?))
}

/// Removes spaces and tabs around a text.
fn trimmed(mut text: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = text {
        text = rest;
    }
    text
}

/// Removes the quotes around a value, unless it contains others: then they may not be a pair.
fn unquoted(value: &[u8]) -> &[u8] {
    match value {
        [b'"', inner @ .., b'"'] if !inner.contains(&b'"') => inner,
        _ => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(fields: &[&str], given: usize, unseen: usize) {
        let cookies: Cookies<'_> = fields.iter().copied().collect();
        let mut iter = cookies.iter();
        assert_eq!(iter.by_ref().count(), given);
        assert!(iter.next().is_none());
        assert_eq!(iter.more.len(), unseen, "fields that were not parsed");
    }

    #[test]
    fn nothing_past_the_limits_is_parsed() {
        let long = "x".repeat(Cookies::MAX_LENGTH - 4);
        check(&[&long, "a=1", "", ""], 1, 1);
        check(&[&long, "a=12", "", ""], 0, 2);
        check(&[&long, ";;;;;;;", "", ""], 0, 2);
        check(&[&long, "", "a=", "b=2"], 1, 0);
        check(&[&long, "", "a=1", "b=2"], 0, 1);

        let many = "a=1;".repeat(Cookies::MAX_COUNT - 1);
        check(&[&many, "b=2", "c=3"], Cookies::MAX_COUNT, 1);
    }
}
