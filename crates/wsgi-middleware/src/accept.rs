//! Choosing a media type by the client's preference.

use wsgi_environ::Environ;
use wsgi_headers::{Accept, list_members};

use crate::json::is_json;

/// The number of JSON types in a field that count. It bounds the work.
const MAX_OWN_TYPES: usize = 8;

/// Whether to report errors to the client in JSON. That is so if its `Accept` field likes JSON
/// better than HTML, and no less than plain text (RFC 9110 section 12.5.1). A client that likes
/// JSON and HTML equally gets JSON if it has sent JSON itself. Browsers prefer HTML.
///
/// A type in the field with the suffix `+json`, such as `application/vnd.api+json`, is JSON, too.
/// The first eight of them count.
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
/// environ.set("HTTP_ACCEPT", "application/vnd.api+json");
/// assert!(prefers_json(&environ));
/// environ.set("HTTP_ACCEPT", "*/*");
/// assert!(!prefers_json(&environ));
/// environ.set("CONTENT_TYPE", "application/json");
/// assert!(prefers_json(&environ));
/// ```
#[must_use]
pub fn prefers_json(environ: &Environ) -> bool {
    const JSON: [&str; 2] = ["application/json", "application/problem+json"];
    let field = environ.get("HTTP_ACCEPT");
    let accept = field.map_or_else(Accept::default, Accept::new);
    let members = field
        .into_iter()
        .flat_map(|field| list_members(field.as_bytes()));
    let own_types = members.filter_map(json_type).take(MAX_OWN_TYPES);
    let sent_json = environ.content_type().is_some_and(is_json);
    // Of types that are liked equally, the first is preferred.
    let before_json = (!sent_json).then_some("text/html");
    let offered = before_json
        .into_iter()
        .chain(JSON)
        .chain(own_types)
        .chain(["text/html", "text/plain"]);
    let preferred = accept.preferred(offered);
    preferred.is_some_and(|media_type| is_json(media_type.into()))
}

/// The media type of a member of `Accept`, if it is JSON.
fn json_type(member: &[u8]) -> Option<&str> {
    let end = member.iter().position(|&byte| byte == b';');
    let media_type = member[..end.unwrap_or(member.len())].trim_ascii_end();
    let media_type = str::from_utf8(media_type).ok()?;
    is_json(media_type.into()).then_some(media_type)
}

#[cfg(test)]
mod tests {
    use wsgi_environ::Environ;

    use super::prefers_json;

    #[track_caller]
    fn check(accept: &str, sent: &str, expected: bool) {
        let mut environ = Environ::new();
        environ.set("HTTP_ACCEPT", accept);
        environ.set("CONTENT_TYPE", sent);
        assert_eq!(prefers_json(&environ), expected, "{accept:?} for {sent:?}");
    }

    #[test]
    fn a_type_with_the_suffix_of_json_is_json() {
        check("application/vnd.api+json", "", true);
        check("Application/HAL+JSON ; profile=\"a,b\"", "", true);
        check("application/ld+json, text/html;q=0.9", "", true);
        check("text/plain;q=0.5, application/a+json;q=0.6", "", true);
        check("application/ld+json;q=0.9, text/html", "", false);
        check("application/ld+json;q=0", "", false);
        check("application/ld+jsonx, application/json-seq", "", false);
        check("text/html, application/ld+json", "", false);
        check(
            "text/html, application/ld+json",
            "application/ld+json",
            true,
        );
    }

    #[test]
    fn types_that_are_liked_equally_have_an_order() {
        check("text/html, application/json", "", false);
        check("text/html, application/json", "application/json", true);
        check("text/html", "application/json", false);
        check("text/plain, application/json", "", true);
        check("text/plain, application/json;q=0.9", "", false);
        check("text/plain, */*;q=0.1", "application/json", false);
    }

    #[test]
    fn only_the_first_types_of_a_long_field_are_considered() {
        let long = "a/b+json;q=0.1, ".repeat(super::MAX_OWN_TYPES);
        check(&format!("{long} a/c+json, text/html;q=0.5"), "", false);
        check(&format!("a/c+json, {long} text/html;q=0.5"), "", true);
    }
}
