//! Requests with a coding whose reader fails.

use std::io::{self, Cursor, ErrorKind, Read};

use wsgi_application::{Application, Environ, Status, application};
use wsgi_compression::Decompression;
use wsgi_environ::{Input, InputError};
use wsgi_testing::Request;

use crate::decoding::{CODINGS, coded};

const TEXT: &[u8] = b"to be or not to be, that is the question";

/// A reader that gives a byte at a time, and errors of a kind before the byte at a place.
struct Failing {
    bytes: Cursor<Vec<u8>>,
    kind: ErrorKind,
    place: u64,
    /// The number of errors to come.
    errors: usize,
}

impl Read for Failing {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if self.bytes.position() == self.place && self.errors > 0 {
            self.errors -= 1;
            return Err(self.kind.into());
        }
        let most = buf.len().min(1);
        self.bytes.read(&mut buf[..most])
    }
}

/// Calls an application with a body whose reader fails so often at each place.
fn each_place(kind: ErrorKind, errors: usize, app: impl Application) {
    let app = Decompression::new(app);
    for coding in CODINGS {
        let bytes = coded(coding, TEXT);
        for place in 0..=bytes.len() as u64 {
            let reader = Failing {
                bytes: Cursor::new(bytes.clone()),
                kind,
                place,
                errors,
            };
            let request = Request::post("/")
                .header("Content-Encoding", coding)
                .input(Input::from_reader(reader, None));
            let response = request.call(&app);
            let errors = response.errors();
            assert_eq!(
                response.status(),
                &Status::OK,
                "{coding}, {place}: {errors}"
            );
        }
    }
}

#[test]
fn an_interrupted_read_is_repeated() {
    let read = |environ: &mut Environ, start_response: &mut wsgi_application::StartResponse<'_>| {
        let mut body = Vec::new();
        environ.input().read_to_end(&mut body)?;
        assert_eq!(body, TEXT);
        start_response.start(Status::OK, ())?;
        Ok(().into())
    };
    each_place(ErrorKind::Interrupted, 3, application(read));
}

#[test]
fn an_error_of_the_reader_is_not_one_of_the_client() {
    let read = |environ: &mut Environ, start_response: &mut wsgi_application::StartResponse<'_>| {
        let mut body = Vec::new();
        for _again in 0..3 {
            let error = environ.input().read_to_end(&mut body).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::StorageFull);
            assert_eq!(InputError::of(&error), None);
        }
        start_response.start(Status::OK, ())?;
        Ok(().into())
    };
    each_place(ErrorKind::StorageFull, usize::MAX, application(read));
}

/// The client of an application that refuses a body by its head may wait before it sends one.
#[test]
fn nothing_is_read_before_the_application_does() {
    struct Untouched;

    impl Read for Untouched {
        fn read(&mut self, _buf: &mut [u8]) -> io::Result<usize> {
            panic!("the application does not read")
        }
    }

    let app = application(|_environ: &mut Environ, start_response| {
        start_response.start(Status::CONTENT_TOO_LARGE, ())?;
        Ok(().into())
    });
    let app = Decompression::new(app);
    for coding in CODINGS {
        let request = Request::post("/")
            .header("Content-Encoding", coding)
            .input(Input::from_reader(Untouched, None));
        let response = request.call(&app);
        let errors = response.errors();
        assert_eq!(
            response.status(),
            &Status::CONTENT_TOO_LARGE,
            "{coding}: {errors}"
        );
    }
}
