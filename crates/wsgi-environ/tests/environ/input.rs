//! `wsgi.input` returns exactly the body, or the reason why it cannot.

use std::{
    io::{self, BufRead, BufReader, Cursor, ErrorKind, Read},
    sync::{Arc, Mutex},
};

use wsgi_environ::{Input, InputError};

/// A shared reader, which shows how many bytes were taken from it.
#[derive(Clone)]
struct Shared(Arc<Mutex<Cursor<Vec<u8>>>>);

impl Read for Shared {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.0.lock().unwrap().read(buf)
    }
}

#[test]
fn nothing_beyond_the_length_is_taken_from_the_reader() {
    let shared = Shared(Arc::new(Mutex::new(Cursor::new(
        b"body and the next request".to_vec(),
    ))));
    let mut input = Input::from_reader(shared.clone(), Some(4));
    assert_eq!(input.remaining(), Some(4));
    assert_eq!(io::read_to_string(&mut input).unwrap(), "body");
    assert_eq!(input.remaining(), Some(0));
    assert_eq!(input.read(&mut [0; 9]).unwrap(), 0);
    assert_eq!(shared.0.lock().unwrap().position(), 4);
}

#[test]
fn a_body_of_length_zero_takes_nothing() {
    let mut input = Input::from_reader(io::repeat(b'x'), Some(0));
    assert_eq!(io::read_to_string(&mut input).unwrap(), "");
}

#[test]
fn a_reader_without_a_length_is_read_to_its_end() {
    let mut input = Input::from_reader(&b"all of it"[..], None);
    assert_eq!(input.remaining(), None);
    assert_eq!(io::read_to_string(&mut input).unwrap(), "all of it");
}

#[test]
fn a_short_body_is_an_error_on_every_read() {
    let mut input = Input::from_reader(&b"ab"[..], Some(3));
    let mut body = Vec::new();
    for _ in 0..2 {
        let error = input.read_to_end(&mut body).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
        assert_eq!(InputError::of(&error), Some(&InputError::Truncated));
    }
    assert_eq!(body, b"ab");
    assert_eq!(input.remaining(), Some(1));
}

/// Checks that all ways to read lines and bytes agree.
#[track_caller]
fn check_reading(name: &str, mut input: Input) {
    let mut line = String::new();
    input.read_line(&mut line).unwrap();
    assert_eq!(line, "one\n", "{name}");
    let mut two = [0; 2];
    input.read_exact(&mut two).unwrap();
    assert_eq!(&two, b"tw", "{name}");
    assert_eq!(input.fill_buf().unwrap()[0], b'o', "{name}");
    input.consume(1);
    let lines: Vec<_> = input.by_ref().lines().map(Result::unwrap).collect();
    assert_eq!(lines, ["", "three"], "{name}");
    assert!(matches!(input.remaining(), None | Some(0)), "{name}");
}

#[test]
fn lines_and_bytes_can_be_read_alternately() {
    const BODY: &[u8] = b"one\ntwo\nthree";
    let mut filled = Input::from_reader(io::repeat(b'\n'), None);
    filled.fill(BODY);
    check_reading("bytes", Input::from_bytes(BODY));
    check_reading("filled", filled);
    check_reading("reader", Input::from_reader(BODY, None));
    check_reading("reader with a length", Input::from_reader(BODY, Some(13)));
    check_reading("source", Input::from_source(BODY));
    let source = Input::from_source(BufReader::with_capacity(2, BODY));
    check_reading("source with a length", source.with_remaining(13));
}

#[test]
fn filling_reuses_the_memory() {
    let mut input = Input::from_bytes(vec![b'x'; 64]);
    let memory = input.fill_buf().unwrap().as_ptr();
    input.consume(usize::MAX);
    assert_eq!(input.remaining(), Some(0));
    input.fill(b"again");
    assert_eq!(input.fill_buf().unwrap(), b"again");
    assert_eq!(input.fill_buf().unwrap().as_ptr(), memory);
}

#[test]
fn the_debug_form_shows_what_remains_and_not_the_body() {
    let mut input = Input::from_bytes("secret");
    input.consume(2);
    assert_eq!(format!("{input:?}"), "Input { remaining: Some(4), .. }");
}

#[track_caller]
fn check_error(error: InputError, status_code: u16, kind: ErrorKind) {
    assert_eq!(error.status_code(), status_code);
    let wrapped = io::Error::from(error);
    assert_eq!(wrapped.kind(), kind);
    assert_eq!(InputError::of(&wrapped), Some(&error));
    assert_eq!(wrapped.to_string(), error.to_string());
    let twice = io::Error::other(wrapped);
    assert_eq!(InputError::of(&twice), Some(&error));
}

#[test]
fn errors_have_a_status_and_are_found_inside_io_errors() {
    check_error(InputError::Malformed, 400, ErrorKind::InvalidData);
    check_error(InputError::TooLarge, 413, ErrorKind::FileTooLarge);
    check_error(InputError::TimedOut, 408, ErrorKind::TimedOut);
    check_error(InputError::Disconnected, 400, ErrorKind::ConnectionAborted);
    check_error(InputError::Truncated, 400, ErrorKind::UnexpectedEof);
    check_error(InputError::Closed, 500, ErrorKind::Other);
    assert_eq!(InputError::of(&ErrorKind::TimedOut.into()), None);
    assert_eq!(InputError::of(&io::Error::other("else")), None);
    let error = io::Error::from(InputError::Truncated);
    let text = "the request body is shorter than declared";
    assert_eq!(error.to_string(), text);
}
