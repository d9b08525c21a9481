//! The framing: declared and known lengths, statuses without a body.

use std::io::Write;

use wsgi_application::{Application, Body, Status, application};

use crate::memory::Request;

/// An application with this status and these fields, whose body is `body`.
fn answer(
    status: Status,
    fields: &'static [(&'static str, &'static str)],
    body: fn() -> Body,
) -> impl Application {
    application(move |_, start_response| {
        start_response.start(status.clone(), fields)?;
        Ok(body())
    })
}

#[track_caller]
fn check(name: &str, request: Request, application: impl Application, transcript: &str) {
    request.run(application).is(name, transcript).has_log("");
}

fn text() -> Body {
    "text".into()
}

fn chunks() -> Body {
    Body::chunks(["te", "xt"])
}

#[test]
fn an_unknown_length_is_chunked_or_ends_with_the_connection() {
    check(
        "HTTP/1.1",
        Request::get(),
        answer(Status::OK, &[], chunks),
        "200 OK (chunked), \"te\", flush, \"xt\", flush, complete",
    );
    check(
        "HTTP/1.0",
        Request::http10(),
        answer(Status::OK, &[], chunks),
        "200 OK (close), \"te\", flush, \"xt\", flush, complete",
    );
    check(
        "HTTP/1.0 with a known length",
        Request::http10(),
        answer(Status::OK, &[], text),
        "200 OK +length 4 (4), rest \"text\", complete",
    );
    check(
        "declared",
        Request::http10(),
        answer(Status::OK, &[("Content-Length", "4")], chunks),
        "200 OK (4), \"te\", flush, \"xt\", flush, complete",
    );
}

#[test]
fn responses_to_head_and_some_statuses_have_no_body() {
    const LENGTH: &[(&str, &str)] = &[("Content-Length", "4")];
    type Row = (
        &'static str,
        fn() -> Request,
        Status,
        bool,
        fn() -> Body,
        &'static str,
    );
    let rows: [Row; 10] = [
        (
            "HEAD, known",
            Request::head,
            Status::OK,
            false,
            text,
            "200 OK +length 4 (none)",
        ),
        (
            "HEAD, unknown",
            Request::head,
            Status::OK,
            false,
            chunks,
            "200 OK (none), flush",
        ),
        (
            "HEAD, declared",
            Request::head,
            Status::OK,
            true,
            Body::empty,
            "200 OK (none)",
        ),
        (
            "204",
            Request::get,
            Status::NO_CONTENT,
            false,
            text,
            "204 No Content (none)",
        ),
        (
            "204, declared",
            Request::get,
            Status::NO_CONTENT,
            true,
            chunks,
            "204 No Content (none), flush",
        ),
        (
            "205",
            Request::get,
            Status::RESET_CONTENT,
            false,
            text,
            "205 Reset Content +length 0 (none)",
        ),
        (
            "205, declared",
            Request::get,
            Status::RESET_CONTENT,
            true,
            text,
            "205 Reset Content +length 0 (none)",
        ),
        (
            "304",
            Request::get,
            Status::NOT_MODIFIED,
            false,
            text,
            "304 Not Modified (none)",
        ),
        (
            "304, declared",
            Request::get,
            Status::NOT_MODIFIED,
            true,
            Body::empty,
            "304 Not Modified (none)",
        ),
        (
            "304, declared, chunks",
            Request::get,
            Status::NOT_MODIFIED,
            true,
            chunks,
            "304 Not Modified (none), flush",
        ),
    ];
    for (name, request, status, declared, body, transcript) in rows {
        let fields: &'static [_] = if declared { LENGTH } else { &[] };
        let kept = declared && !matches!(status.code(), 204 | 205);
        let response = request().run(answer(status, fields, body));
        let response = response
            .is(name, &format!("{transcript}, complete"))
            .has_log("");
        assert_eq!(
            response.fields.contains("Content-Length: 4"),
            kept,
            "{name}"
        );
        assert_eq!(response.body, b"", "{name}");
    }
}

#[test]
fn a_response_to_head_stops_a_stream_early() {
    let endless = application(|_, start_response| {
        start_response.start(Status::OK, ())?;
        Ok(Body::chunks(std::iter::repeat("for ever")))
    });
    check(
        "an endless body",
        Request::head(),
        endless,
        "200 OK (none), flush, complete",
    );
    let written = application(|_, start_response| {
        let mut body = start_response.start(Status::OK, ())?;
        for _ in 0..100 {
            body.write_all(&[b'x'; 1024])?;
        }
        Ok(Body::empty())
    });
    check(
        "written past the limit",
        Request::head(),
        written,
        "200 OK (none), complete",
    );
}

#[test]
fn bytes_beyond_the_declared_length_are_cut_and_logged() {
    const TWO: &[(&str, &str)] = &[("Content-Length", "2")];
    let cut = "GET \"/\": bytes beyond the Content-Length were cut\n";
    let written = application(|_, start_response| {
        let mut body = start_response.start(Status::OK, TWO)?;
        write!(body, "abc")?;
        body.flush()?;
        write!(body, "def")?;
        Ok("ghi".into())
    });
    let rows: [(&str, Box<dyn Application>, &str); 6] = [
        (
            "bytes",
            Box::new(answer(Status::OK, TWO, text)),
            "rest \"te\"",
        ),
        (
            "owned bytes",
            Box::new(answer(Status::OK, TWO, || "text".to_owned().into())),
            "rest \"te\"",
        ),
        (
            "chunks",
            Box::new(answer(Status::OK, TWO, || {
                Body::chunks(["t", "ext", "more"])
            })),
            "\"t\", flush, \"e\", flush",
        ),
        (
            "endless chunks",
            Box::new(answer(Status::OK, TWO, || {
                Body::chunks(std::iter::repeat("text"))
            })),
            "\"te\", flush",
        ),
        ("written", Box::new(written), "\"ab\", flush"),
        (
            "none allowed",
            Box::new(answer(Status::OK, &[("Content-Length", "0")], text)),
            "",
        ),
    ];
    for (name, application, sent) in rows {
        let length = if sent.is_empty() { 0 } else { 2 };
        let sent = if sent.is_empty() {
            String::new()
        } else {
            format!(", {sent}")
        };
        let transcript = format!("200 OK ({length}){sent}, complete");
        Request::get()
            .run(application)
            .is(name, &transcript)
            .has_log(cut);
    }
}

#[test]
fn a_body_below_the_declared_length_is_incomplete_and_logged() {
    const NINE: &[(&str, &str)] = &[("Content-Length", "9")];
    type Row = (&'static str, fn() -> Body, &'static str, u64);
    let rows: [Row; 3] = [
        ("bytes", text, ", rest \"text\"", 5),
        ("chunks", chunks, ", \"te\", flush, \"xt\", flush", 5),
        ("nothing", Body::empty, "", 9),
    ];
    for (name, body, sent, missing) in rows {
        Request::get()
            .run(answer(Status::OK, NINE, body))
            .is(name, &format!("200 OK (9){sent}, failed"))
            .has_log(&format!(
                "GET \"/\": the body is {missing} bytes short of its Content-Length\n"
            ));
    }
}

#[test]
fn fields_that_would_break_the_framing_are_refused() {
    const PAGE: &str = "500 Internal Server Error +length 26 (26), rest \"500 Internal Server Error\\n\", complete";
    let hop = |name| {
        format!("GET \"/\": `{name}` is a hop-by-hop field, which only the server may send\n")
    };
    let length = "GET \"/\": `Content-Length` is repeated or not a number\n".to_owned();
    type Row = (
        &'static str,
        &'static [(&'static str, &'static str)],
        String,
    );
    let rows: [Row; 5] = [
        ("Connection", &[("connection", "close")], hop("connection")),
        (
            "Transfer-Encoding",
            &[("Transfer-Encoding", "chunked")],
            hop("Transfer-Encoding"),
        ),
        ("Upgrade", &[("Upgrade", "websocket")], hop("Upgrade")),
        (
            "not a number",
            &[("Content-Length", "four")],
            length.clone(),
        ),
        (
            "twice",
            &[("Content-Length", "4"), ("Content-Length", "4")],
            length,
        ),
    ];
    for (name, fields, log) in rows {
        Request::get()
            .run(answer(Status::OK, fields, text))
            .is(name, PAGE)
            .has_log(&log);
        Request::get()
            .run(answer(Status::OK, fields, chunks))
            .is(name, PAGE)
            .has_log(&log);
    }
    assert!(Status::new(100, "Continue").is_err());
    assert!(Status::new(101, "Switching Protocols").is_err());
}
