//! Bodies whose reads are interrupted.

use std::io::{self, Read};

use wsgi_application::{Body, FileWrapper, Status, application};
use wsgi_environ::Input;
use wsgi_testing::Request;
use wsgi_validate::validator;

/// A reader of a text whose first read is interrupted.
struct Interrupted(bool);

impl Read for Interrupted {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        match std::mem::replace(&mut self.0, true) {
            false => Err(io::ErrorKind::Interrupted.into()),
            true => (&b"x"[..]).read(&mut buf[..1]),
        }
    }
}

#[test]
fn an_interrupted_read_of_a_body_is_no_failure() {
    let bodies: [fn() -> Body; 2] = [
        || FileWrapper::new((&b"half "[..]).chain(Interrupted(false)).take(6)).into(),
        || Input::from_reader((&b"half "[..]).chain(Interrupted(false)), Some(6)).into(),
    ];
    for body in bodies {
        let app = validator(application(move |_environ, start_response| {
            let fields = [("Content-Type", "text/plain"), ("Content-Length", "6")];
            start_response.start(Status::OK, fields)?;
            Ok(body())
        }));
        let response = Request::get("/").call(&app);
        assert_eq!((response.text(), response.errors()), ("half x", ""));
        assert!(response.is_complete());
    }
}
