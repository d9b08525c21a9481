//! Answers to errors by their types, and faults that have an answer by themselves.

use std::{
    error::Error,
    fmt,
    io::{self, Read},
    time::Instant,
};

use wsgi_adaptor::{Adaptor, HttpError, Request, RequestError, Response, Result};
use wsgi_environ::{DeadlinePassed, Environ, Input, InputError};
use wsgi_forms::FormError;
use wsgi_sessions::{Error as SessionError, MemoryStore, Sessions, StoreError};
use wsgi_testing::{Request as Test, Response as Answer};

const FORM: &str = "application/x-www-form-urlencoded";

/// A body that cannot be read.
struct Broken(InputError);

impl Read for Broken {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(self.0.into())
    }
}

/// A handler for each way to read a body, and an answer to I/O errors.
fn reader() -> Adaptor {
    Adaptor::new()
        .post("/body", |request| {
            request.body().map(|body| body.len().to_string())
        })
        .post("/form", |request| request.form().map(|_| "a form"))
        .post("/stream", |request| -> Result<String> {
            Ok(io::read_to_string(request.take_input())?)
        })
        .on_error(|_: &io::Error| HttpError::new(507, "the disk is full"))
}

fn post(app: &Adaptor, path: &str, media_type: &str, input: Input) -> Answer {
    let request = Test::post(path).header("Content-Type", media_type);
    request.input(input).call(app)
}

fn fails(
    app: Adaptor,
    error: impl Fn() -> wsgi_application::Error + Send + Sync + 'static,
) -> Answer {
    let fail = move |_: &Request<'_>| -> Result<Response> { Err(error()) };
    Test::get("/").call(&app.get("/", fail))
}

#[test]
fn a_body_that_cannot_be_read_is_not_a_failure_of_the_disk() {
    for path in ["/body", "/form", "/stream"] {
        for (error, code) in [
            (InputError::Malformed, 400),
            (InputError::Truncated, 400),
            (InputError::TimedOut, 408),
            (InputError::TooLarge, 413),
        ] {
            let input = Input::from_reader(Broken(error), None);
            let answer = post(&reader(), path, FORM, input);
            assert_eq!(answer.status().code(), code, "{path}: {error:?}");
            assert_eq!(answer.errors(), "", "{path}: {error:?}");
        }
    }
}

#[test]
fn a_body_that_is_not_read_before_the_deadline_is_left_to_the_gateway() {
    for path in ["/body", "/form", "/stream"] {
        for app in [reader(), reader().debug(true)] {
            let input = Input::from_reader(Broken(InputError::DeadlinePassed), None);
            let answer = post(&app, path, FORM, input);
            assert_eq!(answer.status().code(), 504, "{path}");
        }
    }
}

#[test]
fn a_deadline_that_has_passed_can_have_another_answer() {
    let app = Adaptor::new().on_error(|_: &DeadlinePassed| HttpError::new(503, "too slow"));
    let answer = fails(app, || {
        let mut environ = Environ::new();
        environ.set_deadline(Instant::now());
        environ.share_deadline().check().unwrap_err().into()
    });
    assert_eq!(answer.status().code(), 503);
}

#[test]
fn a_body_that_cannot_be_read_can_have_another_answer() {
    let app = reader().on_error(|_: &InputError| HttpError::new(422, "send it again"));
    for path in ["/body", "/form", "/stream"] {
        let input = Input::from_reader(Broken(InputError::Truncated), None);
        let answer = post(&app, path, FORM, input);
        assert_eq!(answer.status().code(), 422, "{path}");
    }
}

#[cfg(feature = "json")]
#[test]
fn malformed_json_of_the_client_is_not_that_of_another_server() {
    let app = Adaptor::new()
        .post("/", |request| -> Result<String> {
            Ok(request.json::<u8>()?.to_string())
        })
        .on_error(|_: &serde_json::Error| HttpError::new(502, "it sends no JSON"));
    let body = Input::from_reader(&b"["[..], None);
    let answer = post(&app, "/", "application/json", body);
    assert_eq!(answer.status().code(), 400);

    let error = || serde_json::from_str::<u8>("[").unwrap_err().into();
    assert_eq!(fails(app, error).status().code(), 502);
}

#[test]
fn a_form_whose_files_cannot_be_stored_is_a_failure_of_the_disk() {
    let error = || FormError::Spool(io::ErrorKind::StorageFull.into()).into();
    let answer = fails(reader(), error);
    assert!(answer.text().contains("the disk is full"));
    assert_eq!(answer.status().code(), 507);
}

#[test]
fn a_form_whose_files_find_no_room_is_answered_507_and_logged() {
    let stored = "507 Insufficient Storage: an uploaded file could not be stored\n";
    for (kind, status) in [
        (io::ErrorKind::StorageFull, 507),
        (io::ErrorKind::QuotaExceeded, 507),
        (io::ErrorKind::FileTooLarge, 507),
        (io::ErrorKind::PermissionDenied, 500),
    ] {
        let answer = fails(Adaptor::new(), move || FormError::Spool(kind.into()).into());
        assert_eq!(answer.status().code(), status, "{kind:?}");
        assert_eq!(answer.text() == stored, status == 507, "{}", answer.text());
        let cause = io::Error::from(kind).to_string();
        assert!(answer.errors().contains(&cause), "{}", answer.errors());
    }
}

#[test]
fn an_answer_to_a_type_around_a_fault_counts() {
    #[derive(Debug)]
    struct Trouble(RequestError);
    impl fmt::Display for Trouble {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("trouble")
        }
    }
    impl Error for Trouble {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            Some(&self.0)
        }
    }
    let error = || Trouble(RequestError::BodyTooLarge).into();
    assert_eq!(fails(reader(), error).status().code(), 413);
    let app = reader().on_error(|_: &Trouble| HttpError::new(422, "less, please"));
    assert_eq!(fails(app, error).status().code(), 422);
}

#[test]
fn a_store_that_is_away_is_not_a_failure_of_the_disk() {
    let sessions = || reader().sessions(Sessions::new(MemoryStore::new()));
    let away = || SessionError::from(StoreError::unavailable(io::Error::other("no route"))).into();
    let answer = fails(sessions(), away);
    assert_eq!(answer.status().code(), 503);
    assert!(answer.headers().contains("Retry-After"));

    let app = sessions().on_error(|_: &StoreError| HttpError::new(500, "we are moving"));
    assert_eq!(fails(app, away).status().code(), 500);
}
