//! The responses to HEAD, which have the fields of those to GET.

use std::io::Write;

use wsgi_application::{Body, Environ, FileWrapper, Status, application};
use wsgi_compression::Compression;
use wsgi_testing::{Request, Response};

use crate::{
    decoding::CODINGS,
    heads::{TYPE, field, get, text},
};

#[test]
fn head_has_the_head_of_get_without_the_length() {
    let bodies: [fn() -> Body; 4] = [
        || text().into(),
        || Body::chunks([text()]),
        || FileWrapper::new(std::io::Cursor::new(text())).into(),
        || "short".into(),
    ];
    for accept in ["identity", CODINGS[0]] {
        for (number, body) in bodies.into_iter().enumerate() {
            let app = application(move |_environ, start_response| {
                start_response.start(Status::OK, [TYPE, ("ETag", "\"v1\"")])?;
                Ok(body())
            });
            let app = Compression::new(app);
            let get = get(accept).call(&app);
            let head = Request::head("/")
                .header("Accept-Encoding", accept)
                .call(&app);
            let others = |response: &Response| {
                let mut headers = response.headers().clone();
                headers.remove("Content-Length");
                headers
            };
            assert_eq!(others(&head), others(&get), "body {number} for {accept}");
            assert_eq!(head.body(), b"");
            assert!(head.is_complete());
            let is_coded = get.headers().contains("Content-Encoding");
            assert_eq!(
                is_coded,
                accept != "identity" && number < 3,
                "body {number}"
            );
            let length = head.framing().content_length;
            match is_coded {
                true => assert_eq!(length, None, "body {number} for {accept}"),
                false => assert_eq!(length, get.framing().content_length, "body {number}"),
            }
        }
    }
}

#[test]
fn head_for_what_an_application_writes_has_no_length_either() {
    for (length, is_flushed) in [(4_000, true), (70_000, false), (200_000, true)] {
        let app = application(move |_environ, start_response| {
            let mut body = start_response.start(Status::OK, [TYPE])?;
            body.write_all(&vec![b'a'; length])?;
            if is_flushed {
                body.flush()?;
            }
            Ok("the end".into())
        });
        let request = Request::head("/").header("Accept-Encoding", CODINGS[0]);
        let response = request.call(&Compression::new(app));
        let coding = field(&response, "Content-Encoding");
        assert_eq!(coding.as_deref(), Some(CODINGS[0]), "{length}");
        assert_eq!(field(&response, "Content-Length"), None, "{length}");
        assert!(response.is_complete() && response.body().is_empty());
    }
}

/// Without bytes, nothing is known of the body that GET would get (RFC 9110, section 8.6).
#[test]
fn head_without_the_body_of_get_has_no_length() {
    let app = application(|environ: &mut Environ, start_response| {
        start_response.start(Status::OK, [TYPE])?;
        Ok(match environ.request_method() == "HEAD" {
            true => Body::empty(),
            false => text().into(),
        })
    });
    let app = Compression::new(app);
    for accept in ["identity", CODINGS[0]] {
        let request = Request::head("/").header("Accept-Encoding", accept);
        let response = request.call(&app);
        assert_eq!(field(&response, "Content-Length"), None, "{accept}");
        assert_eq!(response.framing().content_length, None, "{accept}");
        let coding = get(accept).call(&app);
        let coding = field(&coding, "Content-Encoding");
        assert_eq!(field(&response, "Content-Encoding"), coding, "{accept}");
    }
}

#[test]
fn head_with_a_declared_length_and_no_body_has_the_coding_of_get() {
    let app = application(|_environ, start_response| {
        start_response.start(Status::OK, [TYPE, ("Content-Length", "4000")])?;
        Ok(Body::empty())
    });
    let request = Request::head("/").header("Accept-Encoding", CODINGS[0]);
    let response = request.call(&Compression::new(app));
    assert_eq!(
        field(&response, "Content-Encoding").as_deref(),
        Some(CODINGS[0])
    );
    assert_eq!(response.framing().content_length, None);
    assert_eq!(field(&response, "Content-Length"), None);
}

/// A front server sends the file without a coding.
#[test]
fn a_file_that_a_front_server_sends_has_no_coding() {
    for name in ["X-Accel-Redirect", "X-Sendfile"] {
        let app = application(move |_environ, start_response| {
            start_response.start(Status::OK, [TYPE, ("ETag", "\"v1\""), (name, "/a")])?;
            Ok(Body::empty())
        });
        let app = Compression::new(app);
        for request in [Request::get("/"), Request::head("/")] {
            let request = request.header("Accept-Encoding", CODINGS[0]);
            let response = request.call(&app);
            assert_eq!(field(&response, "Content-Encoding"), None, "{name}");
            assert_eq!(field(&response, "ETag").as_deref(), Some("\"v1\""));
        }
    }
}
