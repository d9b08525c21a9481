//! A warm keep-alive request for a bytes body allocates nothing.

mod support;

use std::{
    io::{Read, Write},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use support::Running;
use wsgi_allocations::of_other_threads;
use wsgi_application::{Application, Environ, Status, application};
use wsgi_environ::Outcome;

const REQUEST: &[u8] = b"GET /hello?a=b HTTP/1.1\r\nHost: example.com\r\nUser-Agent: test\r\n\
    Accept: text/html\r\nAccept-Language: en\r\nAccept-Encoding: gzip\r\nCookie: a=b\r\n\
    Cache-Control: no-cache\r\nReferer: http://example.com/\r\n\r\n";

/// The number of allocations of the server's threads for `requests` requests. `at_once` of them are
/// pipelined.
fn allocations(
    request: &[u8],
    requests: usize,
    at_once: usize,
    client: &mut std::net::TcpStream,
) -> usize {
    let sent = request.repeat(at_once);
    let mut received = vec![0; 64 * 1024];
    let before = of_other_threads();
    for _ in 0..requests / at_once {
        client.write_all(&sent).unwrap();
        let mut bodies = 0;
        while bodies < at_once {
            let length = client.read(&mut received).unwrap();
            assert_ne!(length, 0);
            let text = &received[..length];
            // A response may come in two reads, but each body has one exclamation mark.
            bodies += text.iter().filter(|byte| **byte == b'!').count();
        }
    }
    of_other_threads() - before
}

#[test]
fn a_warm_request_allocates_nothing() {
    let app = application(|environ, start_response| {
        assert_eq!(environ.path_info(), "/hello");
        assert!(environ.get("HTTP_USER_AGENT").is_some());
        assert!(environ.get("REMOTE_ADDR").is_some());
        start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
        Ok("Hello world!\n".into())
    });
    let http = Running::with(|builder| builder.threads(1), app);
    check(REQUEST, &mut http.connect().stream);
    drop(http);
    #[cfg(feature = "metrics")]
    {
        let metrics = wsgi_server::Metrics::new();
        let measured = Running::with(|builder| builder.threads(1).metrics(&metrics), app);
        check(REQUEST, &mut measured.connect().stream);
    }
    let sent = Arc::new(AtomicU64::new(0));
    let hook = Arc::new({
        let sent = sent.clone();
        move |_: &Environ, outcome: &Outcome| {
            sent.fetch_add(outcome.bytes_sent(), Ordering::Relaxed);
        }
    });
    let with_hook = Running::with(
        |builder| builder.threads(1),
        application(move |environ, start_response| {
            environ.on_finished_shared(hook.clone());
            Application::call(&app, environ, start_response)
        }),
    );
    check(REQUEST, &mut with_hook.connect().stream);
    assert!(sent.load(Ordering::Relaxed) > 0);
    drop(with_hook);
    {
        use support::fastcgi::{body, head, serving_with};
        let params = [
            ("REQUEST_METHOD", "GET"),
            ("PATH_INFO", "/hello"),
            ("QUERY_STRING", "a=b"),
            ("REQUEST_URI", "/hel%6Co?a=b"),
            ("HTTP_HOST", "example.com"),
            ("HTTP_USER_AGENT", "test"),
        ];
        let request = [head(1, true, &params), body(1, b"")].concat();
        let fastcgi = serving_with(|builder| builder.threads(1).script_name(""), app);
        check(&request, &mut fastcgi.connect().stream);
    }
}

#[track_caller]
fn check(request: &[u8], client: &mut std::net::TcpStream) {
    for at_once in [1, 16] {
        allocations(request, 1000, at_once, client);
        // A new date allocates, and so does a loop that changes hands since its thread had to wait
        // for a processor. Neither happens in every round.
        let mut counts = Vec::new();
        while counts.last() != Some(&0) {
            counts.push(allocations(request, 1000, at_once, client));
            assert!(
                counts.len() < 100,
                "{at_once} at once: {counts:?} in 1000 requests each"
            );
        }
    }
}
