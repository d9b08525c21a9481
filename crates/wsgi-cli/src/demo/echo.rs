//! `/echo`: sends a request's body back.

use std::io::Read;

use wsgi::{
    Environ, Result, StartResponse, Status, adaptor::escape, environ::request_uri,
    forms::Urlencoded,
};

use super::page::{Kind, Shown};

/// The limit of the text that a person types, in bytes. Other bodies have none.
const MAX_TYPED: u64 = 64 * 1024;

const FORM: &str = "<form action=\"echo\" method=\"post\">\n\
    <label for=\"text\">Some text to send</label>\n\
    <textarea id=\"text\" name=\"text\" rows=\"3\"></textarea>\n\
    <button>Send</button>\n</form>\n";

/// Sends the request's body back as it arrives, with its `Content-Type`. The whole body is never in
/// memory.
pub(super) fn echo(environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
    let is_get = matches!(environ.request_method().as_bytes(), b"GET" | b"HEAD");
    if is_get && environ.input().remaining() == Some(0) {
        return hint(environ, start_response);
    }
    let is_form = environ
        .content_type()
        .is_some_and(|value| value == FORM_TYPE);
    if is_form && Kind::preferred(environ) == Kind::Html {
        return typed(environ, start_response);
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

const FORM_TYPE: &str = "application/x-www-form-urlencoded";

/// Shows what a person typed, and the form again.
fn typed(environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
    let mut body = Vec::new();
    let input = environ.take_input();
    input.take(MAX_TYPED + 1).read_to_end(&mut body)?;
    if body.len() as u64 > MAX_TYPED {
        let shown = Shown {
            title: "413 Content Too Large",
            html: &format!("<p>A text that is typed here has at most 64 KiB.</p>\n{FORM}"),
            text: "413 Content Too Large: a text that is typed here has at most 64 KiB\n",
        };
        return shown.send(Status::CONTENT_TOO_LARGE, environ, start_response);
    }
    let mut fields = Urlencoded::parse(&body);
    let text = fields.find(|(name, _)| name == "text");
    let text = text.map(|(_, text)| text.into_owned()).unwrap_or_default();
    let shown = Shown {
        title: "What came back",
        html: &format!("<pre>\n{}</pre>\n{FORM}", escape(&text)),
        text: &text,
    };
    shown.send(Status::OK, environ, start_response)
}

/// Instructions, in place of an empty body.
fn hint(environ: &Environ, start_response: &mut StartResponse<'_>) -> Result {
    let uri = request_uri(environ, false)?;
    let command = format!("curl -T FILE {uri}");
    let shown = Shown {
        title: "What you send comes back",
        html: &format!(
            "<p>While you are still sending it, and however large it is:</p>\n\
            <pre><code>{}</code></pre>\n{FORM}",
            escape(&command)
        ),
        text: &format!("Send a body, and it comes back:\n\n    {command}\n"),
    };
    shown.send(Status::OK, environ, start_response)
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
    fn a_person_gets_what_was_typed_and_a_program_the_body() {
        let text = "a=b & <b>\r\nzwei";
        let body = "text=a%3Db+%26+%3Cb%3E%0D%0Azwei";
        let post = |accept| {
            let request = Request::post("/echo")
                .header("Content-Type", "application/x-www-form-urlencoded")
                .header("Accept", accept);
            request.body(body).call(&in_memory())
        };
        let page = post("text/html,*/*;q=0.8");
        let typed = format!("<pre>\n{}</pre>", wsgi::adaptor::escape(text));
        assert!(page.text().contains(&typed), "{}", page.text());
        assert_eq!(post("*/*").text(), body);
    }

    #[test]
    fn a_text_that_is_too_long_is_refused() {
        let post = |length: usize| {
            let body = format!("text={}", "a".repeat(length - 5));
            let request = Request::post("/echo")
                .header("Content-Type", "application/x-www-form-urlencoded")
                .header("Accept", "text/html");
            let response = request.body(body).call(&in_memory());
            (response.status().code(), response.text().to_owned())
        };
        assert_eq!(post(64 * 1024).0, 200);
        let (code, page) = post(64 * 1024 + 1);
        assert_eq!(code, 413);
        assert!(page.contains("64 KiB"), "{page}");
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
