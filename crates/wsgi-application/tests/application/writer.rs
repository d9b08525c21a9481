//! The writer: gathered bytes and bytes for the outlet.

use std::io::{self, Write};

use wsgi_application::{
    Environ, Exchange, Filter, Head, MAX_GATHERED_BYTES, Outlet, Result, Scope, StartResponse,
    Status, application, filtered,
};

/// Records the calls, until it fails.
#[derive(Default)]
struct Recorded {
    calls: Vec<String>,
    fails: bool,
}

impl Outlet for Recorded {
    fn write(&mut self, head: &mut Head, chunk: &[u8]) -> io::Result<()> {
        assert!(head.is_committed());
        assert!(!chunk.is_empty());
        self.calls.push(chunk.len().to_string());
        match self.fails {
            true => Err(io::ErrorKind::BrokenPipe.into()),
            false => Ok(()),
        }
    }

    fn flush(&mut self, head: &mut Head) -> io::Result<()> {
        assert!(head.is_committed());
        self.calls.push("flush".to_owned());
        Ok(())
    }
}

/// Performs the steps: writes of a number of bytes, and flushes for `None`.
#[track_caller]
fn check(name: &str, steps: &[Option<usize>], gathered: usize, calls: &[&str]) {
    let (mut exchange, mut outlet) = (Exchange::new(), Recorded::default());
    let mut start_response = StartResponse::new(&mut exchange, &mut outlet);
    let mut body = start_response.start(Status::OK, ()).unwrap();
    for step in steps {
        match step {
            Some(length) => body.write_all(&vec![b'x'; *length]).unwrap(),
            None => body.flush().unwrap(),
        }
    }
    assert_eq!(outlet.calls, calls, "{name}");
    assert_eq!(exchange.gathered.len(), gathered, "{name}");
    assert_eq!(exchange.head.is_committed(), !calls.is_empty(), "{name}");
}

#[test]
fn bytes_are_gathered_up_to_the_limit_or_a_flush() {
    const FULL: usize = MAX_GATHERED_BYTES;
    check("nothing", &[], 0, &[]);
    check("a flush of nothing", &[None, Some(0), None], 0, &[]);
    check("few", &[Some(1), Some(2)], 3, &[]);
    check("up to the limit", &[Some(FULL)], FULL, &[]);
    check("in pieces", &[Some(FULL - 1), Some(1)], FULL, &[]);
    check("one more", &[Some(FULL), Some(1)], 0, &["65536", "1"]);
    check("all at once", &[Some(FULL + 1)], 0, &["65537"]);
    check("a flush", &[Some(1), None], 0, &["1", "flush"]);
    check(
        "after a flush",
        &[Some(1), None, Some(0), Some(2), None],
        0,
        &["1", "flush", "2", "flush"],
    );
}

#[test]
fn the_writer_returns_errors_of_the_outlet_and_sends_no_byte_twice() {
    let mut exchange = Exchange::new();
    let mut outlet = Recorded {
        fails: true,
        ..Recorded::default()
    };
    let mut start_response = StartResponse::new(&mut exchange, &mut outlet);
    let mut body = start_response.start(Status::OK, ()).unwrap();
    write!(body, "abc").unwrap();
    assert_eq!(body.flush().unwrap_err().kind(), io::ErrorKind::BrokenPipe);
    assert!(write!(body, "d").is_err());
    assert_eq!(outlet.calls, ["3", "1"]);
    assert!(exchange.gathered.is_empty());
}

#[test]
fn a_filter_passes_its_own_flush_and_the_body_that_it_does_not_change() {
    struct Flushing;
    impl Filter for Flushing {
        fn head(&mut self, _: &mut Head) -> Result<Scope> {
            Ok(Scope::Body)
        }
        fn chunk(&mut self, chunk: &[u8], out: &mut dyn Write) -> io::Result<()> {
            out.write_all(chunk)?;
            out.flush()
        }
    }
    struct Unchanged;
    impl Filter for Unchanged {
        fn head(&mut self, _: &mut Head) -> Result<Scope> {
            Ok(Scope::Body)
        }
    }
    let writing = application(|_, start_response| {
        let mut body = start_response.start(Status::OK, ())?;
        body.write_all(&[b'x'; MAX_GATHERED_BYTES + 1])?;
        Ok("more".into())
    });
    let middleware = application(move |environ, start_response| {
        filtered(&writing, Flushing, environ, start_response)
    });
    let (mut exchange, mut outlet) = (Exchange::new(), Recorded::default());
    let mut start_response = StartResponse::new(&mut exchange, &mut outlet);
    let body = filtered(
        &middleware,
        Unchanged,
        &mut Environ::new(),
        &mut start_response,
    );
    assert_eq!(format!("{:?}", body.unwrap()), r#"Body("more")"#);
    assert_eq!(outlet.calls, ["65537", "flush"]);
}

#[test]
fn a_failed_filter_is_not_called_again() {
    struct Failing(usize);
    impl Filter for Failing {
        fn head(&mut self, _: &mut Head) -> Result<Scope> {
            Ok(Scope::Body)
        }
        fn chunk(&mut self, _: &[u8], _: &mut dyn Write) -> io::Result<()> {
            self.0 += 1;
            assert_eq!(self.0, 1, "called again");
            Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "not compressible",
            ))
        }
        fn end(&mut self, _: &mut dyn Write) -> io::Result<()> {
            unreachable!("the body has failed")
        }
    }
    let stubborn = application(|_, start_response| {
        let mut body = start_response.start(Status::OK, ())?;
        for _ in 0..3 {
            body.write_all(&[b'x'; MAX_GATHERED_BYTES + 1]).unwrap_err();
        }
        Ok("more".into())
    });
    let (mut exchange, mut outlet) = (Exchange::new(), Recorded::default());
    let mut start_response = StartResponse::new(&mut exchange, &mut outlet);
    let result = filtered(
        &stubborn,
        Failing(0),
        &mut Environ::new(),
        &mut start_response,
    );
    let error = result.unwrap_err().into_io();
    assert_eq!(error.kind(), io::ErrorKind::InvalidData, "the original");
    assert!(outlet.calls.is_empty());
}
