//! Returned bodies on their way through a filter.

use std::fs::File;
use std::io::{self, Read, Write};

use wsgi_application::{
    Body, Content, Environ, Exchange, FileWrapper, Filter, Head, Result, Scope, StartResponse,
    Status, application, filtered,
};
use wsgi_environ::Input;

/// Puts each chunk into brackets, and a full stop after the last. It fails at the chunk `bad`.
struct Brackets;

impl Filter for Brackets {
    fn head(&mut self, head: &mut Head) -> Result<Scope> {
        head.headers.append("X-Filter", "brackets")?;
        Ok(Scope::Body)
    }

    fn chunk(&mut self, chunk: &[u8], out: &mut dyn Write) -> io::Result<()> {
        match chunk {
            b"" => unreachable!("a chunk is never empty"),
            b"bad" => Err(io::Error::other("no brackets")),
            _ => write!(out, "[{}]", String::from_utf8_lossy(chunk)),
        }
    }

    fn end(&mut self, out: &mut dyn Write) -> io::Result<()> {
        write!(out, ".")
    }
}

/// The content that is left of a response of `written` bytes and a returned body, once it went
/// through the filter.
#[track_caller]
fn through_brackets(written: &'static str, body: impl Fn() -> Body + Send + Sync) -> Content {
    let app = application(move |_, start_response| {
        write!(start_response.start(Status::OK, ())?, "{written}")?;
        Ok(body())
    });
    let (mut exchange, mut sent) = (Exchange::new(), Vec::new());
    let mut start_response = StartResponse::new(&mut exchange, &mut sent);
    let body = filtered(&app, Brackets, &mut Environ::new(), &mut start_response).unwrap();
    let fields = exchange.head.headers.get_all("X-Filter");
    assert!(fields.eq(["brackets"]), "the filter sees the head once");
    assert_eq!((&*exchange.gathered, &*sent), (&b""[..], &b""[..]));
    body.into_content()
}

#[track_caller]
fn check_whole(written: &'static str, body: impl Fn() -> Body + Send + Sync, expected: &str) {
    match through_brackets(written, body) {
        Content::Bytes(bytes) => assert_eq!(String::from_utf8_lossy(&bytes), expected),
        _ => panic!("the body is no longer in memory"),
    }
}

/// Checks the first chunks that come out of the filter, with `!` before an error, and that no other
/// chunk follows.
#[track_caller]
fn check_stream(written: &'static str, body: impl Fn() -> Body + Send + Sync, expected: &[&str]) {
    let Content::Chunks(mut chunks) = through_brackets(written, body) else {
        panic!("the body is not a stream");
    };
    for expected in expected {
        let chunk = match chunks.next().expect(expected) {
            Ok(chunk) => String::from_utf8_lossy(&chunk).into_owned(),
            Err(error) => format!("!{error}"),
        };
        assert_eq!(chunk, *expected);
    }
    for _ in 0..2 {
        assert!(chunks.next().is_none(), "the body has ended");
    }
}

#[test]
fn a_body_in_memory_is_filtered_at_once_and_stays_in_memory() {
    check_whole("", Body::empty, ".");
    check_whole("", || "a".into(), "[a].");
    check_whole("w", Body::empty, "[w].");
    check_whole("w", || "a".into(), "[w][a].");
}

#[test]
fn a_stream_is_filtered_chunk_by_chunk_after_the_written_bytes() {
    check_stream("", || Body::chunks(["a", "b"]), &["[a]", "[b]", "."]);
    check_stream("w", || Body::chunks(["a"]), &["[w]", "[a]", "."]);
    check_stream("w", || Body::chunks([""; 0]), &["[w]", "."]);
    check_stream("", || Body::chunks(["", "a", ""]), &["", "[a]", "", "."]);
    let file = || FileWrapper::new(&b"abc"[..]).with_block_size(2).into();
    check_stream("", file, &["[ab]", "[c]", "."]);
    let input = || Input::from_bytes("body").into();
    check_stream("w", input, &["[w]", "[body]", "."]);
    check_stream("", || Input::empty().into(), &["."]);
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
    let input = || Input::from_reader(Interrupted(false), Some(1)).into();
    check_stream("", input, &["[x]", "."]);
}

#[test]
fn a_stream_that_fails_has_no_end() {
    let broken = || Body::chunks([Ok("a"), Err("no ink"), Ok("b")]);
    check_stream("", broken, &["[a]", "!no ink"]);
    let bad = || Body::chunks(["a", "bad", "b"]);
    check_stream("", bad, &["[a]", "!no brackets"]);
    let short = || Input::from_reader(&b"ab"[..], Some(3)).into();
    let error = "!the request body is shorter than declared";
    check_stream("", short, &["[ab]", error]);
}

#[test]
fn a_file_that_becomes_shorter_has_no_end() {
    let path = concat!(env!("CARGO_TARGET_TMPDIR"), "/shorter");
    std::fs::write(path, "abc").unwrap();
    let file = || FileWrapper::from_file(File::open(path).unwrap()).with_block_size(2);
    check_stream("", move || file().into(), &["[ab]", "[c]", "."]);
    let declared = move || file().with_known_length(9).into();
    let error = "!the file has become shorter";
    check_stream("", declared, &["[ab]", "[c]", error]);

    let Content::Chunks(mut chunks) = through_brackets("", move || file().into()) else {
        panic!("the body is not a stream");
    };
    std::fs::write(path, "ab").unwrap();
    assert_eq!(&*chunks.next().unwrap().unwrap(), b"[ab]");
    let failure = chunks.next().unwrap().unwrap_err();
    assert_eq!(format!("!{failure}"), error);
    assert!(chunks.next().is_none());
}

/// Adds a field.
struct Stamp;

impl Filter for Stamp {
    fn head(&mut self, head: &mut Head) -> Result<Scope> {
        head.headers.append("X-Stamp", "seen")?;
        Ok(Scope::Head)
    }
}

#[test]
fn a_filter_of_the_head_leaves_the_body_as_it_is() {
    let app = application(|_, start_response| {
        write!(start_response.start(Status::OK, ())?, "written")?;
        Ok(Body::chunks(["a"]))
    });
    let (mut exchange, mut sent) = (Exchange::new(), Vec::new());
    let mut start_response = StartResponse::new(&mut exchange, &mut sent);
    let body = filtered(&app, Stamp, &mut Environ::new(), &mut start_response).unwrap();
    assert!(matches!(body.into_content(), Content::Chunks(_)));
    assert_eq!(exchange.head.headers.get("X-Stamp").unwrap(), "seen");
    assert_eq!(exchange.gathered, b"written");
}

#[test]
fn a_filter_does_not_see_a_response_that_was_not_started() {
    let silent = application(|_, _| Ok("x".into()));
    let (mut exchange, mut sent) = (Exchange::new(), Vec::new());
    let mut start_response = StartResponse::new(&mut exchange, &mut sent);
    let body = filtered(&silent, Stamp, &mut Environ::new(), &mut start_response).unwrap();
    assert_eq!(body.len(), Some(1));
    assert!(exchange.head.headers.is_empty());
    assert!(!exchange.head.is_started());
}
