//! The answer of a pool that was shut down.

use http::{HeaderValue, Response, StatusCode, header};

/// The answer if no thread can serve a request (RFC 9110 section 15.6.4).
pub(crate) fn unavailable() -> Response<String> {
    let mut response = Response::new("503 Service Unavailable\n".to_owned());
    *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    headers.insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
    response
}
