//! Bodies: the rest for the gateway, and the close.

use std::{
    fs::File,
    io::{self, Read, Write},
    panic::panic_any,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use wsgi_application::{Body, FileWrapper, MAX_GATHERED_BYTES, Result, Status, application};
use wsgi_environ::Input;
use wsgi_gateway::{Delimiter, Framing, Rest, Transport};

use crate::memory::Request;

const MANIFEST: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");

fn manifest() -> FileWrapper {
    FileWrapper::from_file(File::open(MANIFEST).unwrap())
}

fn manifest_length() -> u64 {
    std::fs::metadata(MANIFEST).unwrap().len()
}

#[test]
fn bytes_are_left_to_the_gateway_without_a_copy() {
    static TEXT: &str = "text";
    let response = Request::get().run(application(|_, start_response| {
        start_response.start(Status::OK, ())?;
        Ok(TEXT.into())
    }));
    let Rest::Bytes(bytes) = response.delivery.rest else {
        panic!("no bytes");
    };
    assert!(std::ptr::eq(bytes.as_ptr(), TEXT.as_ptr()));
}

#[test]
fn a_file_is_left_to_the_gateway() {
    let length = manifest_length();
    let whole = application(|_, start_response| {
        start_response.start(Status::OK, ())?;
        Ok(manifest().into())
    });
    Request::get().run(whole).is(
        "whole",
        &format!("200 OK +length {length} ({length}), rest file {length}, complete"),
    );
    Request::head()
        .run(whole)
        .is("HEAD", &format!("200 OK +length {length} (none), complete"));
    Request::get()
        .run(application(|_, start_response| {
            write!(start_response.start(Status::OK, ())?, "abc")?;
            Ok(manifest().with_range(1, 7)?.into())
        }))
        .is(
            "a range after written bytes",
            "200 OK +length 10 (10), \"abc\", rest file 7, complete",
        );
    Request::get()
        .run(application(|_, start_response| {
            start_response.start(Status::OK, [("Content-Length", "5")])?;
            Ok(manifest().into())
        }))
        .is("cut", "200 OK (5), rest file 5, complete");
    Request::get()
        .run(application(move |_, start_response| {
            let declared = (MAX_GATHERED_BYTES as u64 + 1 + length).to_string();
            let mut body = start_response.start(Status::OK, [("Content-Length", declared)])?;
            body.write_all(&[b'x'; MAX_GATHERED_BYTES + 1])?;
            Ok(manifest().into())
        }))
        .is(
            "after sent bytes, with a declared length",
            &format!(
                "200 OK ({}), 65537 bytes, rest file {length}, complete",
                65537 + length
            ),
        );
}

#[test]
fn a_file_in_a_chunked_response_is_read_in_blocks() {
    let response = Request::get().run(application(|_, start_response| {
        let mut body = start_response.start(Status::OK, ())?;
        write!(body, "abc")?;
        body.flush()?;
        Ok(manifest().with_range(1, 7)?.with_block_size(4).into())
    }));
    response.is(
        "chunked",
        "200 OK (chunked), \"abc\", flush, \"pack\", flush, \"age\", flush, complete",
    );
}

#[test]
fn a_reader_is_sent_in_blocks() {
    let response = Request::get().run(application(|_, start_response| {
        start_response.start(Status::OK, ())?;
        Ok(FileWrapper::new(&b"abcde"[..]).with_block_size(3).into())
    }));
    response.is(
        "a reader",
        "200 OK (chunked), \"abc\", flush, \"de\", flush, complete",
    );
}

#[test]
fn the_input_is_sent_back_as_it_arrives() {
    let echo = application(|environ, start_response| {
        start_response.start(Status::OK, ())?;
        Ok(environ.take_input().into())
    });
    let with = |input| {
        let mut request = Request::get();
        request.environ.set_input(input);
        request
    };
    with(Input::from_bytes("abc"))
        .run(echo)
        .is("known", "200 OK +length 3 (3), \"abc\", flush, complete");
    with(Input::empty())
        .run(echo)
        .is("empty", "200 OK +length 0 (0), complete");
    let pieces = (&b"ab"[..]).chain(&b"cd"[..]);
    with(Input::from_reader(pieces, None)).run(echo).is(
        "unknown",
        "200 OK (chunked), \"ab\", flush, \"cd\", flush, complete",
    );
    with(Input::from_reader(&b"abc"[..], Some(4)))
        .run(echo)
        .is("truncated", "200 OK +length 4 (4), \"abc\", flush, failed")
        .has_log("GET \"/\": the request body is shorter than declared\n");
}

/// A reader of a text whose first read is interrupted.
struct Interrupted(bool);

impl Read for Interrupted {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        match std::mem::replace(&mut self.0, true) {
            false => Err(io::ErrorKind::Interrupted.into()),
            true => (&b"x"[..]).read(buf),
        }
    }
}

#[test]
fn an_interrupted_read_of_a_body_is_repeated() {
    let bodies: [fn() -> Body; 2] = [
        || Input::from_reader(Interrupted(false), Some(1)).into(),
        || FileWrapper::new(Interrupted(false).take(1)).into(),
    ];
    for body in bodies {
        let response = Request::get().run(application(move |_, start_response| {
            start_response.start(Status::OK, [("Content-Length", "1")])?;
            Ok(body())
        }));
        response.is("1", "200 OK (1), \"x\", flush, complete");
    }
}

/// A body that counts its drops.
struct Closing(Arc<AtomicUsize>, usize);

impl Iterator for Closing {
    type Item = Result<&'static str>;

    fn next(&mut self) -> Option<Self::Item> {
        self.1 += 1;
        match self.1 {
            1 => Some(Ok("good")),
            2 => Some(Err("broken".into())),
            _ => None,
        }
    }
}

impl Drop for Closing {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[test]
fn a_body_is_closed_once_whatever_happens() {
    type Row = (
        &'static str,
        Request,
        usize,
        Option<&'static str>,
        &'static str,
    );
    let rows: [Row; 8] = [
        (
            "sent whole",
            Request::get(),
            2,
            None,
            "200 OK (chunked), complete",
        ),
        (
            "an error midway",
            Request::get(),
            0,
            None,
            "200 OK (chunked), \"good\", flush, failed",
        ),
        (
            "HEAD",
            Request::head(),
            0,
            None,
            "200 OK (none), flush, complete",
        ),
        (
            "surplus",
            Request::get(),
            0,
            Some("3"),
            "200 OK (3), \"goo\", flush, complete",
        ),
        (
            "gone at the head",
            Request::get().client_leaves_after(0),
            0,
            None,
            "disconnected",
        ),
        (
            "gone at the body",
            Request::get().client_leaves_after(1),
            0,
            None,
            "200 OK (chunked), disconnected",
        ),
        (
            "a refused head",
            Request::get(),
            0,
            Some("?"),
            "500 Internal Server Error +length 26 (26), rest \"500 Internal Server Error\\n\", complete",
        ),
        (
            "an error before the head",
            Request::get(),
            1,
            None,
            "500 Internal Server Error +length 26 (26), rest \"500 Internal Server Error\\n\", complete",
        ),
    ];
    for (name, request, position, length, transcript) in rows {
        let closed = Arc::new(AtomicUsize::new(0));
        let count = closed.clone();
        let response = request.run(application(move |_, start_response| {
            let fields: Vec<_> = length
                .map(|length| ("Content-Length", length))
                .into_iter()
                .collect();
            start_response.start(Status::OK, fields)?;
            Ok(Body::chunks(Closing(count.clone(), position)))
        }));
        assert_eq!(closed.load(Ordering::SeqCst), 1, "{name}");
        response.is(
            name,
            transcript
                .replace("(chunked), complete", "+length 0 (0), complete")
                .as_str(),
        );
    }
}

#[test]
fn a_body_is_closed_if_no_response_was_started() {
    let closed = Arc::new(AtomicUsize::new(0));
    let count = closed.clone();
    let _ = Request::get().run(application(move |_, _| {
        Ok(Body::chunks(Closing(count.clone(), 0)))
    }));
    assert_eq!(closed.load(Ordering::SeqCst), 1);
}

/// A body whose drop panics, and whose iterator may panic before.
struct Bomb {
    chunks: usize,
    panics: bool,
}

impl Iterator for Bomb {
    type Item = &'static str;

    fn next(&mut self) -> Option<&'static str> {
        if self.chunks == 0 {
            assert!(!self.panics, "no more");
            return None;
        }
        self.chunks -= 1;
        Some("good")
    }
}

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("tick");
    }
}

#[test]
fn a_panic_of_the_close_is_logged_and_has_no_other_effect() {
    let bomb = |chunks, panics| {
        application(move |_, start_response| {
            start_response.start(Status::OK, ())?;
            Ok(Body::chunks(Bomb { chunks, panics }))
        })
    };
    let close = "GET \"/\": closing the body panicked: tick\n";
    Request::get()
        .run(bomb(0, false))
        .is("an empty body", "200 OK +length 0 (0), complete")
        .has_log(close);
    Request::get()
        .run(bomb(1, false))
        .is(
            "a whole body",
            "200 OK (chunked), \"good\", flush, complete",
        )
        .has_log(close);
    Request::get()
        .run(bomb(1, true))
        .is("after a panic", "200 OK (chunked), \"good\", flush, failed")
        .has_log(&format!("{close}GET \"/\": panicked: no more\n"));
}

#[test]
fn a_panic_with_any_payload_is_survived() {
    Request::get()
        .run(application(|_, _| panic_any(7)))
        .has_log("GET \"/\": panicked: no message\n");
}

/// Keeps the bytes of the body.
pub(crate) struct Sink(pub(crate) Vec<u8>);

impl Transport for Sink {
    fn head(&mut self, _: &wsgi_application::Head, _: Framing) -> io::Result<()> {
        Ok(())
    }
    fn body(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.extend_from_slice(bytes);
        Ok(())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_rest_can_send_itself_to_a_transport() {
    let send = |rest: Rest| {
        let mut sink = Sink(Vec::new());
        rest.send(&mut sink).map(|()| sink.0)
    };
    assert_eq!(send(Rest::Nothing).unwrap(), b"");
    assert_eq!(send(Rest::Bytes(b"text".into())).unwrap(), b"text");
    assert_eq!(
        send(Rest::File(Box::new(manifest()), manifest_length())).unwrap(),
        std::fs::read(MANIFEST).unwrap()
    );
    assert_eq!(
        send(Rest::File(Box::new(manifest().with_block_size(3)), 8)).unwrap(),
        b"[package",
        "a file that grew"
    );
    let short = send(Rest::File(Box::new(manifest()), manifest_length() + 1)).unwrap_err();
    assert_eq!(short.kind(), io::ErrorKind::UnexpectedEof);
}

#[test]
fn a_response_to_head_without_bytes_claims_no_length() {
    for body in [Body::empty, || "".into(), || Body::chunks([""; 0])] {
        Request::head()
            .run(application(move |_, start_response| {
                start_response.start(Status::OK, ())?;
                Ok(body())
            }))
            .is("the body is left out", "200 OK (none), complete");
    }
}

#[test]
fn a_file_that_is_shorter_than_its_length_is_cut_where_no_length_was_sent() {
    for request in [Request::get(), Request::http10()] {
        let response = request.run(application(|_, start_response| {
            let mut body = start_response.start(Status::OK, ())?;
            write!(body, "written")?;
            body.flush()?;
            Ok(manifest().with_known_length(1 << 20).into())
        }));
        assert_eq!(response.delivery.end(), wsgi_environ::End::Failed);
        response.has_log("GET \"/\": the file has become shorter\n");
    }
}

#[test]
fn a_body_of_unknown_length_has_no_rest() {
    for request in [Request::get(), Request::http10()] {
        let response = request.run(application(|_, start_response| {
            let mut body = start_response.start(Status::OK, ())?;
            write!(body, "a")?;
            body.flush()?;
            Ok("b".into())
        }));
        assert!(matches!(response.delivery.rest, Rest::Nothing));
        assert!(matches!(
            response.framing.unwrap().delimiter,
            Delimiter::Chunked | Delimiter::Close
        ));
    }
}
