//! Every entry about a request begins with its id, and no byte of a client begins one.
#![cfg(feature = "sessions")]

mod down;

use std::{
    fs::{self, File},
    io::{self, Write},
    sync::Arc,
};

use wsgi_application::{
    Application, Body, Environ, ErrorPage, Result, StartResponse, Status, application,
};
use wsgi_environ::Errors;
use wsgi_file_wrapper::FileWrapper;
use wsgi_handlers::{Handler, SimpleHandler};
use wsgi_middleware::{AcmeChallenges, RequestId, SessionMiddleware, log_failure, not_found};
use wsgi_sessions::{Session, Sessions};
use wsgi_testing::Request;
use wsgi_validate::{Reaction, validator};

use self::down::Down;

const ID: &str = "7f-3";

/// A path, as a client encodes it, that tries to begin entries. Decoded, it has each kind of line
/// end, and an escape sequence of terminals.
const PATH: &str = "/%0A[7f-3]%20forged%0D[7f-3]%1B%5B2J%C2%85%E2%80%A8%E2%80%A9%00x";

/// The same for texts that an application makes of what it got.
const FORGED: &str = "\n[7f-3] forged\r[7f-3] \u{1b}[2J\u{85}\u{2028}\u{2029}\0x";

/// Checks what was written about one request.
#[track_caller]
fn check_log(log: &str, message: &str) {
    assert!(log.contains(message), "{log}");
    assert!(log.ends_with('\n'), "{log}");
    for line in log.split_terminator('\n') {
        // The line of an entry, or one of its causes and its backtrace.
        let (start, _) = (format!("[{ID}] GET \""), line);
        assert!(line.starts_with(&start) || line.starts_with("  "), "{log}");
        assert!(!line.starts_with("[7f-3] forged"), "{log}");
        let is_raw = |c: char| c.is_control() && c != '\t' || matches!(c, '\u{2028}' | '\u{2029}');
        assert!(!line.contains(is_raw), "{line:?}");
    }
}

/// Checks what the application and the test client's gateway write.
#[track_caller]
fn check_at(path: &str, application: impl Application, message: &str) {
    let app = RequestId::new(application).trust_header(true);
    let request = Request::get(path).header("X-Request-ID", ID);
    check_log(request.call(&app).errors(), message);
}

#[track_caller]
fn check(application: impl Application, message: &str) {
    check_at(PATH, application, message);
}

fn started(start_response: &mut StartResponse<'_>, length: &str) -> Result<()> {
    let headers = [("Content-Type", "text/plain"), ("Content-Length", length)];
    start_response.start(Status::OK, headers).map(drop)
}

#[test]
fn failures_of_applications() {
    check(application(|_, _| Err(FORGED.into())), "forged");
    check(application(|_, _| panic!("{FORGED}")), "panicked: ");
    check(
        application(|environ, start_response| {
            environ.on_finished(|_, _| panic!("{FORGED}"));
            started(start_response, "5")?;
            Ok("hello".into())
        }),
        "a hook panicked: ",
    );
    check(
        application(|_, start_response| {
            started(start_response, "5")?;
            let chunks = [Ok("hello"), Err(io::Error::other(FORGED))];
            Ok(Body::chunks(chunks))
        }),
        "forged",
    );
    check(
        application(|environ, _| {
            let page = application(|_, _| Err(FORGED.into()));
            environ.insert_extension(ErrorPage::new(page));
            Err("out of tea".into())
        }),
        "the error page failed: ",
    );
}

#[test]
fn bodies_of_another_length_and_those_that_cannot_be_closed() {
    check(
        application(|_, start_response| {
            started(start_response, "3")?;
            Ok(Body::chunks(["hel", "lo"].map(Ok::<_, io::Error>)))
        }),
        "bytes beyond the Content-Length were cut",
    );
    check(
        application(|_, start_response| {
            started(start_response, "9")?;
            Ok(Body::chunks(["hello"].map(Ok::<_, io::Error>)))
        }),
        "4 bytes short of its Content-Length",
    );

    struct Stuck(u8);
    impl Iterator for Stuck {
        type Item = io::Result<&'static str>;
        fn next(&mut self) -> Option<Self::Item> {
            self.0 = self.0.checked_sub(1)?;
            Some(Ok("hello"))
        }
    }
    impl Drop for Stuck {
        fn drop(&mut self) {
            panic!("{FORGED}");
        }
    }
    check(
        application(|_, start_response| {
            started(start_response, "5")?;
            Ok(Body::chunks(Stuck(1)))
        }),
        "closing the body panicked: ",
    );
}

#[test]
fn failures_that_middleware_answers() {
    check(
        application(|environ, start_response| {
            log_failure(environ, &FORGED.into());
            not_found(environ, start_response)
        }),
        "forged",
    );
    let visits = application(|environ: &mut Environ, start_response| {
        let session = environ.extension::<Session>().expect("a session");
        session.update("visits", |n: Option<u64>| n.unwrap_or(0) + 1)?;
        started(start_response, "5")?;
        Ok("hello".into())
    });
    let sessions = Sessions::new(Arc::new(Down(FORGED)));
    check(
        SessionMiddleware::new(visits, sessions),
        "the session could not be read or saved",
    );

    let webroot = tempfile::tempdir().unwrap();
    let folder = webroot.path().join(".well-known/acme-challenge/token");
    fs::create_dir_all(folder).unwrap();
    check_at(
        "/.well-known/acme-challenge/token",
        AcmeChallenges::new(not_found).webroot(webroot.path()),
        "it is not a regular file",
    );
}

#[test]
fn findings_of_the_validator() {
    let careless = application(|_, start_response| {
        start_response.start(Status::OK, [("X_Y", "1")])?;
        Ok("of what type?".into())
    });
    check(validator(careless).reaction(Reaction::Log), "CONTENT_TYPE");
    let careless = application(|_, start_response| {
        start_response.start(Status::OK, ())?;
        Ok("of what type?".into())
    });
    check(validator(careless), "CONTENT_TYPE");
}

/// Checks what a handler writes that sends the response to this output.
#[track_caller]
fn check_handled(
    output: impl Write + Send + 'static,
    application: impl Application,
    message: &str,
) {
    let (errors, log) = Errors::buffer();
    let path = percent_decoded(PATH);
    let variables: [(&str, &[u8]); 3] = [
        ("REQUEST_METHOD", b"GET"),
        ("PATH_INFO", &path),
        ("HTTP_X_REQUEST_ID", ID.as_bytes()),
    ];
    let app = RequestId::new(application).trust_header(true);
    SimpleHandler::new(io::empty(), output, errors, variables).run(&app);
    check_log(&log.to_string(), message);
}

fn percent_decoded(path: &str) -> Vec<u8> {
    let mut parts = path.split('%');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        bytes.push(u8::from_str_radix(&part[..2], 16).unwrap());
        bytes.extend_from_slice(&part.as_bytes()[2..]);
    }
    bytes
}

#[test]
fn failures_of_outputs_and_files() {
    struct Full;
    impl Write for Full {
        fn write(&mut self, _bytes: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let hello = application(|_, start_response| {
        started(start_response, "5")?;
        Ok("hello".into())
    });
    check_handled(Full, hello, "the response cannot be written: ");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    fs::write(&path, "hello").unwrap();
    check_handled(
        Vec::new(),
        application(move |_, start_response| {
            started(start_response, "5")?;
            // It cannot be read.
            let file = File::options().write(true).open(&path)?;
            Ok(FileWrapper::from_file(file).into())
        }),
        "the file cannot be sent: ",
    );
}
