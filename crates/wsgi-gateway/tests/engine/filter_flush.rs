//! The flush of filters: when it comes, in which order, and what a failure does.

use std::{
    fs::File,
    io::{self, Write},
    sync::{Arc, Mutex},
};

use wsgi_application::{
    Application, Body, Environ, FileWrapper, Filter, Head, MAX_GATHERED_BYTES, Result, Scope,
    StartResponse, Status, application,
};
use wsgi_environ::{End, Input};

use crate::{
    filter::{App, Through, shapes},
    memory::Request,
};

/// Holds everything back, and ends what leaves at a flush with a bar, and the body with a full
/// stop.
#[derive(Default)]
struct Bars(Vec<u8>);

impl Filter for Bars {
    fn head(&mut self, _: &mut Head) -> Result<Scope> {
        Ok(Scope::Body)
    }

    fn chunk(&mut self, chunk: &[u8], _: &mut dyn Write) -> io::Result<()> {
        self.0.extend_from_slice(chunk);
        Ok(())
    }

    fn flush(&mut self, out: &mut dyn Write) -> io::Result<()> {
        self.0.push(b'|');
        out.write_all(&std::mem::take(&mut self.0))
    }

    fn end(&mut self, out: &mut dyn Write) -> io::Result<()> {
        self.0.push(b'.');
        out.write_all(&self.0)
    }
}

/// An application that starts its response, and then does what `answer` does.
fn app(
    answer: impl Fn(&mut Environ, &mut dyn Write) -> Result + Send + Sync + 'static,
) -> impl Application {
    application(move |environ, start_response| {
        let mut writer = start_response.start(Status::OK, ())?;
        answer(environ, &mut writer)
    })
}

#[test]
fn what_a_filter_holds_back_leaves_where_bytes_would_wait_for_the_application() {
    let expected = [
        ("returned", "ab."),
        ("written", "ab."),
        ("written, then returned", "ab."),
        ("flushed, then returned", "a|b."),
        ("flushed", "ab|."),
        ("chunks", "a|b|."),
        ("written, then chunks", "a|b|."),
        ("flushed, then a reader", "a|b|."),
        ("the input", "ab|."),
    ];
    for ((name, application, _), (row, expected)) in shapes().into_iter().zip(expected) {
        assert_eq!(name, row);
        let response = Request::get().run(Through(application, Bars::default));
        assert!(response.delivery.is_complete(), "{name}");
        assert_eq!(String::from_utf8_lossy(&response.body), expected, "{name}");
    }
}

#[test]
fn what_leaves_at_a_flush_is_sent_at_once() {
    let flushing = app(|_, body| {
        write!(body, "a")?;
        body.flush()?;
        body.flush()?;
        write!(body, "b")?;
        write!(body, "c")?;
        body.flush()?;
        Ok(Body::chunks(["", "d", ""]))
    });
    Request::get().run(Through(flushing, Bars::default)).is(
        "each once",
        "200 OK (chunked), \"a|\", flush, flush, \"bc|\", flush, \"d|\", flush, \".\", flush, \
         complete",
    );
}

#[test]
fn what_was_written_does_not_wait_for_what_is_returned() {
    let long = app(|_, body| {
        body.write_all(&[b'x'; MAX_GATHERED_BYTES + 1])?;
        write!(body, "a")?;
        Ok(Body::chunks(["b"]))
    });
    let long: App = Arc::new(long);
    Request::get().run(long.clone()).is(
        "without a filter",
        "200 OK (chunked), 65537 bytes, \"a\", flush, \"b\", flush, complete",
    );
    let filtered = Request::get().run(Through(long, Bars::default));
    assert_eq!(&filtered.body[MAX_GATHERED_BYTES + 1..], b"a|b|.");
    filtered.is(
        "filtered",
        "200 OK (chunked), 65539 bytes, flush, \"b|\", flush, \".\", flush, complete",
    );
}

#[test]
fn a_file_is_flushed_only_if_its_next_block_may_take_time() {
    fn manifest() -> FileWrapper {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
        FileWrapper::from_file(File::open(path).unwrap()).with_block_size(5)
    }
    let file = app(|_, body| {
        write!(body, "a")?;
        Ok(manifest().with_range(0, 9)?.into())
    });
    Request::get().run(Through(file, Bars::default)).is(
        "a file",
        "200 OK (chunked), \"a[package].\", flush, complete",
    );
    let pipe = app(|_, _| {
        let (reader, mut writer) = io::pipe()?;
        writer.write_all(b"12345678")?;
        let file = File::from(std::os::fd::OwnedFd::from(reader));
        Ok(FileWrapper::from_file(file).with_block_size(5).into())
    });
    Request::get().run(Through(pipe, Bars::default)).is(
        "a pipe",
        "200 OK (chunked), \"12345|\", flush, \"678|\", flush, \".\", flush, complete",
    );
    let reader = app(|_, _| Ok(FileWrapper::new(&b"12345678"[..]).with_block_size(5).into()));
    Request::get().run(Through(reader, Bars::default)).is(
        "a reader",
        "200 OK (chunked), \"12345|\", flush, \"678|\", flush, \".\", flush, complete",
    );
    let input = app(|_, body| {
        write!(body, "a")?;
        body.flush()?;
        Ok(Input::from_bytes("bc").into())
    });
    Request::get().run(Through(input, Bars::default)).is(
        "the input",
        "200 OK (chunked), \"a|\", flush, \"bc|\", flush, \".\", flush, complete",
    );
}

type Calls = Arc<Mutex<Vec<String>>>;

/// Records its calls, and passes chunks on at the flush.
struct Recording(&'static str, Calls, Vec<u8>);

impl Recording {
    fn note(&self, call: &str) {
        self.1.lock().unwrap().push(format!("{} {call}", self.0));
    }
}

impl Filter for Recording {
    fn head(&mut self, _: &mut Head) -> Result<Scope> {
        Ok(Scope::Body)
    }

    fn chunk(&mut self, chunk: &[u8], _: &mut dyn Write) -> io::Result<()> {
        self.note(&String::from_utf8_lossy(chunk));
        self.2.extend_from_slice(chunk);
        Ok(())
    }

    fn flush(&mut self, out: &mut dyn Write) -> io::Result<()> {
        self.note("flush");
        out.write_all(&std::mem::take(&mut self.2))
    }

    fn end(&mut self, out: &mut dyn Write) -> io::Result<()> {
        self.note("end");
        out.write_all(&self.2)
    }
}

#[track_caller]
fn check_chain(application: impl Application, calls: &[&str], transcript: &str) {
    let noted = Calls::default();
    let recording = |name| Recording(name, noted.clone(), Vec::new());
    let inner = Through(application, || recording("inner"));
    Request::get()
        .run(Through(inner, || recording("outer")))
        .is("a chain", transcript);
    assert_eq!(*noted.lock().unwrap(), calls);
}

#[test]
fn a_flush_goes_through_a_chain_of_filters_from_the_inside() {
    let written = app(|_, body| {
        for text in ["a", "b"] {
            write!(body, "{text}")?;
            body.flush()?;
        }
        Ok(Body::empty())
    });
    let calls = [
        "inner a",
        "inner flush",
        "outer a",
        "outer flush",
        "inner b",
        "inner flush",
        "outer b",
        "outer flush",
        "inner end",
        "outer end",
    ];
    let transcript = "200 OK (chunked), \"a\", flush, \"b\", flush, complete";
    check_chain(written, &calls, transcript);
    let chunks = app(|_, _| Ok(Body::chunks(["a", "b"])));
    check_chain(chunks, &calls, transcript);
}

/// Passes chunks on and fails at the flush.
struct Failing;

impl Filter for Failing {
    fn head(&mut self, _: &mut Head) -> Result<Scope> {
        Ok(Scope::Body)
    }

    fn chunk(&mut self, chunk: &[u8], out: &mut dyn Write) -> io::Result<()> {
        out.write_all(chunk)
    }

    fn flush(&mut self, _: &mut dyn Write) -> io::Result<()> {
        Err(io::Error::other("flush"))
    }

    fn end(&mut self, _: &mut dyn Write) -> io::Result<()> {
        unreachable!("the body has failed")
    }
}

#[test]
fn a_flush_that_fails_fails_the_response() {
    let page = "500 Internal Server Error +length 26 (26), \
                rest \"500 Internal Server Error\\n\", complete";
    let ignoring = app(|_, body| {
        write!(body, "a")?;
        assert_eq!(body.flush().unwrap_err().to_string(), "flush");
        assert_eq!(body.flush().unwrap_err().to_string(), "flush", "again");
        assert_eq!(body.write(b"b").unwrap_err().to_string(), "flush");
        Ok("c".into())
    });
    Request::get()
        .run(Through(ignoring, || Failing))
        .is("written", "200 OK (chunked), \"a\", failed")
        .has_log("GET \"/\": flush\n");
    Request::get()
        .run(Through(app(|_, _| Ok(Body::chunks(["a"]))), || Failing))
        .is("chunks", page)
        .has_log("GET \"/\": flush\n");
    let written = app(|_, body| {
        write!(body, "a")?;
        Ok(Body::chunks(["b"]))
    });
    Request::get()
        .run(Through(written, || Failing))
        .is("written, then chunks", page)
        .has_log("GET \"/\": flush\n");
}

#[test]
fn a_client_that_left_is_recognised_at_a_flush() {
    let count = app(|_, body| {
        write!(body, "a")?;
        body.flush()?;
        Ok(Body::chunks(["b", "c"]))
    });
    let count: App = Arc::new(count);
    let calls = Request::get()
        .run(Through(count.clone(), Bars::default))
        .calls;
    assert_eq!(calls, 9, "the head, and four times a chunk and a flush");
    for left in 0..calls {
        let request = Request::get().client_leaves_after(left);
        let response = request
            .run(Through(count.clone(), Bars::default))
            .has_log("");
        let end = response.delivery.end();
        assert_eq!(end, End::Disconnected, "after {left} calls");
    }
}

#[test]
fn a_filter_of_the_head_sees_no_flush() {
    struct HeadOnly;
    impl Filter for HeadOnly {
        fn head(&mut self, _: &mut Head) -> Result<Scope> {
            Ok(Scope::Head)
        }
        fn flush(&mut self, _: &mut dyn Write) -> io::Result<()> {
            unreachable!("it does not filter the body")
        }
    }
    for (name, application, _) in shapes() {
        let plain = Request::get().run(application.clone());
        Request::get()
            .run(Through(application, || HeadOnly))
            .is(name, &plain.transcript);
    }
}

#[test]
fn a_filter_that_ignores_flushes_is_only_asked_at_the_end() {
    fn written(_: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
        let mut body = start_response.start(Status::OK, ())?;
        write!(body, "a")?;
        body.flush()?;
        Ok("b".into())
    }
    struct Patient(Bars);
    impl Filter for Patient {
        fn head(&mut self, head: &mut Head) -> Result<Scope> {
            self.0.head(head)
        }
        fn chunk(&mut self, chunk: &[u8], out: &mut dyn Write) -> io::Result<()> {
            self.0.chunk(chunk, out)
        }
        fn end(&mut self, out: &mut dyn Write) -> io::Result<()> {
            self.0.end(out)
        }
    }
    Request::get()
        .run(Through(written, || Patient(Bars::default())))
        .is("patient", "200 OK +length 3 (3), rest \"ab.\", complete");
}
