//! Requests of a front server that speaks the uwsgi protocol.

use wsgi_uwsgi::encode;

/// A request's head with these parameters, after CONTENT_LENGTH.
pub(crate) fn head(content_length: usize, params: &[(&str, &str)]) -> Vec<u8> {
    let mut out = Vec::new();
    encode::request_head(&mut out, content_length as u64, params.iter().copied());
    out
}

/// A whole GET request.
pub(crate) fn get(path: &str) -> Vec<u8> {
    head(0, &[("REQUEST_METHOD", "GET"), ("PATH_INFO", path)])
}
