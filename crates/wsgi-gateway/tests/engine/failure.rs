//! Errors and panics of applications, and their answers.

use std::io::{self, Read, Write};

use wsgi_application::{
    Application, Body, Environ, Error, ErrorFields, ErrorPage, Result, StartResponse, Status,
    application,
};
use wsgi_environ::{Input, InputError, InvalidVariable};
use wsgi_gateway::{Failure, Panic, diagnostics};

use crate::memory::Request;

const PAGE: &str =
    "500 Internal Server Error +length 26 (26), rest \"500 Internal Server Error\\n\", complete";

type App = Box<dyn Application>;

fn boxed(
    f: impl Fn(&mut Environ, &mut StartResponse<'_>) -> Result + Send + Sync + 'static,
) -> App {
    Box::new(f)
}

/// An iterator that panics after one good chunk.
fn panicking() -> impl Iterator<Item = &'static str> {
    (0..).map(|n| if n == 0 { "good" } else { panic!("no more") })
}

/// A reader that fails.
struct Broken;

impl Read for Broken {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::Error::other("bad sector"))
    }
}

#[test]
fn a_failure_before_the_head_is_answered_by_the_error_output() {
    let rows: [(&str, App, &str); 8] = [
        (
            "an error at once",
            boxed(|_, _| Err("secret".into())),
            "secret",
        ),
        (
            "a panic at once",
            boxed(|_, _| panic!("secret")),
            "panicked: secret",
        ),
        (
            "an error after the start",
            boxed(|_, start_response| {
                start_response.start(Status::OK, [("X-Secret", "1")])?;
                Err("secret".into())
            }),
            "secret",
        ),
        (
            "an error after gathered bytes",
            boxed(|_, start_response| {
                write!(start_response.start(Status::OK, ())?, "secret")?;
                Err("secret".into())
            }),
            "secret",
        ),
        (
            "an error of the first chunk",
            boxed(|_, start_response| {
                start_response.start(Status::OK, ())?;
                Ok(Body::chunks([Ok(""), Err("secret")]))
            }),
            "secret",
        ),
        (
            "a panic of the first chunk",
            boxed(|_, start_response| {
                start_response.start(Status::OK, ())?;
                Ok(Body::chunks(panicking().skip(1)))
            }),
            "panicked: no more",
        ),
        (
            "a file that cannot be read",
            boxed(|_, start_response| {
                start_response.start(Status::OK, ())?;
                Ok(wsgi_application::FileWrapper::new(Broken).into())
            }),
            "bad sector",
        ),
        (
            "an input that cannot be read",
            boxed(|_, start_response| {
                start_response.start(Status::OK, ())?;
                Ok(Input::from_reader(Broken, None).into())
            }),
            "bad sector",
        ),
    ];
    for (name, application, logged) in rows {
        Request::get()
            .run(application)
            .is(name, PAGE)
            .has_fields("Content-Type: text/plain\n")
            .has_log(&format!("GET \"/\": {logged}\n"));
    }
}

#[test]
fn an_error_page_has_the_fields_that_middleware_adds_to_every_response() {
    type Fails = fn(&mut StartResponse<'_>) -> Result;
    let owing = |fails: Fails| {
        application(move |environ, start_response| {
            let fields = ErrorFields::of(environ);
            fields.extend_from([
                ("X-Request-ID", "7"),
                ("Set-Cookie", "id=7"),
                ("Cache-Control", "no-store"),
                ("Connection", "close"),
                ("content-length", "7"),
            ])?;
            fails(start_response)
        })
    };
    let fails: [(&str, Fails); 3] = [
        ("an error", |_| Err("out of tea".into())),
        ("a panic", |_| panic!("out of tea")),
        ("the first chunk", |start_response| {
            start_response.start(Status::OK, [("Set-Cookie", "replaced")])?;
            Ok(Body::chunks([Err::<&str, _>("out of tea")]))
        }),
    ];
    let owed = "X-Request-ID: 7\nSet-Cookie: id=7\nCache-Control: no-store\n";
    for (name, fails) in fails {
        let plain = format!("Content-Type: text/plain\n{owed}");
        Request::get()
            .run(owing(fails))
            .is(name, PAGE)
            .has_fields(&plain);

        let written = application(|_, start_response| {
            let fields = [
                ("set-cookie", "a=1"),
                ("cache-control", "public"),
                ("x-request-id", "8"),
            ];
            let mut page = start_response.start(Status::OK, fields)?;
            page.write_all(b"sorry")?;
            page.flush()?;
            Ok(Body::empty())
        });
        Request::get()
            .error_output(written)
            .run(owing(fails))
            .has_fields(&format!("set-cookie: a=1\n{owed}"));

        let fails_itself = application(|_, _| Err("out of paper".into()));
        Request::get()
            .error_output(fails_itself)
            .run(owing(fails))
            .is(name, PAGE)
            .has_fields(&plain);
    }
    let works = owing(|start_response| {
        start_response.start(Status::OK, ())?;
        Ok(Body::empty())
    });
    Request::get().run(works).has_fields("");
}

#[test]
fn a_failure_after_the_head_cuts_the_response() {
    let rows: [(&str, App, &str, &str); 4] = [
        (
            "an error after a flush",
            boxed(|_, start_response| {
                let mut body = start_response.start(Status::OK, ())?;
                write!(body, "good")?;
                body.flush()?;
                Err("secret".into())
            }),
            "200 OK (chunked), \"good\", flush, failed",
            "secret",
        ),
        (
            "a panic after a flush",
            boxed(|_, start_response| {
                let mut body = start_response.start(Status::OK, ())?;
                write!(body, "good")?;
                body.flush()?;
                panic!("secret")
            }),
            "200 OK (chunked), \"good\", flush, failed",
            "panicked: secret",
        ),
        (
            "an error of a later chunk",
            boxed(|_, start_response| {
                start_response.start(Status::OK, ())?;
                Ok(Body::chunks([Ok("good"), Err("secret"), Ok("late")]))
            }),
            "200 OK (chunked), \"good\", flush, failed",
            "secret",
        ),
        (
            "a panic of a later chunk, although the length was met",
            boxed(|_, start_response| {
                start_response.start(Status::OK, [("Content-Length", "4")])?;
                Ok(Body::chunks(panicking()))
            }),
            "200 OK (4), \"good\", flush, failed",
            "panicked: no more",
        ),
    ];
    for (name, application, transcript, logged) in rows {
        Request::get()
            .run(application)
            .is(name, transcript)
            .has_log(&format!("GET \"/\": {logged}\n"));
    }
}

#[test]
fn a_request_body_that_cannot_be_read_is_the_clients_fault() {
    let rows = [
        (InputError::Malformed, "400 Bad Request"),
        (InputError::Truncated, "400 Bad Request"),
        (InputError::TimedOut, "408 Request Timeout"),
        (InputError::TooLarge, "413 Content Too Large"),
    ];
    for (error, status) in rows {
        let reading = application(move |_, _| {
            let read: io::Result<()> = Err(error.into());
            read?;
            Ok(Body::empty())
        });
        let length = status.len() + 1;
        Request::get().run(reading).is(
            status,
            &format!("{status} +length {length} ({length}), rest \"{status}\\n\", complete"),
        );
    }
}

#[test]
fn invalid_variables_are_the_fault_of_the_client_or_the_front_server() {
    let rows = [
        (InvalidVariable::RequestUri, "400 Bad Request"),
        (
            InvalidVariable::NoRequestMethod,
            "500 Internal Server Error",
        ),
    ];
    for (error, status) in rows {
        let refusing = application(move |_, _| Err(error.into()));
        let length = status.len() + 1;
        Request::get().run(refusing).is(
            status,
            &format!("{status} +length {length} ({length}), rest \"{status}\\n\", complete"),
        );
    }
}

#[test]
fn invalid_variables_are_found_in_the_errors_of_readers() {
    let fails = boxed(|_, _| {
        let cause = io::Error::other(InvalidVariable::RequestMethod);
        Err(io::Error::other(cause).into())
    });
    let response = Request::get().run(fails);
    assert!(response.transcript.starts_with("400 Bad Request"));
}

#[test]
fn the_error_output_finds_the_failure() {
    fn page(environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
        let failure = environ.extension::<Failure>().ok_or("no failure")?;
        let panicked = failure.error.downcast_ref::<Panic>().is_some();
        let text = format!("{} {panicked} {}", failure.status, failure.error);
        start_response.start(Status::SERVICE_UNAVAILABLE, [("Retry-After", "9")])?;
        Ok(text.into())
    }
    let response = Request::get()
        .error_output(page)
        .run(application(|_, _| Err("broken".into())));
    assert_eq!(response.body, b"500 Internal Server Error false broken");
    assert!(
        response.environ.extension::<Failure>().is_some(),
        "hooks may ask for it"
    );
    let response = response.has_fields("Retry-After: 9\n");
    assert!(response.delivery.is_complete());
    let response = Request::get()
        .error_output(page)
        .run(application(|_, _| panic!("broken")));
    assert_eq!(
        response.body,
        b"500 Internal Server Error true panicked: broken"
    );
}

#[test]
fn an_error_output_that_fails_is_replaced_or_cut() {
    let rows: [(&str, App, &str, &str); 4] = [
        ("an error", boxed(|_, _| Err("worse".into())), PAGE, "worse"),
        (
            "a panic",
            boxed(|_, _| panic!("worse")),
            PAGE,
            "panicked: worse",
        ),
        (
            "an error after the start",
            boxed(|_, start_response| {
                start_response.start(Status::BAD_GATEWAY, [("X-Secret", "1")])?;
                Err("worse".into())
            }),
            PAGE,
            "worse",
        ),
        (
            "an error after a flush",
            boxed(|_, start_response| {
                let mut body = start_response.start(Status::BAD_GATEWAY, ())?;
                write!(body, "sorry")?;
                body.flush()?;
                Err("worse".into())
            }),
            "502 Bad Gateway (chunked), \"sorry\", flush, failed",
            "worse",
        ),
    ];
    for (name, page, transcript, logged) in rows {
        Request::get()
            .error_output(page)
            .run(application(|_, _| Err("broken".into())))
            .is(name, transcript)
            .has_log(&format!(
                "GET \"/\": broken\nGET \"/\": the error output failed: {logged}\n"
            ));
    }
}

#[test]
fn an_error_page_of_the_request_answers_before_the_error_output() {
    /// Inserts an error page, which may fail, and fails with an error or a panic.
    fn failing(page_fails: bool, panics: bool) -> App {
        boxed(move |environ, _| {
            ErrorFields::of(environ).set("X-Request-ID", "7f")?;
            environ.insert_extension(ErrorPage::new(application(
                move |_environ, start_response: &mut StartResponse<'_>| {
                    if page_fails {
                        return Err("no page".into());
                    }
                    start_response.start(Status::INTERNAL_SERVER_ERROR, ())?;
                    Ok("own".into())
                },
            )));
            assert!(!panics, "no more");
            Err("secret".into())
        })
    }
    for panics in [false, true] {
        let response = Request::get().run(failing(false, panics));
        let own = "500 Internal Server Error +length 3 (3), rest \"own\", complete";
        let response = response.is("the page answers", own);
        assert!(response.fields.contains("X-Request-ID: 7f"));
        assert_eq!(response.log.lines().count(), 1, "{}", response.log);
        let response = Request::get()
            .run(failing(true, panics))
            .is("the page fails", PAGE);
        assert!(response.log.contains("the error page failed: no page"));
    }
}

#[test]
fn an_error_output_answers_head_without_a_body() {
    Request::head()
        .run(application(|_, _| Err("broken".into())))
        .is(
            "HEAD",
            "500 Internal Server Error +length 26 (none), complete",
        );
}

#[test]
fn the_client_learns_of_the_error_only_from_diagnostics() {
    let failing = || application(|_, _| Err(io::Error::other("secret").into()));
    let response = Request::get().run(failing());
    assert!(!format!("{}{}", response.transcript, response.fields).contains("secret"));
    assert!(response.log.contains("secret"));

    let response = Request::get().error_output(diagnostics).run(failing());
    let page = String::from_utf8(response.body.clone()).unwrap();
    assert!(
        page.starts_with("500 Internal Server Error\n\nsecret\n"),
        "{page}"
    );
    response.has_fields("Content-Type: text/plain; charset=utf-8\n");
}

#[test]
fn diagnostics_without_a_failure_are_a_plain_page() {
    Request::get().run(diagnostics).is("no failure", PAGE);
}

#[test]
fn a_description_that_panics_is_survived() {
    #[derive(Debug)]
    struct Nasty;
    impl std::fmt::Display for Nasty {
        fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            panic!("gotcha")
        }
    }
    impl std::error::Error for Nasty {}
    let nasty = || application(|_, _| Err(Error::from(Nasty)));
    Request::get()
        .run(nasty())
        .is("logged", PAGE)
        .has_log("GET \"/\": its description panicked: gotcha\n");
    Request::get()
        .error_output(diagnostics)
        .run(nasty())
        .is("shown", PAGE);
}
