//! Middleware on the thread of a warm request: mounts, ids, security headers, a log and a session
//! that is not used allocate nothing, but for a hook that knows the name of the thread.

use std::time::{Duration, SystemTime};

use wsgi_allocations::of_this_thread;
use wsgi_application::{Application, Body, Environ, Exchange, StartResponse, Status, application};
use wsgi_environ::{End, Field, Outcome, Received};
use wsgi_middleware::{
    AccessLog, ForwardedBy, LogFormat, LogWriter, Mounts, RequestId, TrustedProxies,
};
#[cfg(feature = "internal-redirects")]
use wsgi_middleware::{ErrorDocuments, InternalRedirects};
#[cfg(feature = "security-headers")]
use wsgi_middleware::{Hsts, SecurityHeaders};
#[cfg(feature = "sessions")]
use {
    wsgi_middleware::SessionMiddleware,
    wsgi_sessions::{MemoryStore, Session, Sessions},
};

#[test]
fn a_match_in_a_warm_environ_allocates_nothing() {
    let page = application(|_environ, start_response| {
        start_response.start(Status::NO_CONTENT, ())?;
        Ok(Body::empty())
    });
    let site = Mounts::new()
        .mount("/a", page)
        .mount("/a/b", page)
        .mount("/", page);
    let (mut environ, mut exchange) = (Environ::new(), Exchange::new());
    let mut request = || {
        environ.clear();
        environ.set("SCRIPT_NAME", "");
        environ.set("PATH_INFO", "/a/b/and/so/on");
        exchange.clear();
        let mut sent = Vec::new();
        let mut start_response = StartResponse::new(&mut exchange, &mut sent);
        let result = site.call(&mut environ, &mut start_response);
        assert!(result.is_ok_and(|body| body.is_empty()));
    };
    request();
    let before = of_this_thread();
    request();
    assert_eq!(of_this_thread() - before, 0);
}

/// The allocations of a warm request that changes no variable.
fn allocations(app: &impl Application) -> usize {
    let (mut environ, mut exchange) = (Environ::new(), Exchange::new());
    let mut request = || {
        environ.clear();
        exchange.clear();
        let mut sent = Vec::new();
        let mut start_response = StartResponse::new(&mut exchange, &mut sent);
        let result = app.call(&mut environ, &mut start_response);
        assert!(result.is_ok_and(|body| body.is_empty()));
    };
    (0..10).for_each(|_| request()); // ids with two digits come
    let before = of_this_thread();
    request();
    of_this_thread() - before
}

#[test]
#[cfg(feature = "internal-redirects")]
fn redirects_and_documents_that_are_not_needed_allocate_nothing() {
    let page = application(|environ, start_response| {
        environ.set("PATH_INFO", "/another/path");
        start_response.start(Status::NO_CONTENT, ())?;
        Ok(Body::empty())
    });
    let redirects = InternalRedirects::new(page);
    let sorry = "/sorry".parse().expect("a target");
    let documents = ErrorDocuments::new(redirects.clone()).document(404, sorry);
    for site in [&redirects as &dyn Application, &documents] {
        let site = |environ: &mut Environ, start_response: &mut StartResponse<'_>| {
            environ.set("REQUEST_METHOD", "GET");
            environ.set("SCRIPT_NAME", "/a");
            environ.set("PATH_INFO", "/path");
            environ.set("QUERY_STRING", "b=c");
            site.call(environ, start_response)
        };
        assert_eq!(allocations(&site), 0);
    }
}

#[test]
fn an_id_of_a_request_allocates_nothing() {
    let page = application(|_environ, start_response| {
        start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
        Ok(Body::empty())
    });
    assert_eq!(allocations(&RequestId::new(page)), 0);
}

#[test]
fn the_request_of_a_client_behind_a_proxy_allocates_nothing() {
    let page = application(|environ, start_response| {
        assert_eq!(
            environ.get("REMOTE_ADDR").expect("it"),
            "2001:db8::1234:5678:9abc:def0"
        );
        assert_eq!(environ.get("SERVER_PORT").expect("it"), "443");
        assert!(!environ.contains("HTTP_X_FORWARDED_HOST"));
        start_response.start(Status::NO_CONTENT, ())?;
        Ok(Body::empty())
    });
    let site = TrustedProxies::new(page).trust("10.0.0.0/8".parse().expect("a network"));
    let site = application(move |environ, start_response| {
        for (name, value) in [
            ("REMOTE_ADDR", "10.0.0.1"),
            ("HTTP_HOST", "example.org"),
            (
                "HTTP_X_FORWARDED_FOR",
                "192.0.2.7, 2001:db8::1234:5678:9abc:def0, 10.0.0.2",
            ),
            ("HTTP_X_FORWARDED_PROTO", "https"),
            ("HTTP_X_FORWARDED_HOST", "example.org"),
            ("HTTP_X_FORWARDED_PORT", "443"),
            ("HTTP_ACCEPT", "text/html"),
        ] {
            environ.set(name, value);
        }
        site.call(environ, start_response)
    });
    assert_eq!(allocations(&site), 0);
}

#[test]
fn a_forwarded_field_without_a_host_allocates_nothing() {
    let page = application(|environ, start_response| {
        assert_eq!(environ.get("REMOTE_ADDR").expect("it"), "2001:db8::1");
        assert_eq!(environ.url_scheme(), "https");
        start_response.start(Status::NO_CONTENT, ())?;
        Ok(Body::empty())
    });
    let site = TrustedProxies::new(page)
        .trust("10.0.0.0/8".parse().expect("a network"))
        .forwarded_by(ForwardedBy::Forwarded);
    let site = application(move |environ, start_response| {
        environ.set("REMOTE_ADDR", "10.0.0.1");
        environ.set(
            "HTTP_FORWARDED",
            "For=192.0.2.7, for=\"[2001:db8::1]\";PROTO=https;by=x, for=10.0.0.2;proto=https",
        );
        site.call(environ, start_response)
    });
    assert_eq!(allocations(&site), 0);
}

#[test]
fn a_received_field_is_not_copied_to_look_for_those_of_proxies() {
    let head = b"GET / HTTP/1.1\r\nHost: example.org\r\nAccept: text/html\r\n\r\n";
    let at = |text: &str| {
        let start = head
            .windows(text.len())
            .position(|found| found == text.as_bytes());
        let start = start.expect(text) as u32;
        (start, start + text.len() as u32)
    };
    let received = Received {
        head,
        method: at("GET"),
        target: at("/"),
        path: at("/"),
        query: (0, 0),
        authority: None,
        has_escapes: false,
        protocol: "HTTP/1.1",
    };
    let fields = [("Host", "example.org"), ("Accept", "text/html")];
    let fields = fields.map(|(name, value)| Field {
        name: at(name),
        value: at(value),
    });
    let page = application(|_environ, start_response| {
        start_response.start(Status::NO_CONTENT, ())?;
        Ok(Body::empty())
    });
    let site = TrustedProxies::new(page);
    let site = application(move |environ, start_response| {
        environ.receive(&received, fields.iter().copied());
        site.call(environ, start_response)
    });
    assert_eq!(allocations(&site), 0);
}

#[test]
#[cfg(feature = "security-headers")]
fn security_headers_allocate_nothing() {
    let page = application(|environ, start_response| {
        environ.set_url_scheme("https");
        start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
        Ok(Body::empty())
    });
    let app = SecurityHeaders::new(page)
        .hsts(Hsts::new(Duration::from_secs(3600)))
        .content_security_policy("default-src 'self'");
    assert_eq!(allocations(&app), 0);
}

#[test]
fn a_line_of_a_log_allocates_nothing_unless_it_names_the_thread() {
    let page = application(|_environ, start_response| {
        start_response.start(Status::NO_CONTENT, ())?;
        Ok(Body::empty())
    });
    for (format, expected) in [(LogFormat::combined(), 0), (LogFormat::json(), 1)] {
        let log = LogWriter::builder().format(format).closure(|_line| ());
        let app = AccessLog::new(page, log.expect("a log"));
        let (mut environ, mut exchange) = (Environ::new(), Exchange::new());
        let mut request = || {
            environ.clear();
            environ.set("PATH_INFO", "/a");
            environ.set("HTTP_REFERER", "caf\u{e9} \"x\"");
            exchange.clear();
            let mut sent = Vec::new();
            let mut start_response = StartResponse::new(&mut exchange, &mut sent);
            let result = app.call(&mut environ, &mut start_response);
            assert!(result.is_ok_and(|body| body.is_empty()));
            let outcome = Outcome::new(End::Complete, SystemTime::now(), Duration::ZERO);
            assert!(environ.run_hooks(&outcome).is_empty());
        };
        request();
        let before = of_this_thread();
        request();
        assert_eq!(of_this_thread() - before, expected);
    }
}

#[test]
#[cfg(feature = "sessions")]
fn a_session_that_is_not_used_allocates_nothing() {
    let page = application(|environ, start_response| {
        assert!(environ.extension::<Session>().is_some());
        start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
        Ok(Body::empty())
    });
    let sessions = Sessions::new(MemoryStore::new());
    assert_eq!(allocations(&SessionMiddleware::new(page, sessions)), 0);
}
