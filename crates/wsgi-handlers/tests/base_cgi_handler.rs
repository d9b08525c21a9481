//! CGI over streams: the bytes read and written, and when.

use std::{
    io::{self, BufRead, Read, Write},
    sync::{Arc, Mutex},
};

use wsgi_application::{Application, Body, Environ, Result, StartResponse, Status, application};
use wsgi_environ::{Errors, InputError};
use wsgi_handlers::{BaseCgiHandler, Handler};

fn echo(environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
    start_response.start(Status::OK, ())?;
    let mut body = Vec::new();
    environ.input().read_to_end(&mut body)?;
    Ok(body.into())
}

#[track_caller]
fn run(variables: &[(&str, &str)], body: &'static [u8], application: &dyn Application) -> String {
    let variables = variables.iter().copied();
    let mut handler = BaseCgiHandler::new(body, Vec::new(), Errors::discard(), variables);
    handler.run(application);
    String::from_utf8(handler.into_output()).unwrap()
}

#[track_caller]
fn check_echo(variables: &[(&str, &str)], body: &'static [u8], expected: &str) {
    let mut all = vec![("REQUEST_METHOD", "POST")];
    all.extend_from_slice(variables);
    let length = expected.len();
    assert_eq!(
        run(&all, body, &echo),
        format!("Status: 200 OK\r\nContent-Length: {length}\r\n\r\n{expected}")
    );
}

#[test]
fn a_body_has_its_declared_length() {
    check_echo(&[("CONTENT_LENGTH", "4")], b"four and more", "four");
    check_echo(&[("CONTENT_LENGTH", "0")], b"more", "");
    check_echo(&[("CONTENT_LENGTH", "")], b"more", "");
    check_echo(&[], b"more", "");
}

#[test]
fn a_body_that_was_chunked_ends_with_the_stream() {
    let chunked = ("HTTP_TRANSFER_ENCODING", "chunked");
    check_echo(&[chunked], b"all", "all");
    check_echo(&[chunked, ("CONTENT_LENGTH", "2")], b"all", "al");
    check_echo(&[("HTTP_TRANSFER_ENCODING", "")], b"all", "");
}

#[test]
fn a_body_that_ends_before_its_length_is_the_clients_fault() {
    let variables = [("REQUEST_METHOD", "POST"), ("CONTENT_LENGTH", "5")];
    let text = "400 Bad Request\n";
    assert_eq!(
        run(&variables, b"four", &echo),
        format!(
            "Status: 400 Bad Request\r\nContent-Length: 16\r\nContent-Type: text/plain\r\n\r\n{text}"
        )
    );
    let patient = application(|environ, start_response| {
        start_response.start(Status::OK, ())?;
        let mut body = String::new();
        let error = environ.input().read_to_string(&mut body).unwrap_err();
        assert_eq!(InputError::of(&error), Some(&InputError::Truncated));
        Ok(body.into())
    });
    assert!(run(&variables, b"four", &patient).ends_with("\r\n\r\nfour"));
}

/// A reader that counts the bytes taken from it.
struct Counted(Arc<Mutex<usize>>);

impl Read for Counted {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        buf.fill(b'x');
        *self.0.lock().unwrap() += buf.len();
        Ok(buf.len())
    }
}

#[test]
fn nothing_beyond_the_body_is_taken_from_the_stream() {
    for length in [0, 1, 8191, 8192, 8193, 100_000] {
        let taken = Arc::new(Mutex::new(0));
        let variables = [
            ("REQUEST_METHOD", "PUT".to_owned()),
            ("CONTENT_LENGTH", length.to_string()),
        ];
        let input = Counted(taken.clone());
        let mut handler = BaseCgiHandler::new(input, Vec::new(), Errors::discard(), variables);
        assert!(handler.run(&echo).is_complete());
        assert_eq!(*taken.lock().unwrap(), length);
    }
}

/// An output that keeps the bytes of each flush separate.
#[derive(Default)]
struct Flushes(Vec<String>, String);

impl Write for Flushes {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.1.push_str(&String::from_utf8_lossy(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let flushed = std::mem::take(&mut self.1);
        if !flushed.is_empty() {
            self.0.push(flushed);
        }
        Ok(())
    }
}

#[track_caller]
fn check_flushes(application: &dyn Application, expected: &[&str]) {
    let variables = [("REQUEST_METHOD", "PUT"), ("CONTENT_LENGTH", "20000")];
    let mut output = Flushes::default();
    let body = io::repeat(b'x');
    let mut handler = BaseCgiHandler::new(body, &mut output, Errors::discard(), variables);
    assert!(handler.run(application).is_complete());
    assert_eq!(output.0, expected);
    assert_eq!(output.1, "", "all is flushed in the end");
}

#[test]
fn a_response_is_flushed_at_chunks_and_at_the_end() {
    check_flushes(
        &application(|_, start_response| {
            start_response.start(Status::OK, ())?;
            Ok("whole".into())
        }),
        &["Status: 200 OK\r\nContent-Length: 5\r\n\r\nwhole"],
    );
    check_flushes(
        &application(|_, start_response| {
            start_response.start(Status::OK, ())?;
            Ok(Body::chunks(["one", "", "two"]))
        }),
        &["Status: 200 OK\r\n\r\none", "two"],
    );
    check_flushes(
        &application(|_, start_response| {
            let mut writer = start_response.start(Status::OK, ())?;
            write!(writer, "one")?;
            writer.flush()?;
            Ok("two".into())
        }),
        &["Status: 200 OK\r\n\r\none", "two"],
    );
}

#[test]
fn a_large_body_is_streamed_through() {
    let read = Arc::new(Mutex::new(0));
    let counting = read.clone();
    let app = application(move |environ, start_response| {
        start_response.start(Status::OK, ())?;
        let (mut input, counting) = (environ.take_input(), counting.clone());
        Ok(Body::chunks(std::iter::from_fn(move || {
            let block = input.fill_buf().ok()?.to_vec();
            input.consume(block.len());
            *counting.lock().unwrap() += block.len();
            (!block.is_empty()).then_some(block)
        })))
    });
    /// Fails if the input is more than a block ahead of the output.
    struct Abreast(Arc<Mutex<usize>>, usize);
    impl Write for Abreast {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.1 += bytes.len();
            assert!(*self.0.lock().unwrap() <= self.1);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let length = 10_000_000;
    let variables = [
        ("REQUEST_METHOD", "PUT".to_owned()),
        ("CONTENT_LENGTH", length.to_string()),
    ];
    let output = Abreast(read.clone(), 0);
    let mut handler = BaseCgiHandler::new(io::repeat(b'x'), output, Errors::discard(), variables);
    assert!(handler.run(&app).is_complete());
    assert_eq!(*read.lock().unwrap(), length);
}

#[test]
fn no_field_splits_a_response() {
    let app = application(|_, start_response| {
        start_response.start(Status::OK, [("X", "a\r\nSet-Cookie: b")])?;
        Ok(Body::empty())
    });
    let response = run(&[("REQUEST_METHOD", "GET")], b"", &app);
    assert!(response.starts_with("Status: 500 Internal Server Error\r\n"));
    assert!(!response.contains("Set-Cookie"));
}

#[test]
fn a_status_field_of_the_application_is_left_out() {
    let app = application(|_, start_response| {
        start_response.start(Status::new(201, "Made")?, [("Status", "500 No")])?;
        Ok(Body::empty())
    });
    assert_eq!(
        run(&[("REQUEST_METHOD", "GET")], b"", &app),
        "Status: 201 Made\r\nContent-Length: 0\r\n\r\n"
    );
}

#[test]
fn a_proxy_field_configures_nothing() {
    let app = application(|environ, start_response| {
        start_response.start(Status::OK, ())?;
        let has = environ.contains("HTTP_PROXY");
        let lists = environ.iter().any(|(name, _)| name == "HTTP_PROXY");
        Ok(format!(
            "{has} {lists} {}",
            environ.get("HTTP_PROXY_ID").unwrap_or_default()
        )
        .into())
    });
    let variables = [
        ("REQUEST_METHOD", "GET"),
        ("HTTP_PROXY", "http://evil.example"),
        ("HTTP_PROXY_ID", "7"),
    ];
    assert!(run(&variables, b"", &app).ends_with("\r\n\r\nfalse false 7"));
}

#[test]
fn the_scheme_is_guessed_from_https() {
    let app = application(|environ, start_response| {
        start_response.start(Status::OK, ())?;
        Ok(environ.url_scheme().to_owned().into())
    });
    for (https, scheme) in [("on", "https"), ("1", "https"), ("off", "http")] {
        let response = run(&[("REQUEST_METHOD", "GET"), ("HTTPS", https)], b"", &app);
        assert!(response.ends_with(&format!("\r\n\r\n{scheme}")), "{https}");
    }
}

/// Panics when it is dropped, with another such value.
struct Bomb(u8);

impl Drop for Bomb {
    fn drop(&mut self) {
        if self.0 > 0 {
            std::panic::panic_any(Bomb(self.0 - 1));
        }
    }
}

#[test]
fn values_of_an_application_may_panic_when_they_are_dropped() {
    let app = application(|environ, start_response| {
        environ.insert_extension(Bomb(2));
        environ.insert_extension((Bomb(2), "another"));
        start_response.start(Status::OK, ())?;
        Ok("answered".into())
    });
    let response = run(&[("REQUEST_METHOD", "GET")], b"", &app);
    assert!(response.ends_with("\r\n\r\nanswered"), "{response}");
}
