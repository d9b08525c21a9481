//! Requests of an SCGI front server.

use wsgi_scgi::encode;

/// A request's head with these headers, after CONTENT_LENGTH and SCGI.
pub(crate) fn head(content_length: usize, headers: &[(&str, &str)]) -> Vec<u8> {
    let mut out = Vec::new();
    encode::request_head(&mut out, content_length as u64, headers.iter().copied());
    out
}

/// A whole GET request.
pub(crate) fn get(path: &str) -> Vec<u8> {
    head(0, &[("REQUEST_METHOD", "GET"), ("PATH_INFO", path)])
}
