//! HTTP responses over streams.

mod outcomes;

use std::io::{self, Read};

use wsgi_application::{Application, Body, Environ, Result, StartResponse, Status, application};
use wsgi_environ::{Base, Errors};
use wsgi_gateway::Engine;
use wsgi_handlers::{Handler, HttpVersion, SimpleHandler};

const GET: [(&str, &str); 2] = [("REQUEST_METHOD", "GET"), ("PATH_INFO", "/x")];

fn hello(_environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
    start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
    Ok("Hello world!\n".into())
}

fn handler(variables: &[(&str, &str)]) -> SimpleHandler<Vec<u8>> {
    SimpleHandler::new(
        io::empty(),
        Vec::new(),
        Errors::discard(),
        variables.iter().copied(),
    )
}

/// The response, with its date replaced.
#[track_caller]
fn response(mut handler: SimpleHandler<Vec<u8>>, application: &dyn Application) -> String {
    handler.run(application);
    let text = String::from_utf8(handler.into_output()).unwrap();
    let lines = text.split_inclusive("\r\n");
    let lines = lines.map(|line| match line.strip_prefix("Date: ") {
        Some(date) => {
            assert!(httpdate::parse_http_date(date.trim_end()).is_ok(), "{date}");
            "Date: now\r\n"
        }
        None => line,
    });
    lines.collect()
}

#[test]
fn an_origin_server_sends_a_status_line_and_a_date() {
    assert_eq!(
        response(handler(&GET), &hello),
        "HTTP/1.0 200 OK\r\nDate: now\r\nContent-Length: 13\r\nContent-Type: text/plain\r\n\r\nHello world!\n"
    );
}

#[test]
fn it_names_its_software_and_version() {
    let named = handler(&GET)
        .with_server_software("test/1")
        .with_http_version(HttpVersion::Http11);
    assert_eq!(
        response(named, &hello),
        "HTTP/1.1 200 OK\r\nDate: now\r\nServer: test/1\r\nContent-Length: 13\r\n\
         Connection: close\r\nContent-Type: text/plain\r\n\r\nHello world!\n"
    );
    let software = application(|environ, start_response| {
        start_response.start(Status::OK, [("Server", "own"), ("X", "y")])?;
        Ok(environ
            .get("SERVER_SOFTWARE")
            .unwrap_or_default()
            .to_string()
            .into())
    });
    assert_eq!(
        response(handler(&GET).with_server_software("test/1"), &software),
        "HTTP/1.0 200 OK\r\nDate: now\r\nContent-Length: 6\r\nServer: own\r\nX: y\r\n\r\ntest/1"
    );
}

#[test]
fn software_cannot_split_a_response() {
    let response = response(handler(&GET).with_server_software("a\r\nX: y"), &hello);
    assert!(!response.contains("X: y"), "{response}");
}

#[test]
fn a_response_to_http_0_9_has_no_head() {
    let mut old = GET.to_vec();
    old.push(("SERVER_PROTOCOL", "http/0.9"));
    assert_eq!(response(handler(&old), &hello), "Hello world!\n");
}

#[test]
fn a_response_to_head_has_no_body() {
    let head = [("REQUEST_METHOD", "HEAD")];
    let response = response(handler(&head), &hello);
    assert!(response.ends_with("Content-Length: 13\r\nContent-Type: text/plain\r\n\r\n"));
}

#[test]
fn a_response_to_head_that_leaves_the_body_out_claims_no_length() {
    let app = application(|_, start_response| {
        start_response.start(Status::OK, ())?;
        Ok(Body::empty())
    });
    let response = response(handler(&[("REQUEST_METHOD", "HEAD")]), &app);
    assert!(!response.contains("Content-Length"), "{response}");
}

#[test]
fn the_application_finds_streams_and_flags() {
    let app = application(|environ, start_response| {
        start_response.start(Status::OK, ())?;
        environ.errors().print("noted");
        let mut input = String::new();
        environ.input().read_to_string(&mut input)?;
        Ok(format!(
            "{input} {} {} {} {}",
            environ.multithread(),
            environ.multiprocess(),
            environ.run_once(),
            environ.get("X").unwrap_or_default()
        )
        .into())
    });
    let variables = [("REQUEST_METHOD", "PUT"), ("CONTENT_LENGTH", "4")];
    for (base, expected) in [
        (None, "four true false false "),
        (
            Some(Base::new().run_once(true).variable("X", "base")),
            "four false false true base",
        ),
    ] {
        let (errors, log) = Errors::buffer();
        let mut handler = SimpleHandler::new(&b"four and"[..], Vec::new(), errors, variables);
        if let Some(base) = base {
            handler = handler.with_base(base);
        }
        assert!(handler.run(&app).is_complete());
        assert!(handler.into_output().ends_with(expected.as_bytes()));
        assert_eq!(log.to_string(), "noted\n");
    }
}

#[test]
fn a_reason_is_sent_in_latin1() {
    let app = application(|_environ, start_response| {
        start_response.start(Status::new(203, "Gr\u{fc}n")?, ())?;
        Ok("text".into())
    });
    let mut handler = handler(&GET);
    assert!(handler.run(&app).is_complete());
    let line = b"HTTP/1.0 203 Gr\xfcn\r\n";
    assert!(handler.into_output().starts_with(line));
}

#[test]
fn a_second_run_has_no_body_left() {
    let echo = application(
        |environ, start_response| match start_response.start(Status::OK, ()) {
            Ok(_) => Ok(environ.take_input().into()),
            Err(error) => Err(error),
        },
    );
    let variables = [("REQUEST_METHOD", "PUT"), ("CONTENT_LENGTH", "1")];
    let mut handler = SimpleHandler::new(&b"ab"[..], Vec::new(), Errors::discard(), variables);
    handler.run(&echo);
    handler.run(&echo);
    let output = String::from_utf8(handler.into_output()).unwrap();
    assert_eq!(output.matches("HTTP/1.0 200 OK").count(), 2);
    assert!(output.contains("\r\n\r\naHTTP/"), "{output}");
    assert!(output.ends_with("\r\n\r\n"), "{output}");
}

#[test]
fn variables_that_are_not_a_request_are_logged_and_answered() {
    let rows = [
        (
            [("PATH_INFO", "/"), ("X", "y")],
            "500 Internal Server Error",
            "there is no REQUEST_METHOD\n",
        ),
        (
            [("REQUEST_METHOD", "GET /"), ("X", "y")],
            "400 Bad Request",
            "REQUEST_METHOD is not a token\n",
        ),
        (
            [("REQUEST_METHOD", "PUT"), ("CONTENT_LENGTH", "x")],
            "400 Bad Request",
            "CONTENT_LENGTH is not a number\n",
        ),
    ];
    for (variables, status, logged) in rows {
        let (errors, log) = Errors::buffer();
        let mut handler = SimpleHandler::new(io::empty(), Vec::new(), errors, variables);
        let outcome = handler.run(&application(|_, _| panic!("it was called")));
        assert!(outcome.is_complete(), "{status}");
        let output = String::from_utf8(handler.into_output()).unwrap();
        assert!(output.starts_with(&format!("HTTP/1.0 {status}\r\n")));
        assert!(output.ends_with(&format!("\r\n\r\n{status}\n")));
        assert_eq!(log.to_string(), logged);
    }
}

#[test]
fn the_answer_to_a_refused_head_request_has_no_body() {
    let variables = [
        ("REQUEST_METHOD", "HEAD"),
        ("CONTENT_LENGTH", "18446744073709551616"),
    ];
    let (errors, log) = Errors::buffer();
    let mut handler = SimpleHandler::new(io::empty(), Vec::new(), errors, variables);
    handler.run(&application(|_, _| panic!("it was called")));
    let output = String::from_utf8(handler.into_output()).unwrap();
    assert!(
        output.starts_with("HTTP/1.0 413 Content Too Large\r\n"),
        "{output}"
    );
    assert!(output.ends_with("\r\n\r\n"), "{output}");
    assert!(
        log.to_string().ends_with("CONTENT_LENGTH is too large\n"),
        "{log}"
    );
}

#[test]
fn an_application_that_fails_is_logged_and_answered_by_the_engine() {
    let (errors, log) = Errors::buffer();
    let page = application(|_environ, start_response| {
        start_response.start(Status::SERVICE_UNAVAILABLE, [("Retry-After", "9")])?;
        Ok("later".into())
    });
    let engine = Engine::new()
        .max_backtrace_lines(Some(0))
        .error_output(page);
    let mut handler = SimpleHandler::new(io::empty(), Vec::new(), errors, GET).with_engine(engine);
    let outcome = handler.run(&application(|_, _| Err("broken".into())));
    assert!(outcome.is_complete());
    let output = String::from_utf8(handler.into_output()).unwrap();
    assert!(output.starts_with("HTTP/1.0 503 Service Unavailable\r\n"));
    assert!(output.ends_with("\r\nRetry-After: 9\r\n\r\nlater"));
    assert_eq!(log.to_string(), "GET \"/x\": broken\n");
}
