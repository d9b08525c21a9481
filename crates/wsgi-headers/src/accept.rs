//! The media types that a client prefers (RFC 9110, section 12.5.1).

use crate::{
    octets::is_token,
    value::Value,
    weight::{Preference, best, parameters, preferences, split_name},
};

/// The media types that a client prefers, as its field `Accept` says (RFC 9110, section 12.5.1).
///
/// The default is that of a request without the field: every type is acceptable. The standard does
/// not say what an empty field means; here it means the same, as does one that has no well-formed
/// member. Reading never fails and copies nothing. A malformed member of the list is ignored, such
/// as `html` without a slash.
///
/// A range with parameters, such as `text/html;level=1`, matches the types that have them, but not
/// `text/html;level=2`. Clients often add `charset=utf-8` needlessly. So if no other range matches
/// an offered type, the range also matches it without the parameters, or with another charset. A
/// lone `*`, which older versions of Java send, means `*/*`.
///
/// ```
/// use wsgi_headers::Accept;
///
/// let offered = ["text/html", "application/json"];
/// let preferred = |field: &'static str| Accept::new(field).preferred(offered);
///
/// assert_eq!(preferred("application/json, text/plain, */*"), Some("application/json"));
/// assert_eq!(preferred("text/html,application/xml;q=0.9,*/*;q=0.8"), Some("text/html"));
/// assert_eq!(preferred("image/webp"), None);
/// assert_eq!(Accept::default().preferred(offered), Some("text/html"));
/// assert_eq!(preferred(""), Some("text/html"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accept<'a>(Value<'a>);

impl Default for Accept<'_> {
    fn default() -> Self {
        Self(Value::new(b"*/*"))
    }
}

impl<'a> Accept<'a> {
    /// Reads the value of a field. If the field came several times, join the values by commas.
    #[must_use]
    pub fn new(value: impl Into<Value<'a>>) -> Self {
        Self(value.into())
    }

    /// The media type with the greatest weight among those that are offered; of equal ones, the one
    /// that the client names most closely, and then the first. Returns `None` if none is
    /// acceptable.
    ///
    /// ```
    /// use wsgi_headers::Accept;
    ///
    /// let accept = Accept::new("text/*;q=0.5, text/html;q=0");
    /// assert_eq!(accept.preferred(["text/html", "text/plain"]), Some("text/plain"));
    /// ```
    #[must_use]
    pub fn preferred<'o>(self, offered: impl IntoIterator<Item = &'o str>) -> Option<&'o str> {
        let is_empty = self.ranges().next().is_none();
        let accept = if is_empty { Self::default() } else { self };
        best(offered, |media_type| {
            let wish = accept.wish(media_type);
            (wish.weight > 0).then_some(wish)
        })
    }

    /// The well-formed members of the list.
    fn ranges(&self) -> impl Iterator<Item = Preference<'_>> {
        preferences(self.0.as_bytes()).filter(|range| is_range(range.name))
    }

    /// The wish of the closest range that matches a media type; of equal ones, the first.
    fn wish(self, media_type: &str) -> Wish {
        let (name, own) = split_name(media_type.as_bytes());
        let kind = name.split(|&byte| byte == b'/').next().unwrap_or_default();
        let mut found = Wish::default();
        for range in self.ranges() {
            let closeness = match range.name {
                _ if range.name.eq_ignore_ascii_case(name) => closeness(&range, own),
                b"*/*" | b"*" => 2,
                [prefix @ .., b'/', b'*'] if prefix.eq_ignore_ascii_case(kind) => 3,
                _ => continue,
            };
            if closeness > found.closeness {
                found = Wish {
                    weight: range.weight,
                    closeness,
                };
            }
        }
        found
    }
}

/// Whether a name is that of a type and a subtype, each of which may be `*`, or the `*` of Java.
fn is_range(name: &[u8]) -> bool {
    match name.iter().position(|&byte| byte == b'/') {
        Some(slash) => is_token(&name[..slash]) && is_token(&name[slash + 1..]),
        None => name == b"*",
    }
}

/// The closeness of a range to a type of the same name, which has the parameters `own`.
fn closeness(range: &Preference<'_>, own: &[u8]) -> usize {
    let (mut closeness, mut lacks_some) = (4, false);
    for (name, wanted) in range.parameters().map(split_parameter) {
        let mut values = parameters(own)
            .map(split_parameter)
            .filter(|(own, _)| own.eq_ignore_ascii_case(name))
            .map(|(_, value)| value);
        match values.next() {
            Some(value) if value.eq_ignore_ascii_case(wanted) => closeness += 1,
            Some(_) if !name.eq_ignore_ascii_case(b"charset") => return 0,
            _ => lacks_some = true,
        }
    }
    if lacks_some { 1 } else { closeness }
}

/// The name and the value of a parameter, without quotes.
fn split_parameter(parameter: &[u8]) -> (&[u8], &[u8]) {
    let equals = parameter.iter().position(|&byte| byte == b'=');
    let (name, value) = parameter.split_at(equals.unwrap_or(parameter.len()));
    (name, unquoted(value))
}

/// A value after its equals sign, without quotes.
fn unquoted(value: &[u8]) -> &[u8] {
    match value {
        [b'=', b'"', inside @ .., b'"'] | [b'=', inside @ ..] => inside,
        _ => value,
    }
}

/// The wish for one media type. A greater one is preferred.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Wish {
    /// In thousandths.
    weight: u16,
    /// 4 and more for the type itself with as many of its parameters, 3 for `type/*`, 2 for `*/*`,
    /// 1 for the type without some of its parameters, and 0 if nothing matches.
    closeness: usize,
}
