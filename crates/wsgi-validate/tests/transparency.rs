//! A validator does not change a response that keeps the rules, down to each call of the transport.

use std::{
    fs::File,
    io::{self, BufRead, Read, Write},
    time::{Duration, SystemTime},
};

use wsgi_application::{
    Application, Body, Disconnected, Environ, FileWrapper, Filter, Head, MAX_GATHERED_BYTES,
    Result, Scope, StartResponse, Status, application, filtered,
};
use wsgi_environ::{Errors, Input, InputError, Outcome, setup_testing_defaults};
use wsgi_gateway::{Engine, Exchange, Framing, Rest, Rules, Transport, run_hooks};
use wsgi_validate::{Validator, validator};

const TEXT: [(&str, &str); 1] = [("Content-Type", "text/plain")];
const FOUR: [(&str, &str); 2] = [("Content-Type", "text/plain"), ("Content-Length", "4")];

/// Records its calls, and fails after a number of bytes of the body.
struct Recording {
    calls: Vec<String>,
    left: usize,
}

impl Transport for Recording {
    fn head(&mut self, head: &Head, framing: Framing) -> io::Result<()> {
        let Head {
            status, headers, ..
        } = head;
        self.calls.push(format!("{status} {headers:?} {framing:?}"));
        Ok(())
    }

    fn body(&mut self, bytes: &[u8]) -> io::Result<()> {
        let start = String::from_utf8_lossy(&bytes[..bytes.len().min(20)]);
        self.calls.push(format!("{} bytes: {start:?}", bytes.len()));
        self.left = match self.left.checked_sub(bytes.len()) {
            Some(left) => left,
            None => return Err(io::ErrorKind::BrokenPipe.into()),
        };
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.calls.push("flush".to_owned());
        Ok(())
    }
}

/// A request, and the number of bytes of the body that its client takes.
#[derive(Clone, Copy)]
struct Case {
    method: &'static str,
    input: fn() -> Input,
    takes: usize,
}

const GET: Case = Case {
    method: "GET",
    input: Input::empty,
    takes: usize::MAX,
};

/// Everything that can be observed of a request.
fn observe(case: &Case, app: &dyn Application) -> Vec<String> {
    let (errors, log) = Errors::buffer();
    let mut environ = Environ::new();
    environ.set("REQUEST_METHOD", case.method);
    environ.set("QUERY_STRING", "");
    environ.set_errors(errors);
    let input = (case.input)();
    if let Some(length) = input.remaining() {
        environ.set("CONTENT_LENGTH", length.to_string());
    }
    environ.set_input(input);
    setup_testing_defaults(&mut environ);

    let mut recording = Recording {
        calls: Vec::new(),
        left: case.takes,
    };
    let rules = Rules {
        head_only: case.method == "HEAD",
        chunked: true,
    };
    let engine = Engine::new().max_backtrace_lines(Some(0));
    let delivery = engine.respond(
        app,
        &mut environ,
        rules,
        &mut Exchange::new(),
        &mut recording,
    );
    let end = delivery.end();
    recording.calls.push(match &delivery.rest {
        Rest::Nothing => "nothing is left".to_owned(),
        Rest::Bytes(bytes) => format!("{} bytes are left", bytes.len()),
        Rest::File(file, length) => {
            let position = FileWrapper::position(file).unwrap();
            format!("{length} bytes of a file from {position:?} on are left")
        }
        _ => "something else is left".to_owned(),
    });
    drop(delivery);
    let outcome = Outcome::new(end, SystemTime::now(), Duration::ZERO);
    run_hooks(&mut environ, &outcome);
    let mut calls = recording.calls;
    calls.push(format!("end: {end:?}"));
    calls.push(format!("log: {log}"));
    calls
}

#[track_caller]
fn check<A: Application>(name: &str, case: Case, app: fn() -> A) {
    let plain = observe(&case, &app());
    assert_eq!(observe(&case, &validator(app())), plain, "{name}");
    let twice: Validator<_> = validator(validator(app()));
    assert_eq!(observe(&case, &twice), plain, "{name}, twice");
}

fn returned(body: fn() -> Body) -> impl Application {
    application(move |_environ, start_response| {
        start_response.start(Status::OK, TEXT)?;
        Ok(body())
    })
}

fn readme() -> FileWrapper {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");
    FileWrapper::from_file(File::open(path).unwrap())
}

#[test]
fn bodies_keep_their_kind() {
    check("empty", GET, || returned(Body::empty));
    check("bytes", GET, || returned(|| "hello".into()));
    check("chunks", GET, || returned(|| Body::chunks(["a", "", "bc"])));
    check("no chunks", GET, || returned(|| Body::chunks(["", ""])));
    check("a file", GET, || returned(|| readme().into()));
    check("a range", GET, || {
        returned(|| readme().with_range(2, 4).unwrap().into())
    });
    check("a reader", GET, || {
        returned(|| FileWrapper::new(&b"hello"[..]).with_block_size(2).into())
    });
    check("an input", GET, || {
        returned(|| Input::from_bytes("hello").into())
    });
    check("an endless input", GET, || {
        returned(|| Input::from_reader(&b"hello"[..], None).into())
    });
    check("a declared length", GET, || {
        application(|_environ, start_response| {
            start_response.start(Status::OK, FOUR)?;
            Ok(Body::chunks(["fo", "ur"]))
        })
    });
}

#[test]
fn written_bytes_leave_at_the_same_time() {
    check("few", GET, || {
        application(|_environ, start_response| {
            write!(start_response.start(Status::OK, TEXT)?, "hello")?;
            Ok(" world".into())
        })
    });
    check("flushed", GET, || {
        application(|_environ, start_response| {
            let mut body = start_response.start(Status::OK, TEXT)?;
            body.flush()?;
            for line in 0..3 {
                writeln!(body, "{line}")?;
                body.flush()?;
            }
            Ok(Body::chunks(["and", "more"]))
        })
    });
    check("many", GET, || {
        application(|_environ, start_response| {
            let mut body = start_response.start(Status::OK, TEXT)?;
            body.write_all(&vec![b'x'; MAX_GATHERED_BYTES])?;
            body.write_all(b"y")?;
            Ok("z".into())
        })
    });
    check("replaced", GET, || {
        application(|_environ, start_response| {
            write!(start_response.start(Status::OK, TEXT)?, "half")?;
            start_response.restart("broken".into(), Status::BAD_GATEWAY, TEXT)?;
            Ok("sorry".into())
        })
    });
}

#[test]
fn responses_without_a_body_have_none() {
    let head = || Case {
        method: "HEAD",
        ..GET
    };
    check("bytes for HEAD", head(), || returned(|| "hello".into()));
    check("chunks for HEAD", head(), || {
        returned(|| Body::chunks(["a", "b"]))
    });
    check("a file for HEAD", head(), || returned(|| readme().into()));
    check("nothing for HEAD", head(), || {
        application(|_environ, start_response| {
            start_response.start(Status::OK, FOUR)?;
            Ok(Body::empty())
        })
    });
    for status in [
        Status::NO_CONTENT,
        Status::RESET_CONTENT,
        Status::NOT_MODIFIED,
    ] {
        let app = |_: &mut Environ, start_response: &mut StartResponse<'_>| {
            start_response.start(status.clone(), [("ETag", "\"1\"")])?;
            Ok(Body::empty())
        };
        let plain = observe(&GET, &app);
        assert_eq!(observe(&GET, &validator(app)), plain, "{status}");
    }
}

#[test]
fn failures_of_the_application_do_not_change() {
    check("before the start", GET, || {
        application(|_, _| Err("no tea".into()))
    });
    check("after the start", GET, || {
        application(|_environ, start_response| {
            start_response.start(Status::OK, TEXT)?;
            Err(io::Error::from(io::ErrorKind::NotFound).into())
        })
    });
    check("after the head", GET, || {
        application(|_environ, start_response| {
            let mut body = start_response.start(Status::OK, TEXT)?;
            body.write_all(b"half")?;
            body.flush()?;
            let error = start_response.restart("no tea".into(), Status::OK, ());
            error.map(|_| Body::empty())
        })
    });
    check("a panic", GET, || application(|_, _| panic!("spilled")));
    check("in the first chunk", GET, || {
        returned(|| Body::chunks([Err::<&str, _>("no ink")]))
    });
    check("in a later chunk", GET, || {
        returned(|| Body::chunks([Ok("ink"), Err("no more")]))
    });
    check("a panic in a chunk", GET, || {
        returned(|| Body::chunks(std::iter::once_with(|| -> &str { panic!("spilled") })))
    });
    check("in a reader", GET, || {
        returned(|| FileWrapper::new((&b"ink"[..]).chain(Broken)).into())
    });
    let truncated = || Input::from_reader(&b"four"[..], Some(9));
    let post = Case {
        method: "POST",
        input: truncated,
        ..GET
    };
    check("in the input", post, || {
        application(|environ, start_response| {
            environ.input().read_to_end(&mut Vec::new())?;
            start_response.start(Status::OK, TEXT)?;
            Ok("never".into())
        })
    });
    let post = Case {
        method: "POST",
        input: truncated,
        ..GET
    };
    check("in the input sent back", post, || {
        application(|environ, start_response| {
            start_response.start(Status::OK, TEXT)?;
            Ok(environ.take_input().into())
        })
    });
}

/// A reader that fails.
struct Broken;

impl Read for Broken {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(InputError::TooLarge.into())
    }
}

#[test]
fn a_client_that_goes_away_is_not_a_failure() {
    let gone = |takes| Case { takes, ..GET };
    check("while chunks are sent", gone(3), || {
        returned(|| Body::chunks(std::iter::repeat_n("two", 9)))
    });
    check("while it is written", gone(3), || {
        application(|_environ, start_response| {
            let mut body = start_response.start(Status::OK, TEXT)?;
            loop {
                writeln!(body, "line")?;
                body.flush()?;
            }
        })
    });
    check("and the application ignores it", gone(1), || {
        application(|_environ, start_response| {
            let mut body = start_response.start(Status::OK, FOUR)?;
            let _ = body.write_all(b"fo");
            let _ = body.flush();
            let _ = body.write_all(b"ur");
            Ok(Body::empty())
        })
    });
    check("and the application reports it", GET, || {
        application(|_environ, start_response| {
            start_response.start(Status::OK, TEXT)?;
            Err(io::Error::from(Disconnected).into())
        })
    });
}

#[test]
fn the_input_does_not_change() {
    let inputs: [fn() -> Input; 3] = [
        || Input::from_bytes("a line\nand more"),
        || Input::from_reader(&b"a line\nand more"[..], Some(15)),
        || Input::from_reader(&b"a line\nand more"[..], None),
    ];
    for input in inputs {
        let post = || Case {
            method: "POST",
            input,
            ..GET
        };
        check("read", post(), || {
            application(|environ, start_response| {
                let input = environ.input();
                let mut text = format!("{:?} ", input.remaining());
                input.read_line(&mut text)?;
                text.push_str(&format!("{:?} ", input.remaining()));
                input.read_to_string(&mut text)?;
                text.push_str(&format!("{:?} ", input.remaining()));
                start_response.start(Status::OK, TEXT)?;
                Ok(text.into())
            })
        });
        check("sent back", post(), || {
            application(|environ, start_response| {
                environ.input().read_exact(&mut [0; 3])?;
                start_response.start(Status::OK, TEXT)?;
                Ok(environ.take_input().into())
            })
        });
        check("not read", post(), || returned(|| "hello".into()));
    }
}

#[test]
fn hooks_and_the_errors_stream_do_not_change() {
    check("hooks", GET, || {
        application(|environ, start_response| {
            for name in ["first", "second"] {
                environ.on_finished(move |environ, outcome| {
                    let text = format!("{name} {}", outcome.is_complete());
                    environ.errors().print(text);
                });
            }
            start_response.start(Status::OK, TEXT)?;
            Ok("hello".into())
        })
    });
    check("errors", GET, || {
        application(|environ, start_response| {
            environ.errors().print("now");
            let errors = environ.errors().clone();
            start_response.start(Status::OK, TEXT)?;
            Ok(Body::chunks(std::iter::once_with(move || {
                errors.print("later");
                "hello"
            })))
        })
    });
}

#[test]
fn filters_inside_and_outside_see_the_same() {
    /// Doubles what leaves at a flush, and adds a field.
    #[derive(Default)]
    struct Double(Vec<u8>);
    impl Filter for Double {
        fn head(&mut self, head: &mut Head) -> Result<Scope> {
            head.headers.append("X-Doubled", "yes")?;
            Ok(Scope::Body)
        }
        fn chunk(&mut self, chunk: &[u8], _: &mut dyn Write) -> io::Result<()> {
            self.0.extend_from_slice(chunk);
            Ok(())
        }
        fn flush(&mut self, out: &mut dyn Write) -> io::Result<()> {
            out.write_all(&std::mem::take(&mut self.0).repeat(2))
        }
    }
    fn hello(_: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
        let mut body = start_response.start(Status::OK, TEXT)?;
        write!(body, "hel")?;
        body.flush()?;
        write!(body, "lo")?;
        Ok(Body::chunks([" ", "world"]))
    }
    check("inside", GET, || {
        application(|environ, start_response| {
            filtered(&hello, Double::default(), environ, start_response)
        })
    });
    let around = |app: fn() -> Box<dyn Application>| {
        application(move |environ, start_response| {
            filtered(&*app(), Double::default(), environ, start_response)
        })
    };
    let plain = observe(&GET, &around(|| Box::new(hello)));
    assert!(plain[1..3] == ["6 bytes: \"helhel\"", "flush"], "{plain:?}");
    assert_eq!(observe(&GET, &around(|| Box::new(validator(hello)))), plain);
}
