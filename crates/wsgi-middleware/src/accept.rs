//! Choosing a media type by the client's preference.

use wsgi_environ::Environ;
use wsgi_headers::Accept;

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
    let accept = environ
        .get("HTTP_ACCEPT")
        .map_or_else(Accept::default, Accept::new);
    let sent_json = environ.content_type().is_some_and(is_json);
    let offered = match sent_json {
        true => [JSON[0], JSON[1], html, text],
        false => [html, JSON[0], JSON[1], text],
    };
    let preferred = accept.preferred(offered);
    preferred.is_some_and(|media_type| JSON.contains(&media_type))
}
