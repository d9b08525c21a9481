//! Bodies that arrive whole.

use std::{
    io::Read,
    sync::{Arc, Mutex, mpsc},
    thread,
    time::Duration,
};

use wsgi_application::{Status, application};

#[cfg(feature = "fastcgi")]
use crate::way::FastCgi;
#[cfg(feature = "scgi")]
use crate::way::Scgi;
use crate::{
    support::{Client, PATIENCE, get},
    way::{Chunks, Http, KINDS, WAYS, loopback, measuring, pattern},
};

#[test]
fn a_body_is_the_same_however_it_is_cut() {
    for &way in WAYS {
        let running = way.serving(loopback);
        let body = pattern(140_000);
        let request = way.request("/", &body);
        let head = way.head("/", body.len()).len();
        let near = |at: usize| at.saturating_sub(12)..at + 12;
        // In the head, near the ends of the blocks that are written, and near the end.
        let cuts = (1..head + 12)
            .step_by(3)
            .chain(near(65_536))
            .chain(near(head + 65_536))
            .chain(near(head + 131_072))
            .chain((1000..request.len()).step_by(9_973))
            .chain(request.len() - 24..request.len());
        let mut kept = None;
        for cut in cuts {
            let mut client = kept.take().unwrap_or_else(|| running.connect());
            client.send(&request[..cut]);
            thread::yield_now();
            let (status, received) = way.ask(&mut client, &request[cut..]);
            assert!(status == 200 && received == body, "{way:?} cut at {cut}");
            kept = way.keeps().then_some(client);
        }
    }
}

#[test]
fn bodies_of_any_size_are_read_to_their_end_and_no_further() {
    for &way in WAYS {
        let running = way.serving(loopback);
        let mut client = running.connect();
        for size in [
            0, 1, 65_535, 65_536, 65_537, 81_920, 131_071, 131_072, 131_073, 1_000_000,
        ] {
            let body = pattern(size);
            if !way.keeps() {
                client = running.connect();
                let (status, received) = way.ask(&mut client, way.request("/", &body));
                assert!(status == 200 && received == body, "{way:?} {size}");
                continue;
            }
            // The next requests are already there, and must not be read as a part of the body. The
            // server reads them as the client takes the responses before them.
            let mut sender = client.twin();
            let requests = [
                way.request("/", &body),
                way.request("/", b"small"),
                way.request("/", &body),
                way.request("/", b""),
            ];
            let sending = thread::spawn(move || sender.send(requests.concat()));
            for expected in [&body, &b"small"[..], &body, b""] {
                let (status, received) = way.response(&mut client);
                assert!(status == 200 && received == expected, "{way:?} {size}");
            }
            sending.join().unwrap();
        }
    }
}

#[test]
fn the_response_begins_when_the_body_is_there() {
    for &way in WAYS {
        let running = way.serving(loopback);
        let mut client = running.connect();
        // With a front server that stops sending once a response begins, neither would end.
        let body = pattern(2_500_000);
        let request = way.request("/", &body);
        let (start, end) = request.split_at(request.len() - 1);
        client.send(start);
        client.assert_silent(Duration::from_millis(50));
        let (status, received) = way.ask(&mut client, end);
        assert!(status == 200 && received == body, "{way:?}");
    }
}

#[test]
fn the_application_knows_the_length_of_a_body_and_reads_it_byte_by_byte() {
    let app = application(|environ, start_response| {
        let remaining = environ.input().remaining();
        let mut first = [0; 3];
        environ.input().read_exact(&mut first)?;
        let left = environ.input().remaining();
        let rest = environ.input().bytes().count();
        start_response.start(Status::OK, ())?;
        Ok(format!("{remaining:?} {first:?} {left:?} {rest}").into())
    });
    for &way in WAYS {
        let running = way.serving(app);
        let (_, text) = way.ask(&mut running.connect(), way.request("/", &pattern(100_000)));
        let text = String::from_utf8(text).unwrap();
        assert_eq!(text, "Some(100000) [0, 1, 2] Some(99997) 99997", "{way:?}");
    }
}

#[test]
fn a_body_that_was_taken_outlives_its_request() {
    let (keep, kept) = mpsc::channel();
    let keep = Mutex::new(keep);
    let app = application(move |environ, start_response| {
        keep.lock().unwrap().send(environ.take_input()).unwrap();
        start_response.start(Status::OK, ())?;
        Ok("taken".into())
    });
    let running = Http.serving(app);
    let mut client = running.connect();
    let body = pattern(300_000);
    assert_eq!(Http.ask(&mut client, Http.request("/", &body)).1, b"taken");
    assert_eq!(Http.ask(&mut client, Http.request("/", b"")).1, b"taken");
    drop((client, running));
    let mut received = Vec::new();
    let mut kept = kept.recv_timeout(PATIENCE).unwrap();
    kept.read_to_end(&mut received).unwrap();
    assert!(received == body);
}

#[test]
fn slow_uploads_hold_no_thread() {
    const CLIENTS: usize = 60;
    for &way in KINDS {
        let calls = Arc::default();
        let options = |builder: wsgi_server::Builder| builder.threads(1).max_threads(2);
        let running = way.serving_with(options, measuring(&calls));
        let body = pattern(200_000);
        let request = way.request("/", &body);
        let mut clients: Vec<Client> = (0..CLIENTS).map(|_| running.connect()).collect();
        for part in [0..70_000, 70_000..150_000, 150_000..request.len() - 1] {
            for client in &mut clients {
                client.send(&request[part.clone()]);
            }
            // Another client is served meanwhile.
            let small = way.request("/", b"small");
            assert_eq!(way.ask(&mut running.connect(), small), (200, b"5".into()));
        }
        assert_eq!(calls.load(std::sync::atomic::Ordering::SeqCst), 3);
        for client in &mut clients {
            let end = &request[request.len() - 1..];
            assert_eq!(way.ask(client, end), (200, b"200000".into()), "{way:?}");
        }
    }
}

const EXPECTING: &str = "PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n";

#[test]
fn a_client_is_asked_for_its_body_before_the_application_is_called() {
    let calls = Arc::default();
    let running = Http.serving(measuring(&calls));
    let mut client = running.connect();
    for (fields, body, length) in [
        ("Content-Length: 5", Http.part(b"hello"), "5"),
        ("Content-Length: 200000", pattern(200_000), "200000"),
        (
            "Transfer-Encoding: chunked",
            [Chunks.part(&pattern(80_000)), Chunks.end()].concat(),
            "80000",
        ),
    ] {
        // The response to an earlier request goes first.
        client.send(get("/") + EXPECTING + fields + "\r\n\r\n");
        assert_eq!(client.response().text(), "0");
        let asked = client.response();
        assert_eq!(asked.head, "HTTP/1.1 100 Continue\r\n\r\n", "{fields}");
        let before = calls.load(std::sync::atomic::Ordering::SeqCst);
        let (start, end) = body.split_at(body.len() - 1);
        client.send(start);
        client.assert_silent(Duration::from_millis(20));
        assert_eq!(calls.load(std::sync::atomic::Ordering::SeqCst), before);
        let response = client.ask(end);
        assert_eq!((response.status, response.text()), (200, length));
    }
    // A client that does not wait is not asked.
    let response = client.ask(EXPECTING.to_owned() + "Content-Length: 5\r\n\r\nhello");
    assert_eq!((response.status, response.text()), (200, "5"));
    // Nor is a client whose body is too large, or whose request is refused.
    let too_large = format!("{EXPECTING}Content-Length: {}\r\n\r\n", 1u64 << 40);
    assert_eq!(client.ask(too_large).status, 413);
    let connect = "CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\nContent-Length: 100000\r\n\r\n";
    assert_eq!(running.connect().ask(connect).status, 501);
}

#[test]
fn bodies_are_spooled_by_default_if_they_come_from_a_front_server() {
    let app = application(|_, start_response| {
        start_response.start(Status::OK, ())?;
        Ok("unread".into())
    });
    // Whether the response begins before the body is there.
    let is_early = |way: crate::way::Way, spool: Option<bool>, patience: Duration| {
        let options = |builder: wsgi_server::Builder| match spool {
            Some(spool) => builder.spool_bodies(spool),
            None => builder,
        };
        let running = match (way, spool) {
            (Http, None) => crate::support::Running::with(|builder| builder, app),
            _ => way.serving_with(options, app),
        };
        let mut client = running.connect();
        client.send(way.head("/", 100_000));
        client.stream.set_read_timeout(Some(patience)).unwrap();
        client.stream.read(&mut [0]).is_ok()
    };
    for (way, spool, early) in [
        (Http, None, true),
        (Http, Some(true), false),
        #[cfg(feature = "fastcgi")]
        (FastCgi, None, false),
        #[cfg(feature = "fastcgi")]
        (FastCgi, Some(false), true),
        #[cfg(feature = "scgi")]
        (Scgi, None, false),
        #[cfg(feature = "scgi")]
        (Scgi, Some(false), true),
    ] {
        let patience = match early {
            true => PATIENCE,
            false => Duration::from_millis(300),
        };
        assert_eq!(is_early(way, spool, patience), early, "{way:?} {spool:?}");
    }
}
