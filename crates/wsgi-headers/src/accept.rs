//! The media types that a client prefers (RFC 9110, section 12.5.1).

use crate::{value::Value, weight::weighted};

/// The media types that a client prefers, as its field `Accept` says (RFC 9110, section 12.5.1).
///
/// The default is that of a request without the field: every type is acceptable. Reading never
/// fails and copies nothing. A malformed member of the list is ignored, and so are parameters other
/// than the weight.
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
        let mut best = (None, Wish::default());
        for media_type in offered {
            let wish = self.wish(media_type);
            if wish.weight > 0 && wish.rank() > best.1.rank() {
                best = (Some(media_type), wish);
            }
        }
        best.0
    }

    /// The closest range that matches a media type; of equal ones, the first.
    fn wish(self, media_type: &str) -> Wish {
        let (kind, _) = media_type.split_once('/').unwrap_or((media_type, ""));
        let mut found = Wish::default();
        for (name, weight) in weighted(self.0.as_bytes()) {
            let closeness = match name {
                _ if name.eq_ignore_ascii_case(media_type.as_bytes()) => 3,
                b"*/*" => 1,
                [range @ .., b'/', b'*'] if range.eq_ignore_ascii_case(kind.as_bytes()) => 2,
                _ => continue,
            };
            if closeness > found.closeness {
                found = Wish { closeness, weight };
            }
        }
        found
    }
}

/// The preference for one media type.
#[derive(Default)]
struct Wish {
    /// 3 for the type itself, 2 for `type/*`, 1 for `*/*`, and 0 if nothing matches.
    closeness: u8,
    /// In thousandths.
    weight: u16,
}

impl Wish {
    fn rank(&self) -> (u16, u8) {
        (self.weight, self.closeness)
    }
}
