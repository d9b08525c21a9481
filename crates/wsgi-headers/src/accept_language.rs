//! The languages that a client prefers (RFC 9110, section 12.5.4).

use std::cmp::{Ordering, Reverse};

use crate::{
    value::Value,
    weight::{Preference, best, preferences},
};

/// The languages that a client prefers, as its field `Accept-Language` says (RFC 9110, section
/// 12.5.4).
///
/// The default is that of a request without the field: every language is acceptable. Reading never
/// fails and copies nothing. A malformed member of the list is ignored.
///
/// A language matches if it begins with what the client asks for, as `en-GB` does with `en` (RFC
/// 4647, section 3.3.1), or is the beginning of it, as `de` is of `de-CH` (section 3.4). Of several
/// members that match, the one with the most in common counts. Case makes no difference, and an
/// underscore is a hyphen: catalogues of messages are often named like `pt_BR`.
///
/// ```
/// use wsgi_headers::AcceptLanguage;
///
/// let offered = ["en", "de", "pt-BR"];
/// let preferred = |field: &'static str| AcceptLanguage::new(field).preferred(offered);
///
/// assert_eq!(preferred("de-CH, de;q=0.9, en;q=0.8"), Some("de"));
/// assert_eq!(preferred("de-CH"), Some("de"));
/// assert_eq!(preferred("pt"), Some("pt-BR"));
/// assert_eq!(preferred("fr, de;q=0.7, en;q=0.3"), Some("de"));
/// assert_eq!(AcceptLanguage::default().preferred(offered), Some("en"));
///
/// // A page in a language that was not asked for is better than none.
/// assert_eq!(preferred("fr").unwrap_or("en"), "en");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AcceptLanguage<'a>(Value<'a>);

impl Default for AcceptLanguage<'_> {
    fn default() -> Self {
        Self(Value::new(b"*"))
    }
}

impl<'a> AcceptLanguage<'a> {
    /// Reads the value of a field. If the field came several times, join the values by commas.
    #[must_use]
    pub fn new(value: impl Into<Value<'a>>) -> Self {
        Self(value.into())
    }

    /// The language with the greatest weight among those that are offered, which are tags such as
    /// `en` and `zh-Hant-TW` (RFC 5646). Of equal ones, it is the one that the client lists first,
    /// and then the first that is offered. Returns `None` if none is acceptable.
    ///
    /// A response that depends on it needs `Vary: Accept-Language`.
    ///
    /// ```
    /// use wsgi_headers::AcceptLanguage;
    ///
    /// let accept = AcceptLanguage::new("fr, en");
    /// assert_eq!(accept.preferred(["en", "fr"]), Some("fr"));
    /// assert_eq!(accept.preferred(["it", "en-US", "en-GB"]), Some("en-US"));
    /// assert_eq!(accept.preferred(["it"]), None);
    /// ```
    #[must_use]
    pub fn preferred<'o>(self, offered: impl IntoIterator<Item = &'o str>) -> Option<&'o str> {
        best(offered, |language| {
            let wish = self.wish(language.as_bytes());
            (wish.weight > 0).then_some(wish)
        })
    }

    /// The wish of the closest member that matches a language; of equally close ones, the one with
    /// the greatest weight, and then the first.
    fn wish(self, language: &[u8]) -> Wish {
        let mut found = Wish::default();
        for (place, Preference { name, weight, .. }) in preferences(self.0.as_bytes()).enumerate() {
            let Some(closeness) = Closeness::of(name, language) else {
                continue;
            };
            // A refused variant says nothing about the language as a whole.
            if closeness.kind == Kind::Variant && weight == 0 {
                continue;
            }
            if (closeness, weight) > (found.closeness, found.weight) {
                found = Wish {
                    weight,
                    is_named: name != b"*",
                    place: Reverse(place),
                    closeness,
                };
            }
        }
        found
    }
}

/// The wish for one language. A greater one is preferred.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Wish {
    /// In thousandths.
    weight: u16,
    is_named: bool,
    place: Reverse<usize>,
    closeness: Closeness,
}

/// The closeness of a member of the list to a language. A greater one is closer.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Closeness {
    /// The length of the common beginning in bytes.
    shared: usize,
    kind: Kind,
}

/// The relation of a member of the list to a language.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    /// Another language.
    #[default]
    Other,
    /// More languages, as `en` is more than `en-GB`.
    Group,
    /// A part of the language, as `de-CH` is of `de`.
    Variant,
    /// The language itself.
    Same,
}

impl Closeness {
    /// Compares a member with a language. Returns `None` if it does not match.
    fn of(member: &[u8], language: &[u8]) -> Option<Self> {
        if member == b"*" {
            let (shared, kind) = (0, Kind::Group);
            return Some(Self { shared, kind });
        }
        let shared = member.len().min(language.len());
        let mut pairs = member.iter().zip(language);
        let begins_alike = pairs.all(|(&one, &other)| plain(one) == plain(other));
        let ends = |rest: &[u8]| rest.first().is_none_or(|&next| plain(next) == b'-');
        let kind = match member.len().cmp(&language.len()) {
            _ if shared == 0 || !begins_alike => return None,
            _ if !ends(&member[shared..]) || !ends(&language[shared..]) => return None,
            Ordering::Less => Kind::Group,
            Ordering::Greater => Kind::Variant,
            Ordering::Equal => Kind::Same,
        };
        Some(Self { shared, kind })
    }
}

/// The byte of a tag in lower case, with a hyphen for an underscore.
fn plain(byte: u8) -> u8 {
    match byte {
        b'_' => b'-',
        _ => byte.to_ascii_lowercase(),
    }
}
