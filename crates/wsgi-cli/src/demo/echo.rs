//! `/echo`: sends a request's body back.

use wsgi::{Environ, Result, StartResponse, Status, environ::request_uri};

/// Sends the request's body back as it arrives, with its `Content-Type`. The whole body is never in
/// memory.
pub(super) fn echo(environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
    let is_get = matches!(environ.request_method().as_bytes(), b"GET" | b"HEAD");
    if is_get && environ.input().remaining() == Some(0) {
        return hint(environ, start_response);
    }
    let content_type = match environ.content_type() {
        Some(value) => value.as_bytes(),
        None => b"application/octet-stream",
    };
    let headers = [
        ("Content-Type", content_type),
        ("X-Content-Type-Options", b"nosniff"), // a browser must not guess another type
        ("Cache-Control", b"no-store"),
    ];
    start_response.start(Status::OK, headers)?;
    Ok(environ.take_input().into())
}

/// Instructions, in place of an empty body.
fn hint(environ: &Environ, start_response: &mut StartResponse<'_>) -> Result {
    let uri = request_uri(environ, false)?;
    let headers = [
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Cache-Control", "no-store"), // shows the Host field
    ];
    start_response.start(Status::OK, headers)?;
    Ok(format!("Send a body, and it comes back:\n\n    curl -T FILE {uri}\n").into())
}

#[cfg(test)]
mod tests {
    use std::io;

    use wsgi::{
        environ::Input,
        testing::{Delimiter, Request},
    };

    use crate::demo::in_memory;

    #[test]
    fn a_body_comes_back_with_its_type_and_length() {
        let response = Request::post("/echo")
            .header("Content-Type", "image/png")
            .body(b"\x89PNG\r\n\x1a\n")
            .call(&in_memory());
        assert_eq!(response.headers().get("Content-Type").unwrap(), "image/png");
        assert_eq!(response.framing().delimiter, Delimiter::Length(8));
        assert_eq!(response.body(), b"\x89PNG\r\n\x1a\n");
    }

    #[test]
    fn a_body_of_unknown_length_comes_back_in_chunks() {
        let input = Input::from_reader(&b"as it comes"[..], None);
        let response = Request::new("PUT", "/echo").input(input).call(&in_memory());
        assert_eq!(response.framing().delimiter, Delimiter::Chunked);
        assert_eq!(response.text(), "as it comes");
    }

    #[test]
    fn an_endless_body_comes_back_until_the_client_goes_away() {
        let input = Input::from_reader(io::repeat(b'x'), None);
        let response = Request::post("/echo")
            .input(input)
            .disconnect_after(1 << 20)
            .call(&in_memory());
        assert_eq!(response.body().len(), 1 << 20);
        assert!(!response.is_complete());
        assert_eq!(response.errors(), "");
    }

    #[test]
    fn an_empty_body_comes_back_empty() {
        let response = Request::post("/echo").body("").call(&in_memory());
        assert_eq!(response.body(), b"");
        let octets = "application/octet-stream";
        assert_eq!(response.headers().get("Content-Type").unwrap(), octets);
    }

    #[test]
    fn a_get_without_a_body_shows_instructions() {
        let response = Request::get("http://demo.example/echo").call(&in_memory());
        assert!(
            response
                .text()
                .contains("curl -T FILE http://demo.example/echo\n")
        );
    }
}
