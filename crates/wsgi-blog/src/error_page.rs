//! The pages of errors.

use wsgi::{HttpError, Request, Response, adaptor::escape};

use crate::{blog::Site, document::passing};

/// The statuses that have a page. Programs that ask for JSON get JSON instead.
pub(crate) const STATUSES: [u16; 14] = [
    400, 403, 404, 405, 406, 408, 411, 412, 413, 415, 422, 500, 503, 507,
];

/// The page of an error.
pub(crate) fn error_page(site: &Site, request: &Request<'_>, error: &HttpError) -> Response {
    let text = match (error.text(), error.status().code()) {
        ("", 404) => "There is no such page.",
        ("", 405) => "The page does not accept this method.",
        ("", 415) => "A search is text/plain in UTF-8.",
        ("", _) => "Something went wrong. The log has the details.",
        (text, _) => text,
    };
    let content = format!(
        "<p>{}</p>\n<p><a href=\"{}\">To all entries</a></p>\n",
        escape(text),
        escape(&request.link("/"))
    );
    let page = passing(site, request, &error.status().to_string(), &content);
    match error.status().code() {
        503 => page.with_header("Retry-After", "1"),
        _ => page,
    }
}
