//! The answer to a method that a page lacks.

use wsgi_application::{Result, StartResponse, Status};
use wsgi_environ::is_standard_method;

/// Refuses a method of a page that has GET and HEAD alone (RFC 9110 section 9.1).
pub(crate) fn refuse(method: &[u8], start_response: &mut StartResponse<'_>) -> Result {
    let status = match is_standard_method(method) {
        true => Status::METHOD_NOT_ALLOWED,
        false => Status::NOT_IMPLEMENTED,
    };
    let text = format!("{status}\n");
    let headers = [
        ("Content-Type", "text/plain"),
        ("Cache-Control", "no-store"),
        ("Allow", "GET, HEAD"),
    ];
    start_response.start(status, headers)?;
    Ok(text.into())
}
