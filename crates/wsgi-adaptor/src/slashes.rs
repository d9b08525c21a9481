//! Redirects between a path with a slash at its end and one without.

use percent_encoding::{AsciiSet, CONTROLS, percent_encode, utf8_percent_encode};
use wsgi_application::Status;

use crate::{parts::Parts, pattern::NOT_IN_PATHS, request::Request, response::Response};

/// The characters that are escaped in a query: `#` would end it. [`Response::redirect`] escapes the
/// others that it cannot contain.
const NOT_IN_QUERIES: &AsciiSet = &CONTROLS.add(b'#');

impl Parts {
    /// The redirect to the page whose path differs from that of the request only by a slash at its
    /// end, if there is one, and if the adaptor has such redirects.
    ///
    /// A path with the segment `.` or `..` has none: a browser would resolve it, and go elsewhere.
    ///
    /// A mounted adaptor that has one of both paths has the other too, so it hides no page.
    pub(crate) fn redirect_to_page(&self, request: &Request<'_>) -> Option<Response> {
        if !self.redirects_slashes {
            return None;
        }
        let path = counterpart(request.relative_path().to_str().ok()?)?;
        self.routes.pattern_at(&path)?;
        if path.split('/').any(|segment| matches!(segment, "." | "..")) {
            return None;
        }
        let mut target = utf8_percent_encode(&path, NOT_IN_PATHS).to_string();
        let query = request.environ().query_string();
        if !query.is_empty() {
            target.push('?');
            target.extend(percent_encode(query.as_bytes(), NOT_IN_QUERIES));
        }
        let redirect = Response::redirect(&request.link(&target));
        Some(redirect.with_status(Status::PERMANENT_REDIRECT))
    }
}

/// The path with a slash added to its end, or with that slash removed. `None` for the root.
fn counterpart(path: &str) -> Option<String> {
    match path.strip_suffix('/') {
        Some("") => None,
        Some(rest) => Some(rest.to_owned()),
        None => (!path.is_empty()).then(|| format!("{path}/")),
    }
}
