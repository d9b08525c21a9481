//! Choosing a media type by the client's preference.

use wsgi_environ::{Environ, Value};

use crate::json::is_json;

/// Whether to report errors to the client in JSON. That is so if its `Accept` field prefers JSON to
/// HTML and plain text (RFC 9110 section 12.5.1), or likes them equally and the client has sent
/// JSON itself. Browsers prefer HTML.
///
/// ```
/// use wsgi_application::Environ;
/// use wsgi_middleware::prefers_json;
///
/// let mut environ = Environ::new();
/// environ.set("HTTP_ACCEPT", "text/html, application/json;q=0.9");
/// assert!(!prefers_json(&environ));
/// environ.set("HTTP_ACCEPT", "application/json, */*");
/// assert!(prefers_json(&environ));
/// environ.set("HTTP_ACCEPT", "*/*");
/// assert!(!prefers_json(&environ));
/// environ.set("CONTENT_TYPE", "application/json");
/// assert!(prefers_json(&environ));
/// ```
#[must_use]
pub fn prefers_json(environ: &Environ) -> bool {
    const JSON: [&str; 2] = ["application/json", "application/problem+json"];
    let [html, text] = ["text/html", "text/plain"];
    let accept = environ.get("HTTP_ACCEPT").unwrap_or(Value::new(b"*/*"));
    let sent_json = environ.content_type().is_some_and(is_json);
    let offered = match sent_json {
        true => [JSON[0], JSON[1], html, text],
        false => [html, JSON[0], JSON[1], text],
    };
    preferred(accept, &offered).is_some_and(|media_type| JSON.contains(&media_type))
}

/// The preference of an `Accept` field for one media type: the closest matching range, and its
/// weight in thousandths (RFC 9110 section 12.5.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Wish {
    /// 3 for the type itself, 2 for `type/*`, 1 for `*/*`, and 0 if nothing matches.
    closeness: u8,
    weight: u16,
}

/// Returns the offered media type that an `Accept` field prefers: the one with the greatest weight,
/// then the one with the closest match, then the first. Returns `None` if none is acceptable.
pub(crate) fn preferred<'a>(accept: Value<'_>, offered: &[&'a str]) -> Option<&'a str> {
    let mut best = (None, Wish::default());
    for &media_type in offered {
        let wish = wish(accept, media_type);
        if wish.weight > 0 && (wish.weight, wish.closeness) > (best.1.weight, best.1.closeness) {
            best = (Some(media_type), wish);
        }
    }
    best.0
}

fn wish(accept: Value<'_>, media_type: &str) -> Wish {
    let accept = accept.to_str().unwrap_or_default();
    let (kind, _) = media_type.split_once('/').unwrap_or_default();
    let mut found = Wish::default();
    for range in accept.split(',') {
        let mut parts = range.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default();
        let closeness = match name.split_once('/') {
            _ if name.eq_ignore_ascii_case(media_type) => 3,
            Some((range, "*")) if range.eq_ignore_ascii_case(kind) => 2,
            Some(("*", "*")) => 1,
            _ => continue,
        };
        if closeness > found.closeness {
            let weight = parts.find_map(|part| part.strip_prefix(['q', 'Q'])?.strip_prefix('='));
            let weight = weight.map_or(1000, thousandths);
            found = Wish { closeness, weight };
        }
    }
    found
}

/// Parses a weight (RFC 9110 section 12.4.2). A malformed weight is zero.
fn thousandths(weight: &str) -> u16 {
    let weight: f32 = weight.parse().unwrap_or(0.0);
    match (0.0..=1.0).contains(&weight) {
        true => (weight * 1000.0) as u16,
        false => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::preferred;

    #[track_caller]
    fn check(accept: &str, media_type: Option<&str>) {
        let offered = ["text/html", "application/json", "text/plain"];
        assert_eq!(preferred(accept.into(), &offered), media_type, "{accept}");
    }

    #[test]
    fn a_greater_weight_wins_then_a_closer_range_then_the_order() {
        check("application/json", Some("application/json"));
        check("APPLICATION/JSON ; q=0.5", Some("application/json"));
        check(
            "text/plain;q=0.4, application/json;q=0.5",
            Some("application/json"),
        );
        check("text/html, application/json", Some("text/html"));
        check(
            "application/json, text/html;q=0.9",
            Some("application/json"),
        );
        // Values that axios, fetch and browsers send.
        check(
            "application/json, text/plain, */*",
            Some("application/json"),
        );
        check("application/json, */*", Some("application/json"));
        check("*/*", Some("text/html"));
        check(
            "text/html,application/xml;q=0.9,*/*;q=0.8",
            Some("text/html"),
        );
    }

    #[test]
    fn a_refused_type_is_not_preferred() {
        check("text/*;q=0, */*", Some("application/json"));
        check("text/*;q=0.1, text/html;q=0, */*;q=0", Some("text/plain"));
        check("image/png", None);
        check("", None);
        check("application/json;q=nan", None);
        check("application/json;q=7", None);
    }
}
