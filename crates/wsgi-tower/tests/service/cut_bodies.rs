//! Bodies that end before their length.

use std::{
    fs::File,
    io::{self, Read, Seek, Write},
    sync::atomic::{AtomicBool, Ordering},
};

use http_body_util::BodyExt;
use wsgi_application::{Application, Body, Chunk, FileWrapper, Status, application};
use wsgi_environ::End;
use wsgi_tower::Pool;

use crate::park::park;
use crate::support::{PATIENCE, get, logged, noting};

/// Checks that a response gives these bytes and then an error, and what is logged.
#[track_caller]
fn check(app: impl Application + 'static, expected: &[u8], logged_text: &str) {
    let (app, outcomes) = noting(app);
    let (mut service, log) = logged(app, &Pool::new(1));
    let mut body = get(&mut service).into_body();
    let mut taken = Vec::new();
    loop {
        match park(body.frame()) {
            Some(Ok(frame)) => taken.extend_from_slice(&frame.into_data().unwrap()),
            Some(Err(_)) => break,
            None => panic!("{} bytes are a whole body", taken.len()),
        }
    }
    assert_eq!(
        taken.escape_ascii().to_string(),
        expected.escape_ascii().to_string()
    );
    drop(body);
    let (outcome, _) = outcomes.recv_timeout(PATIENCE).unwrap();
    assert_eq!(
        (outcome.end(), outcome.body_bytes()),
        (End::Failed, expected.len() as u64)
    );
    assert_eq!(log.to_string(), format!("GET \"/\": {logged_text}\n"));
}

/// A file of 50 bytes.
fn file() -> io::Result<FileWrapper> {
    let mut file = tempfile::tempfile()?;
    file.write_all(&[b'x'; 50])?;
    file.rewind()?;
    Ok(FileWrapper::from_file(file))
}

#[test]
fn a_file_that_is_shorter_than_the_content_length_is_cut() {
    let app = application(|_environ, start_response| {
        start_response.start(Status::OK, [("Content-Length", "100")])?;
        Ok(file()?.into())
    });
    let logged = "the body is 50 bytes short of its Content-Length";
    check(app, &[b'x'; 50], logged);
}

#[test]
fn a_file_that_has_become_shorter_is_cut_and_the_log_says_so() {
    let app = application(|_environ, start_response| {
        start_response.start(Status::OK, ())?;
        Ok(file()?.with_known_length(100).into())
    });
    let logged = "the file cannot be sent: the file has become shorter";
    check(app, &[b'x'; 50], logged);
}

#[test]
fn a_file_that_cannot_be_read_is_cut_and_the_log_says_why() {
    let path = tempfile::NamedTempFile::new().unwrap();
    let unreadable = move || File::options().write(true).open(&path);
    let error = unreadable().unwrap().read(&mut [0]).unwrap_err();
    let app = application(move |_environ, start_response| {
        start_response.start(Status::OK, ())?;
        let file = FileWrapper::from_file(unreadable()?);
        Ok(file.with_known_length(100).into())
    });
    check(app, b"", &format!("the file cannot be sent: {error}"));
}

/// Bytes that are lost after the first look.
struct Lossy(AtomicBool);

impl AsRef<[u8]> for Lossy {
    fn as_ref(&self) -> &[u8] {
        match self.0.swap(true, Ordering::SeqCst) {
            false => b"abc",
            true => b"",
        }
    }
}

/// A chunk whose bytes are lost.
fn lost() -> Chunk {
    Chunk::from_owner(Lossy(AtomicBool::new(false)))
}

const LOST: &str = "the body cannot be sent: the owner of a chunk lost its bytes";

#[test]
fn bytes_that_their_owner_loses_are_a_cut_body() {
    let app = application(|_environ, start_response| {
        start_response.start(Status::OK, ())?;
        Ok(lost().into())
    });
    check(app, b"", LOST);
    let app = application(|_environ, start_response| {
        start_response.start(Status::OK, ())?.write_all(b"first ")?;
        Ok(lost().into())
    });
    check(app, b"first ", LOST);
}

#[test]
fn bytes_of_a_live_body_that_their_owner_loses_are_a_cut_body() {
    let app = application(|_environ, start_response| {
        start_response.start(Status::OK, ())?;
        let (sender, body) = Body::channel(1024);
        sender.send("first")?;
        sender.send(lost())?;
        Ok(body)
    });
    check(app, b"first", LOST);
}
