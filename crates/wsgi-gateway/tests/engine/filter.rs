//! Filters of written and returned bodies.

use std::{
    fs::File,
    io::{self, Write},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use wsgi_application::{
    Application, Body, Environ, FileWrapper, Filter, Head, MAX_GATHERED_BYTES, Result, Scope,
    StartResponse, Status, application, filtered,
};
use wsgi_environ::Input;
use wsgi_gateway::Rest;

use crate::memory::Request;

/// Middleware that passes every response through a filter.
pub(crate) struct Through<A, M>(pub(crate) A, pub(crate) M);

impl<A, F, M> Application for Through<A, M>
where
    A: Application,
    F: Filter,
    M: Fn() -> F + Send + Sync,
{
    fn call(&self, environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
        filtered(&self.0, self.1(), environ, start_response)
    }
}

/// Adds a field, and counts its calls.
pub(crate) struct Stamp(pub(crate) &'static str, pub(crate) Arc<AtomicUsize>);

impl Filter for Stamp {
    fn head(&mut self, head: &mut Head) -> Result<Scope> {
        self.1.fetch_add(1, Ordering::SeqCst);
        head.headers.append("X-Stamp", self.0)?;
        Ok(Scope::Head)
    }
}

/// Puts each chunk in brackets and a full stop after the last.
pub(crate) struct Brackets;

impl Filter for Brackets {
    fn head(&mut self, head: &mut Head) -> Result<Scope> {
        head.headers.remove("Content-Length");
        Ok(Scope::Body)
    }

    fn chunk(&mut self, chunk: &[u8], out: &mut dyn Write) -> io::Result<()> {
        assert!(!chunk.is_empty());
        write!(out, "[{}]", String::from_utf8_lossy(chunk))
    }

    fn end(&mut self, out: &mut dyn Write) -> io::Result<()> {
        write!(out, ".")
    }
}

/// Holds everything back until the end.
#[derive(Default)]
struct Holding(Vec<u8>);

impl Filter for Holding {
    fn head(&mut self, _: &mut Head) -> Result<Scope> {
        Ok(Scope::Body)
    }

    fn chunk(&mut self, chunk: &[u8], _: &mut dyn Write) -> io::Result<()> {
        self.0.extend_from_slice(chunk);
        Ok(())
    }

    fn end(&mut self, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(&self.0)
    }
}

pub(crate) type App = Arc<dyn Application>;

fn app(f: impl Fn(&mut Environ, &mut StartResponse<'_>) -> Result + Send + Sync + 'static) -> App {
    Arc::new(f)
}

fn manifest() -> FileWrapper {
    FileWrapper::from_file(File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")).unwrap())
}

/// Responses of every shape with the text `ab`, and the pieces in which it comes.
pub(crate) fn shapes() -> [(&'static str, App, &'static str); 9] {
    [
        (
            "returned",
            app(|_, start_response| {
                start_response.start(Status::OK, ())?;
                Ok("ab".into())
            }),
            "[ab].",
        ),
        (
            "written",
            app(|_, start_response| {
                write!(start_response.start(Status::OK, ())?, "ab")?;
                Ok(Body::empty())
            }),
            "[ab].",
        ),
        (
            "written, then returned",
            app(|_, start_response| {
                write!(start_response.start(Status::OK, ())?, "a")?;
                Ok("b".into())
            }),
            "[a][b].",
        ),
        (
            "flushed, then returned",
            app(|_, start_response| {
                let mut body = start_response.start(Status::OK, ())?;
                write!(body, "a")?;
                body.flush()?;
                Ok("b".into())
            }),
            "[a][b].",
        ),
        (
            "flushed",
            app(|_, start_response| {
                let mut body = start_response.start(Status::OK, ())?;
                write!(body, "ab")?;
                body.flush()?;
                Ok("".into())
            }),
            "[ab].",
        ),
        (
            "chunks",
            app(|_, start_response| {
                start_response.start(Status::OK, ())?;
                Ok(Body::chunks(["", "a", "", "b"]))
            }),
            "[a][b].",
        ),
        (
            "written, then chunks",
            app(|_, start_response| {
                write!(start_response.start(Status::OK, ())?, "a")?;
                Ok(Body::chunks(["b"]))
            }),
            "[a][b].",
        ),
        (
            "flushed, then a reader",
            app(|_, start_response| {
                let mut body = start_response.start(Status::OK, ())?;
                write!(body, "a")?;
                body.flush()?;
                Ok(FileWrapper::new(&b"b"[..]).into())
            }),
            "[a][b].",
        ),
        (
            "the input",
            app(|_, start_response| {
                start_response.start(Status::OK, ())?;
                Ok(Input::from_bytes("ab").into())
            }),
            "[ab].",
        ),
    ]
}

#[test]
fn a_head_filter_runs_once_and_leaves_the_body_alone() {
    for (name, application, _) in shapes() {
        let count = Arc::new(AtomicUsize::new(0));
        let make = || Stamp("1", count.clone());
        let plain = Request::get().run(application.clone());
        let response = Request::get().run(Through(application.clone(), make));
        assert_eq!(count.load(Ordering::SeqCst), 1, "{name}");
        response
            .is(name, &plain.transcript)
            .has_fields("X-Stamp: 1\n")
            .has_log("");
    }
}

#[test]
fn a_body_filter_sees_every_byte_and_one_end() {
    for (name, application, expected) in shapes() {
        let response = Request::get().run(Through(application.clone(), || Brackets));
        assert_eq!(
            String::from_utf8_lossy(&response.body),
            expected,
            "{name}: {}",
            response.transcript
        );
        assert!(response.delivery.is_complete(), "{name}");
    }
}

#[test]
fn filters_run_from_the_innermost_to_the_outermost() {
    let count = Arc::new(AtomicUsize::new(0));
    for (name, application, _) in shapes() {
        let inner = Through(application.clone(), || Stamp("inner", count.clone()));
        Request::get()
            .run(Through(inner, || Stamp("outer", count.clone())))
            .has_fields("X-Stamp: inner\nX-Stamp: outer\n");
        let holding = Through(application.clone(), Holding::default);
        let response = Request::get().run(Through(holding, || Brackets));
        assert_eq!(String::from_utf8_lossy(&response.body), "[ab].", "{name}");
    }
}

#[test]
fn filters_above_one_that_holds_everything_back_still_see_the_head() {
    for (name, application, _) in shapes() {
        let count = Arc::new(AtomicUsize::new(0));
        let silent = || {
            struct Silent;
            impl Filter for Silent {
                fn head(&mut self, _: &mut Head) -> Result<Scope> {
                    Ok(Scope::Body)
                }
                fn chunk(&mut self, _: &[u8], _: &mut dyn Write) -> io::Result<()> {
                    Ok(())
                }
            }
            Silent
        };
        let inner = Through(application.clone(), silent);
        let response = Request::get().run(Through(inner, || Stamp("1", count.clone())));
        assert_eq!(count.load(Ordering::SeqCst), 1, "{name}");
        response
            .is(name, "200 OK +length 0 (0), complete")
            .has_fields("X-Stamp: 1\n");
    }
}

#[test]
fn a_head_filter_keeps_bytes_and_files_for_the_gateway() {
    static TEXT: &str = "text";
    let count = Arc::new(AtomicUsize::new(0));
    let stamped = |application: App| {
        let make = || Stamp("1", count.clone());
        Request::get().run(Through(application, make)).delivery.rest
    };
    let bytes = stamped(app(|_, start_response| {
        start_response.start(Status::OK, ())?;
        Ok(TEXT.into())
    }));
    assert!(matches!(&bytes, Rest::Bytes(bytes) if std::ptr::eq(bytes.as_ptr(), TEXT.as_ptr())));
    let file = stamped(app(|_, start_response| {
        start_response.start(Status::OK, ())?;
        Ok(manifest().with_range(0, 9)?.into())
    }));
    assert!(matches!(&file, Rest::File(file, 9) if file.as_file().is_some()));
}

#[test]
fn a_file_goes_through_a_body_filter_in_blocks() {
    let application = application(|_, start_response| {
        start_response.start(Status::OK, [("Content-Length", "9")])?;
        Ok(manifest().with_range(0, 9)?.with_block_size(5).into())
    });
    Request::get().run(Through(application, || Brackets)).is(
        "a file",
        "200 OK (chunked), \"[[pack]\", flush, \"[age]]\", flush, \".\", flush, complete",
    );
}

#[test]
fn a_filtered_body_in_memory_gets_its_new_length() {
    let declared = || {
        application(|_, start_response| {
            start_response.start(Status::OK, [("Content-Length", "2")])?;
            Ok("ab".into())
        })
    };
    Request::get()
        .run(Through(declared(), || Brackets))
        .is("GET", "200 OK +length 5 (5), rest \"[ab].\", complete");
    Request::head()
        .run(Through(declared(), || Brackets))
        .is("HEAD", "200 OK +length 5 (none), complete");
    Request::get()
        .run(Through(declared(), Holding::default))
        .is("a length that stays", "200 OK (2), rest \"ab\", complete");
}

#[test]
fn bytes_of_a_body_filter_are_sent_as_they_come() {
    let long = application(|_, start_response| {
        let mut body = start_response.start(Status::OK, ())?;
        body.write_all(&[b'x'; MAX_GATHERED_BYTES + 1])?;
        write!(body, "y")?;
        body.flush()?;
        Ok(Body::chunks(["z"]))
    });
    Request::get().run(Through(long, || Brackets)).is(
        "all at once",
        "200 OK (chunked), \"[\", 65537 bytes, \"]\", \"[\", \"y\", \"]\", flush, \
         \"[z]\", flush, \".\", flush, complete",
    );
}
