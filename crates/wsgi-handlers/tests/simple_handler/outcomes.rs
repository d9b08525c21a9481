//! Outcomes of responses, which the output may take only in part.

use std::{
    io::{self, ErrorKind, Read, Write},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    time::Instant,
};

use wsgi_application::{
    Application, Body, Chunk, Environ, Error, FileWrapper, Result, Status, application,
};
use wsgi_environ::{End, Errors, Input, InvalidVariable, Outcome};
use wsgi_handlers::{BaseCgiHandler, Handler, HttpVersion, SimpleHandler};

use super::{GET, handler, hello};

#[test]
fn hooks_receive_the_outcome_that_run_returns() {
    let received = Arc::new(Mutex::new(None));
    let receiver = received.clone();
    let app = application(move |environ, start_response| {
        let receiver = receiver.clone();
        environ.on_finished(move |_, outcome| *receiver.lock().unwrap() = Some(*outcome));
        hello(environ, start_response)
    });
    let mut handler = handler(&GET);
    let outcome = handler.run(&app);
    assert_eq!(*received.lock().unwrap(), Some(outcome));
    let output = handler.into_output();
    assert_eq!(outcome.bytes_sent(), output.len() as u64);
    let body = output.windows(4).position(|end| end == b"\r\n\r\n");
    let body = output.len() - body.expect("a head") - 4;
    assert_eq!(
        (outcome.status_code(), outcome.body_bytes()),
        (Some(200), body as u64)
    );
}

#[test]
fn a_response_that_fails_halfway_is_not_complete() {
    let app = application(|_environ, start_response| {
        start_response.start(Status::OK, ())?;
        let chunks: [Result<&str, Error>; 2] = [Ok("half"), Err("broken".into())];
        Ok(Body::chunks(chunks))
    });
    let mut handler = handler(&GET);
    let outcome = handler.run(&app);
    assert_eq!((outcome.end(), outcome.body_bytes()), (End::Failed, 4));
    assert!(handler.into_output().ends_with(b"\r\n\r\nhalf"));
}

/// An output that takes a number of bytes, one by one, and then fails.
struct Narrow(usize, Vec<u8>);

impl Write for Narrow {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.1.len() % 3 == 2 {
            self.1.push(0);
            self.0 += 1;
            return Err(ErrorKind::Interrupted.into());
        }
        if self.1.len() >= self.0 {
            return Err(ErrorKind::BrokenPipe.into());
        }
        self.1.extend_from_slice(&bytes[..1]);
        Ok(1)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_client_that_leaves_is_not_a_failure() {
    let rows: [(&str, Box<dyn Application>); 3] = [
        ("bytes", Box::new(hello)),
        (
            "chunks",
            Box::new(application(|_, start_response| {
                start_response.start(Status::OK, ())?;
                Ok(Body::chunks(["a"; 9]))
            })),
        ),
        (
            "written",
            Box::new(application(|_, start_response| {
                let mut writer = start_response.start(Status::OK, ())?;
                writer.write_all(&[b'x'; 100_000])?;
                Ok(Body::empty())
            })),
        ),
    ];
    for (name, application) in rows {
        let (errors, log) = Errors::buffer();
        let narrow = Narrow(10, Vec::new());
        let mut handler = SimpleHandler::new(io::empty(), narrow, errors, GET);
        let outcome = handler.run(&*application);
        assert_eq!(outcome.end(), End::Disconnected, "{name}");
        assert_eq!(outcome.bytes_sent(), 10, "{name}");
        assert_eq!(outcome.body_bytes(), 0, "{name}: the head is no body");
        assert_eq!(log.to_string(), "", "{name}");
    }
}

#[test]
fn the_body_counts_from_the_end_of_the_head() {
    let app = application(|_environ, start_response| {
        start_response.start(Status::OK, ())?;
        Ok(Body::chunks(["a"; 9]))
    });
    let head = "Status: 200 OK\r\n\r\n".len();
    for taken in [head - 1, head, head + 1, head + 9] {
        let narrow = Narrow(taken, Vec::new());
        let mut handler = BaseCgiHandler::new(io::empty(), narrow, Errors::discard(), GET);
        let outcome = handler.run(&app);
        let body = taken.saturating_sub(head) as u64;
        assert_eq!(outcome.bytes_sent(), taken as u64);
        assert_eq!(outcome.body_bytes(), body, "{taken} bytes");
        assert_eq!(outcome.is_complete(), body == 9, "{taken} bytes");
    }
}

/// An output that fails at its first byte, or when it is flushed.
struct Full(ErrorKind, bool);

impl Write for Full {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.1 {
            true => Ok(bytes.len()),
            false => Err(self.0.into()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Err(self.0.into())
    }
}

#[test]
fn an_entry_about_the_output_has_the_id_of_the_request() {
    let (errors, log) = Errors::buffer();
    let full = Full(ErrorKind::StorageFull, false);
    let app = application(|environ, start_response| {
        environ.set("UNIQUE_ID", "7f");
        hello(environ, start_response)
    });
    let mut handler = SimpleHandler::new(io::empty(), full, errors, GET);
    assert!(!handler.run(&app).is_complete());
    let start = "[7f] GET \"/x\": the response cannot be written: ";
    assert!(log.to_string().starts_with(start), "{log}");
}

#[test]
fn an_output_that_times_out_is_told_from_a_reader_that_left() {
    for (kind, end) in [
        (ErrorKind::WouldBlock, End::TimedOut), // of a socket with a time limit
        (ErrorKind::BrokenPipe, End::Disconnected),
    ] {
        for at_flush in [false, true] {
            let full = Full(kind, at_flush);
            let mut handler = SimpleHandler::new(io::empty(), full, Errors::discard(), GET);
            let outcome = handler.run(&application(hello));
            assert_eq!(outcome.end(), end, "{kind}");
        }
    }
}

/// An output that is full at its first byte, and then has no reader.
struct Worsening(bool);

impl Write for Worsening {
    fn write(&mut self, _bytes: &[u8]) -> io::Result<usize> {
        Err(match std::mem::replace(&mut self.0, true) {
            false => ErrorKind::StorageFull.into(),
            true => ErrorKind::BrokenPipe.into(),
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        Err(ErrorKind::BrokenPipe.into())
    }
}

#[test]
fn the_first_error_of_an_output_is_logged_whatever_follows() {
    let app = application(|_environ, start_response| {
        start_response.start(Status::OK, ())?;
        Ok(vec![b'x'; 100_000].into())
    });
    let (errors, log) = Errors::buffer();
    let mut handler = SimpleHandler::new(io::empty(), Worsening(false), errors, GET);
    assert!(!handler.run(&app).is_complete());
    let kind = ErrorKind::StorageFull;
    let line = format!("GET \"/x\": the response cannot be written: {kind}\n");
    assert_eq!(log.to_string(), line);
}

/// An owner that gives its bytes once, so that the length of the body is known.
struct Forgetful(AtomicBool);

impl AsRef<[u8]> for Forgetful {
    fn as_ref(&self) -> &[u8] {
        match self.0.swap(true, SeqCst) {
            false => b"bytes",
            true => b"",
        }
    }
}

#[test]
fn bytes_that_their_owner_loses_are_logged_as_a_body() {
    let app = application(|_environ, start_response| {
        start_response.start(Status::OK, ())?;
        Ok(Chunk::from_owner(Forgetful(AtomicBool::new(false))).into())
    });
    let (errors, log) = Errors::buffer();
    let mut handler = SimpleHandler::new(io::empty(), Vec::new(), errors, GET);
    assert_eq!(handler.run(&app).end(), End::Failed);
    let line = "GET \"/x\": the body cannot be sent: the owner of a chunk lost its bytes\n";
    assert_eq!(log.to_string(), line);
}

#[test]
fn an_output_that_fails_is_logged_unless_its_reader_has_left() {
    let rows = [
        (ErrorKind::StorageFull, true),
        (ErrorKind::PermissionDenied, true),
        (ErrorKind::BrokenPipe, false),
        (ErrorKind::ConnectionReset, false),
        (ErrorKind::ConnectionAborted, false),
    ];
    for (kind, is_logged) in rows {
        for at_flush in [false, true] {
            let (errors, log) = Errors::buffer();
            let full = Full(kind, at_flush);
            let mut handler = SimpleHandler::new(io::empty(), full, errors.clone(), GET);
            assert!(!handler.run(&application(hello)).is_complete(), "{kind}");
            let full = Full(kind, at_flush);
            let mut handler = BaseCgiHandler::new(io::empty(), full, errors, GET);
            assert!(!handler.run(&application(hello)).is_complete(), "{kind}");
            let line = format!("GET \"/x\": the response cannot be written: {kind}\n");
            let expected = if is_logged {
                line.repeat(2)
            } else {
                String::new()
            };
            assert_eq!(log.to_string(), expected, "{kind}");
        }
    }
}

/// A handler whose way to send files works, is absent or fails.
struct Sender {
    output: Vec<u8>,
    errors: Errors,
    sends: io::Result<bool>,
    asked: Vec<u64>,
}

impl Handler for Sender {
    fn add_variables(&mut self, environ: &mut Environ) -> Result<(), InvalidVariable> {
        environ.set("REQUEST_METHOD", "GET");
        Ok(())
    }

    fn input(&mut self, _environ: &Environ) -> Input {
        Input::empty()
    }

    fn output(&mut self) -> &mut dyn Write {
        &mut self.output
    }

    fn errors(&mut self) -> Errors {
        self.errors.clone()
    }

    fn origin_server(&self) -> Option<HttpVersion> {
        None
    }

    fn sendfile(&mut self, file: &mut FileWrapper, length: u64) -> io::Result<bool> {
        assert!(self.output.ends_with(b"\r\n\r\n"), "the head comes first");
        self.asked.push(length);
        if self.sends.is_err() {
            file.read_exact(&mut [0; 3])?; // as much was sent before
        }
        std::mem::replace(&mut self.sends, Ok(false))
    }
}

#[track_caller]
fn check_file(sends: io::Result<bool>, body: &str, complete: bool, logged: &str) -> Outcome {
    let app = application(|_environ, start_response| {
        start_response.start(Status::OK, ())?;
        let mut file = tempfile::tempfile()?;
        write!(file, "a file")?;
        Ok(FileWrapper::from_file(file).with_range(2, 4)?.into())
    });
    let (errors, log) = Errors::buffer();
    let mut sender = Sender {
        output: Vec::new(),
        errors,
        sends,
        asked: Vec::new(),
    };
    let outcome = sender.run(&app);
    assert_eq!(sender.asked, [4]);
    assert_eq!(outcome.is_complete(), complete);
    assert_eq!(
        String::from_utf8(sender.output).unwrap(),
        format!("Status: 200 OK\r\nContent-Length: 4\r\n\r\n{body}")
    );
    assert_eq!(log.to_string(), logged);
    outcome
}

#[test]
fn a_file_is_sent_by_the_handler_if_it_has_a_way() {
    let by_hand = check_file(Ok(false), "file", true, "");
    let sent = check_file(Ok(true), "", true, "");
    assert_eq!(sent.bytes_sent(), by_hand.bytes_sent());
    let cut = check_file(Err(ErrorKind::BrokenPipe.into()), "", false, "");
    assert_eq!((cut.end(), cut.body_bytes()), (End::Disconnected, 3));
    let error = io::Error::new(ErrorKind::UnexpectedEof, "too short");
    let logged = "GET \"\": the file cannot be sent: too short\n";
    let cut = check_file(Err(error), "", false, logged);
    assert_eq!((cut.end(), cut.body_bytes()), (End::Failed, 3));
}

#[test]
fn a_response_after_the_deadline_is_replaced_by_504() {
    let app = application(|environ, start_response| {
        environ.set_deadline(Instant::now());
        hello(environ, start_response)
    });
    let mut handler = handler(&GET);
    let outcome = handler.run(&app);
    assert_eq!(
        (outcome.end(), outcome.status_code()),
        (End::Complete, Some(504))
    );
    let output = String::from_utf8(handler.into_output()).unwrap();
    assert!(output.contains("504 Gateway Timeout"), "{output}");
}
