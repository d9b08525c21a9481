//! Bodies that come in pieces.

use std::io::Write;

use wsgi_application::{
    Application, Body, Content, Environ, Exchange, FileWrapper, Head, Outlet, Received,
    StartResponse, Status, application,
};
use wsgi_compression::Compression;
use wsgi_testing::Request;

use crate::decoding::{CODINGS, decoded, decoded_so_far};

const EVENTS: (&str, &str) = ("Content-Type", "text/event-stream");

/// Keeps what arrives at each flush.
#[derive(Default)]
struct Flushed {
    taken: Vec<u8>,
    at_flush: Vec<Vec<u8>>,
}

impl Outlet for Flushed {
    fn write(&mut self, _head: &mut Head, chunk: &[u8]) -> std::io::Result<()> {
        self.taken.extend_from_slice(chunk);
        Ok(())
    }
    fn flush(&mut self, _head: &mut Head) -> std::io::Result<()> {
        self.at_flush.push(self.taken.clone());
        Ok(())
    }
}

/// Calls an application for a client that accepts a coding.
fn call(app: &impl Application, coding: &str, outlet: &mut Flushed) -> Body {
    let (mut environ, mut exchange) = (Environ::new(), Exchange::new());
    environ.set("REQUEST_METHOD", "GET");
    environ.set("HTTP_ACCEPT_ENCODING", coding);
    let mut start_response = StartResponse::new(&mut exchange, outlet);
    let body = app.call(&mut environ, &mut start_response).unwrap();
    assert_eq!(
        exchange.head.headers.get("Content-Encoding").unwrap(),
        coding
    );
    body
}

#[test]
fn what_an_application_flushes_can_be_decoded_at_once() {
    let app = Compression::new(application(|_environ, start_response| {
        let mut body = start_response.start(Status::OK, [EVENTS])?;
        for n in 0..3 {
            write!(body, "data: {n}\n\n")?;
            body.flush()?;
        }
        Ok("the end".into())
    }));
    for coding in CODINGS {
        let mut outlet = Flushed::default();
        let rest = call(&app, coding, &mut outlet);
        let seen = outlet
            .at_flush
            .iter()
            .map(|coded| decoded_so_far(coding, coded));
        let expected = [
            "data: 0\n\n",
            "data: 0\n\ndata: 1\n\n",
            "data: 0\n\ndata: 1\n\ndata: 2\n\n",
        ];
        assert!(
            seen.eq(expected.map(|text| text.as_bytes().to_vec())),
            "{coding}"
        );
        let Content::Bytes(rest) = rest.into_content() else {
            panic!("the rest is known");
        };
        let all = [&outlet.taken[..], &rest[..]].concat();
        assert_eq!(
            decoded(coding, &all),
            format!("{}the end", expected[2]).into_bytes()
        );
    }
}

#[test]
fn each_chunk_of_an_iterator_can_be_decoded_at_once() {
    let app = Compression::new(application(|_environ, start_response| {
        start_response.start(Status::OK, [EVENTS])?;
        Ok(Body::chunks((0..3).map(|n| format!("data: {n}\n\n"))))
    }));
    for coding in CODINGS {
        let body = call(&app, coding, &mut Flushed::default());
        let Content::Chunks(chunks) = body.into_content() else {
            panic!("the body stays an iterator");
        };
        let mut all = Vec::new();
        for (n, chunk) in chunks.enumerate() {
            all.extend_from_slice(&chunk.unwrap());
            let seen = String::from_utf8(decoded_so_far(coding, &all)).unwrap();
            assert!(
                n == 3 || seen.ends_with(&format!("data: {n}\n\n")),
                "{coding}: {seen:?}"
            );
        }
        assert_eq!(decoded(coding, &all), b"data: 0\n\ndata: 1\n\ndata: 2\n\n");
    }
}

#[test]
fn each_chunk_of_a_channel_can_be_decoded_at_once() {
    for coding in CODINGS {
        let (sender, body) = Body::channel(64 * 1024);
        let body = std::sync::Mutex::new(Some(body));
        let app = Compression::new(application(move |_environ, start_response| {
            start_response.start(Status::OK, [EVENTS])?;
            Ok(body.lock().unwrap().take().unwrap())
        }));
        let body = call(&app, coding, &mut Flushed::default());
        let Content::Channel(mut receiver) = body.into_content() else {
            panic!("the body stays a channel");
        };
        let mut all = Vec::new();
        for text in ["one", "two", "three"] {
            sender.send(text).unwrap();
            while let Received::Chunk(chunk) = receiver.try_next().unwrap() {
                all.extend_from_slice(&chunk);
            }
            assert!(
                decoded_so_far(coding, &all).ends_with(text.as_bytes()),
                "{coding}: {text}"
            );
        }
        drop(sender);
        while let Received::Chunk(chunk) = receiver.try_next().unwrap() {
            all.extend_from_slice(&chunk);
        }
        assert_eq!(decoded(coding, &all), b"onetwothree", "{coding}");
    }
}

#[test]
fn a_file_is_compressed_block_by_block() {
    let text: String = (0..100_000).map(|n| format!("{n}\n")).collect();
    for coding in CODINGS {
        let file = text.clone();
        let app = Compression::new(application(move |_environ, start_response| {
            start_response.start(Status::OK, [("Content-Type", "text/csv")])?;
            Ok(FileWrapper::new(std::io::Cursor::new(file.clone())).into())
        }));
        let response = Request::get("/")
            .header("Accept-Encoding", coding)
            .call(&app);
        assert_eq!(
            decoded(coding, response.body()),
            text.as_bytes(),
            "{coding}"
        );
        assert!(response.body().len() < text.len() / 2);
    }
}

#[test]
fn an_empty_stream_is_an_empty_coded_body() {
    for coding in CODINGS {
        let app = Compression::new(application(|_environ, start_response| {
            start_response.start(Status::OK, [EVENTS])?;
            Ok(Body::chunks(Vec::<String>::new()))
        }));
        let response = Request::get("/")
            .header("Accept-Encoding", coding)
            .call(&app);
        assert_eq!(decoded(coding, response.body()), b"", "{coding}");
    }
}

#[test]
fn a_stream_that_breaks_off_is_not_a_complete_coded_body() {
    for coding in CODINGS {
        let app = Compression::new(application(|_environ, start_response| {
            start_response.start(Status::OK, [EVENTS])?;
            Ok(Body::chunks([Ok("one"), Err("broken")]))
        }));
        let response = Request::get("/")
            .header("Accept-Encoding", coding)
            .call(&app);
        assert!(!response.is_complete(), "{coding}");
        assert_eq!(decoded_so_far(coding, response.body()), b"one");
    }
}

#[test]
fn a_declared_length_is_kept() {
    for (length, is_complete, seen) in
        [("1000", false, 600), ("600", true, 600), ("550", true, 550)]
    {
        for coding in CODINGS {
            let app = Compression::new(application(move |_environ, start_response| {
                let mut body =
                    start_response.start(Status::OK, [EVENTS, ("Content-Length", length)])?;
                body.write_all(&[b'a'; 300])?;
                body.flush()?;
                Ok(Body::chunks(["b".repeat(300)]))
            }));
            let response = Request::get("/")
                .header("Accept-Encoding", coding)
                .call(&app);
            assert_eq!(response.is_complete(), is_complete, "{coding}, {length}");
            assert_eq!(
                decoded_so_far(coding, response.body()).len(),
                seen,
                "{coding}, {length}"
            );
        }
    }
}
