//! Bodies of responses.

use std::{
    io::{BufRead, Seek, Write},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use bytes::Bytes;
use http::Request;
use http_body::Body as _;
use http_body_util::{BodyExt, Empty};
use wsgi_application::{Application, Body, FileWrapper, Status, application};
use wsgi_environ::End;
use wsgi_tower::{ApplicationService, Pool};

use crate::park::park;
use crate::{
    chunks::Chunks,
    support::{PATIENCE, call, collect, get, noting, text},
};

#[test]
fn bytes_have_a_length_and_are_whole_with_the_head() {
    let (app, outcomes) = noting(text("Hello world!\n"));
    let mut service = ApplicationService::new(app);
    let response = get(&mut service);
    assert_eq!(response.headers()["content-length"], "13");
    assert_eq!(response.headers()["content-type"], "text/plain");
    assert_eq!(response.body().size_hint().exact(), Some(13));
    assert_eq!(collect(response.into_body()), "Hello world!\n");
    let (outcome, thread) = outcomes.recv_timeout(PATIENCE).unwrap();
    assert_eq!(
        (outcome.end(), outcome.status_code()),
        (End::Complete, Some(200))
    );
    assert_eq!(outcome.body_bytes(), 13);
    assert_eq!(thread, "wsgi-pool", "hooks are code that may block");
}

#[test]
fn a_head_request_has_a_length_and_no_body() {
    let (app, outcomes) = noting(text("Hello world!\n"));
    let mut service = ApplicationService::new(app);
    let request = Request::head("/").body(Empty::<Bytes>::new()).unwrap();
    let response = call(&mut service, request);
    assert_eq!(response.headers()["content-length"], "13");
    assert!(response.body().is_end_stream());
    drop(response); // servers do not ask a body that has ended
    assert_eq!(
        outcomes.recv_timeout(PATIENCE).unwrap().0.end(),
        End::Complete
    );
}

#[test]
fn a_body_is_streamed_through_a_bounded_buffer() {
    const PIECE: usize = 10_000;
    let written = Arc::new(AtomicUsize::new(0));
    let app = {
        let written = Arc::clone(&written);
        application(move |_environ, start_response| {
            let mut body = start_response.start(Status::OK, ())?;
            for _ in 0..200 {
                body.write_all(&[b'x'; PIECE])?;
                body.flush()?;
                written.fetch_add(PIECE, Ordering::SeqCst);
            }
            Ok(Body::empty())
        })
    };
    let mut service = ApplicationService::builder(app).buffer(20_000).build();
    let mut body = get(&mut service).into_body();
    let mut taken = 0;
    while let Some(frame) = park(body.frame()) {
        taken += frame.unwrap().into_data().unwrap().len();
        // One piece may be on its way beside those in the buffer.
        let ahead = written.load(Ordering::SeqCst).saturating_sub(taken);
        assert!(ahead <= 20_000 + PIECE, "{ahead} bytes ahead");
    }
    assert_eq!(taken, 200 * PIECE);
}

#[test]
fn small_writes_are_gathered_until_a_flush() {
    let app = application(|_environ, start_response| {
        let mut body = start_response.start(Status::OK, ())?;
        body.write_all(&[b'x'; 70_000])?; // the head is out
        for _ in 0..100 {
            body.write_all(b"12345")?;
        }
        body.flush()?;
        Ok("end".into())
    });
    let mut service = ApplicationService::new(app);
    let mut body = get(&mut service).into_body();
    let (mut pieces, mut length) = (0, 0);
    while let Some(frame) = park(body.frame()) {
        pieces += 1;
        length += frame.unwrap().into_data().unwrap().len();
    }
    assert_eq!(length, 70_503);
    assert!(pieces <= 4, "{pieces} pieces");
}

/// Reads lines and answers each at once.
fn echo_lines() -> impl Application {
    application(|environ, start_response| {
        start_response.start(Status::OK, ())?;
        let input = environ.take_input();
        Ok(Body::chunks(
            input.lines().map(|line| line.map(|line| line + "\n")),
        ))
    })
}

#[test]
fn bodies_flow_both_ways_at_once() {
    let mut service = ApplicationService::new(echo_lines());
    let queue = Chunks::default();
    queue.send("one\n");
    let request = Request::post("/").body(queue.clone()).unwrap();
    let mut body = call(&mut service, request).into_body();
    for line in ["one\n", "two\n", "three\n"] {
        let frame = park(body.frame()).unwrap().unwrap();
        assert_eq!(frame.into_data().unwrap(), line);
        match line {
            "one\n" => queue.send("two\n"),
            "two\n" => {
                queue.send("thr");
                queue.send("ee\n");
            }
            _ => queue.end(),
        }
    }
    assert!(park(body.frame()).is_none());
}

#[test]
fn files_are_read_as_the_client_takes_them_without_a_thread() {
    let mut file = tempfile::tempfile().unwrap();
    let content: Vec<u8> = (0..1_000_000_u32).map(|at| (at / 7) as u8).collect();
    file.write_all(&content).unwrap();
    let app = application(move |_environ, start_response| {
        let mut file = file.try_clone()?;
        file.rewind()?;
        start_response.start(Status::OK, ())?;
        Ok(FileWrapper::from_file(file).into())
    });
    let (app, outcomes) = noting(app);
    let pool = Pool::new(1);
    let mut service = ApplicationService::builder(app).pool(&pool).build();
    let mut body = get(&mut service).into_body();
    assert_eq!(body.size_hint().exact(), Some(1_000_000));
    let mut taken = Vec::new();
    while let Some(frame) = park(body.frame()) {
        taken.extend_from_slice(&frame.unwrap().into_data().unwrap());
        // The only thread is free in between.
        assert_eq!(park(pool.run(|| 1)), Ok(1));
    }
    assert!(taken == content);
    let (outcome, _) = outcomes.recv_timeout(PATIENCE).unwrap();
    assert_eq!(
        (outcome.end(), outcome.body_bytes()),
        (End::Complete, 1_000_000)
    );
}
