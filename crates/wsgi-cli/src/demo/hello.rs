//! `/hello`: the smallest application.

use wsgi::{Environ, Result, StartResponse, Status};

/// PEP 3333's first example.
pub(super) fn hello(_environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
    let headers = [
        ("Content-Type", "text/plain"),
        ("Cache-Control", "max-age=3600"), // the same for everybody
    ];
    start_response.start(Status::OK, headers)?;
    Ok("Hello world!\n".into())
}

#[cfg(test)]
mod tests {
    use wsgi::testing::Request;

    use crate::demo::in_memory;

    #[test]
    fn hello_says_hello_in_plain_text() {
        let response = Request::get("/hello").call(&in_memory());
        assert_eq!(
            response.headers().get("Content-Type").unwrap(),
            "text/plain"
        );
        assert_eq!(response.headers().get("Content-Length").unwrap(), "13");
        assert_eq!(response.text(), "Hello world!\n");
    }

    #[test]
    fn a_head_request_has_the_length_and_no_body() {
        let response = Request::head("/hello").call(&in_memory());
        assert_eq!(response.headers().get("Content-Length").unwrap(), "13");
        assert_eq!(response.body(), b"");
    }
}
