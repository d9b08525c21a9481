//! Bytes that are shared, or that their owner loses.

use std::{
    io::Write,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use wsgi_application::{Body, Chunk, Status, application};
use wsgi_gateway::Rest;

use crate::{
    body::Sink,
    filter::{Brackets, Through},
    memory::Request,
};

#[test]
fn bytes_beyond_the_length_are_cut_without_a_copy() {
    let chunks: [Chunk; 4] = [
        "Hello world!".into(),
        "Hello world!".to_owned().into(),
        Arc::<str>::from("Hello world!").into(),
        Chunk::from_owner("Hello world!"),
    ];
    for chunk in chunks {
        let address = chunk.as_ptr();
        let returned = Mutex::new(Some(chunk));
        let response = Request::get().run(application(move |_, start_response| {
            start_response.start(Status::OK, [("Content-Length", "5")])?;
            Ok(returned.lock().unwrap().take().unwrap_or_default().into())
        }));
        let response = response
            .is("cut", "200 OK (5), rest \"Hello\", complete")
            .has_log("GET \"/\": bytes beyond the Content-Length were cut\n");
        let Rest::Bytes(bytes) = response.delivery.rest else {
            panic!("no bytes");
        };
        assert_eq!(bytes.as_ptr(), address);
    }
}

/// An owner that returns its bytes once, when the chunk is made.
#[derive(Default)]
struct Failing(AtomicUsize);

impl AsRef<[u8]> for Failing {
    fn as_ref(&self) -> &[u8] {
        match self.0.fetch_add(1, Ordering::SeqCst) {
            0 => b"text",
            _ => b"",
        }
    }
}

#[test]
fn bytes_that_their_owner_loses_are_never_taken_for_whole() {
    let lost = || Chunk::from_owner(Failing::default());
    let log = "GET \"/\": the owner of a chunk lost its bytes\n";
    let rest = Request::get()
        .run(application(move |_, start_response| {
            start_response.start(Status::OK, ())?;
            Ok(lost().into())
        }))
        .is(
            "left to the gateway",
            "200 OK +length 4 (4), rest \"\", complete",
        )
        .delivery
        .rest;
    let error = rest.send(&mut Sink(Vec::new())).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::UnexpectedEof);
    Request::get()
        .run(application(move |_, start_response| {
            let mut body = start_response.start(Status::OK, ())?;
            body.write_all(b"a")?;
            body.flush()?;
            Ok(lost().into())
        }))
        .is("flushed before", "200 OK (chunked), \"a\", flush, failed")
        .has_log(log);
    Request::get()
        .run(application(move |_, start_response| {
            start_response.start(Status::OK, ())?;
            Ok(Body::chunks(["a".into(), lost()]))
        }))
        .is("chunks", "200 OK (chunked), \"a\", flush, failed")
        .has_log(log);
    for chunks in [false, true] {
        let lost = application(move |_, start_response| {
            start_response.start(Status::OK, ())?;
            Ok(match chunks {
                true => Body::chunks([lost()]),
                false => lost().into(),
            })
        });
        Request::get()
            .run(Through(lost, || Brackets))
            .is(
                "filtered",
                "500 Internal Server Error +length 26 (26), \
                 rest \"500 Internal Server Error\\n\", complete",
            )
            .has_log(log);
    }
}
