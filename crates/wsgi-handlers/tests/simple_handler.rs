//! HTTP responses over streams.

use std::{
    io::{self, ErrorKind, Read, Write},
    sync::{Arc, Mutex},
};

use wsgi_application::{
    Application, Body, Environ, Error, FileWrapper, Result, StartResponse, Status, application,
};
use wsgi_environ::{Base, Errors, Input, InvalidVariable, Outcome};
use wsgi_gateway::Engine;
use wsgi_handlers::{BaseCgiHandler, Handler, HttpVersion, SimpleHandler};

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
        assert!(handler.run(&app).complete);
        assert!(handler.into_output().ends_with(expected.as_bytes()));
        assert_eq!(log.to_string(), "noted\n");
    }
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
        assert!(outcome.complete, "{status}");
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
    assert!(outcome.complete);
    let output = String::from_utf8(handler.into_output()).unwrap();
    assert!(output.starts_with("HTTP/1.0 503 Service Unavailable\r\n"));
    assert!(output.ends_with("\r\nRetry-After: 9\r\n\r\nlater"));
    assert_eq!(log.to_string(), "GET \"/x\": broken\n");
}

#[test]
fn hooks_receive_the_outcome_that_run_returns() {
    let received = Arc::new(Mutex::new(None));
    let receiver = received.clone();
    let app = application(move |environ, start_response| {
        let receiver = receiver.clone();
        environ.on_finished(move |_, outcome| *receiver.lock().unwrap() = Some(*outcome));
        hello(environ, start_response)
    });
    let mut handler = handler(&GET);
    let outcome = handler.run(&app);
    assert_eq!(*received.lock().unwrap(), Some(outcome));
    let output = handler.into_output();
    assert_eq!(outcome.bytes_sent, output.len() as u64);
    let body = output.windows(4).position(|end| end == b"\r\n\r\n");
    let body = output.len() - body.expect("a head") - 4;
    assert_eq!(
        (outcome.status, outcome.body_bytes),
        (Some(200), body as u64)
    );
}

#[test]
fn a_response_that_fails_halfway_is_not_complete() {
    let app = application(|_environ, start_response| {
        start_response.start(Status::OK, ())?;
        let chunks: [Result<&str, Error>; 2] = [Ok("half"), Err("broken".into())];
        Ok(Body::chunks(chunks))
    });
    let mut handler = handler(&GET);
    assert!(!handler.run(&app).complete);
    assert!(handler.into_output().ends_with(b"\r\n\r\nhalf"));
}

/// An output that takes a number of bytes, one by one, and then fails.
struct Narrow(usize, Vec<u8>);

impl Write for Narrow {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.1.len() % 3 == 2 {
            self.1.push(0);
            self.0 += 1;
            return Err(ErrorKind::Interrupted.into());
        }
        if self.1.len() >= self.0 {
            return Err(ErrorKind::BrokenPipe.into());
        }
        self.1.extend_from_slice(&bytes[..1]);
        Ok(1)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_client_that_leaves_is_not_a_failure() {
    let rows: [(&str, Box<dyn Application>); 3] = [
        ("bytes", Box::new(hello)),
        (
            "chunks",
            Box::new(application(|_, start_response| {
                start_response.start(Status::OK, ())?;
                Ok(Body::chunks(["a"; 9]))
            })),
        ),
        (
            "written",
            Box::new(application(|_, start_response| {
                let mut writer = start_response.start(Status::OK, ())?;
                writer.write_all(&[b'x'; 100_000])?;
                Ok(Body::empty())
            })),
        ),
    ];
    for (name, application) in rows {
        let (errors, log) = Errors::buffer();
        let narrow = Narrow(10, Vec::new());
        let mut handler = SimpleHandler::new(io::empty(), narrow, errors, GET);
        let outcome = handler.run(&*application);
        assert!(!outcome.complete, "{name}");
        assert_eq!(outcome.bytes_sent, 10, "{name}");
        assert_eq!(log.to_string(), "", "{name}");
    }
}

/// An output that fails at its first byte, or when it is flushed.
struct Full(ErrorKind, bool);

impl Write for Full {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.1 {
            true => Ok(bytes.len()),
            false => Err(self.0.into()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Err(self.0.into())
    }
}

#[test]
fn an_entry_about_the_output_has_the_id_of_the_request() {
    let (errors, log) = Errors::buffer();
    let full = Full(ErrorKind::StorageFull, false);
    let app = application(|environ, start_response| {
        environ.set("UNIQUE_ID", "7f");
        hello(environ, start_response)
    });
    let mut handler = SimpleHandler::new(io::empty(), full, errors, GET);
    assert!(!handler.run(&app).complete);
    let start = "[7f] GET \"/x\": the response cannot be written: ";
    assert!(log.to_string().starts_with(start), "{log}");
}

#[test]
fn an_output_that_fails_is_logged_unless_its_reader_has_left() {
    let rows = [
        (ErrorKind::StorageFull, true),
        (ErrorKind::PermissionDenied, true),
        (ErrorKind::BrokenPipe, false),
        (ErrorKind::ConnectionReset, false),
        (ErrorKind::ConnectionAborted, false),
    ];
    for (kind, is_logged) in rows {
        for at_flush in [false, true] {
            let (errors, log) = Errors::buffer();
            let full = Full(kind, at_flush);
            let mut handler = SimpleHandler::new(io::empty(), full, errors.clone(), GET);
            assert!(!handler.run(&application(hello)).complete, "{kind}");
            let full = Full(kind, at_flush);
            let mut handler = BaseCgiHandler::new(io::empty(), full, errors, GET);
            assert!(!handler.run(&application(hello)).complete, "{kind}");
            let line = format!("GET \"/x\": the response cannot be written: {kind}\n");
            let expected = if is_logged {
                line.repeat(2)
            } else {
                String::new()
            };
            assert_eq!(log.to_string(), expected, "{kind}");
        }
    }
}

/// A handler whose way to send files works, is absent or fails.
struct Sender {
    output: Vec<u8>,
    errors: Errors,
    sends: io::Result<bool>,
    asked: Vec<u64>,
}

impl Handler for Sender {
    fn add_variables(&mut self, environ: &mut Environ) -> Result<(), InvalidVariable> {
        environ.set("REQUEST_METHOD", "GET");
        Ok(())
    }

    fn input(&mut self, _environ: &Environ) -> Input {
        Input::empty()
    }

    fn output(&mut self) -> &mut dyn Write {
        &mut self.output
    }

    fn errors(&mut self) -> Errors {
        self.errors.clone()
    }

    fn origin_server(&self) -> Option<HttpVersion> {
        None
    }

    fn sendfile(&mut self, _file: &mut FileWrapper, length: u64) -> io::Result<bool> {
        assert!(self.output.ends_with(b"\r\n\r\n"), "the head comes first");
        self.asked.push(length);
        std::mem::replace(&mut self.sends, Ok(false))
    }
}

#[track_caller]
fn check_file(sends: io::Result<bool>, body: &str, complete: bool, logged: &str) -> Outcome {
    let app = application(|_environ, start_response| {
        start_response.start(Status::OK, ())?;
        let mut file = tempfile::tempfile()?;
        write!(file, "a file")?;
        Ok(FileWrapper::from_file(file).with_range(2, 4)?.into())
    });
    let (errors, log) = Errors::buffer();
    let mut sender = Sender {
        output: Vec::new(),
        errors,
        sends,
        asked: Vec::new(),
    };
    let outcome = sender.run(&app);
    assert_eq!(sender.asked, [4]);
    assert_eq!(outcome.complete, complete);
    assert_eq!(
        String::from_utf8(sender.output).unwrap(),
        format!("Status: 200 OK\r\nContent-Length: 4\r\n\r\n{body}")
    );
    assert_eq!(log.to_string(), logged);
    outcome
}

#[test]
fn a_file_is_sent_by_the_handler_if_it_has_a_way() {
    let by_hand = check_file(Ok(false), "file", true, "");
    let sent = check_file(Ok(true), "", true, "");
    assert_eq!(sent.bytes_sent, by_hand.bytes_sent);
    check_file(Err(ErrorKind::BrokenPipe.into()), "", false, "");
    let error = io::Error::new(ErrorKind::UnexpectedEof, "too short");
    let logged = "GET \"\": the file cannot be sent: too short\n";
    check_file(Err(error), "", false, logged);
}
