//! What the client gets.

use std::io::Write;

use wsgi_proxy::Proxy;
use wsgi_testing::{Request, Response};

use crate::upstream::{Upstream, finish, read_head};

#[track_caller]
fn get(response: &str) -> Response {
    let upstream = Upstream::answering(response);
    Request::get("/").call(&upstream.proxy())
}

#[test]
fn status_fields_and_body_are_passed_on() {
    let response = get(
        "HTTP/1.1 418 I'm a teapot\r\nContent-Type: text/x\r\nSet-Cookie: a=1\r\n\
         X-Y: \u{e9}\r\nset-cookie: b=2\r\nContent-Length: 5\r\n\r\nhello",
    );
    assert_eq!(response.status().to_string(), "418 I'm a teapot");
    assert_eq!(response.headers().get("Content-Type").unwrap(), "text/x");
    assert_eq!(response.headers().get("Content-Length").unwrap(), "5");
    assert_eq!(response.headers().get("X-Y").unwrap(), "\u{e9}");
    assert!(response.headers().get_all("Set-Cookie").eq(["a=1", "b=2"]));
    assert_eq!(response.text(), "hello");
    assert!(response.is_complete());
    assert_eq!(response.errors(), "");
}

#[test]
fn chunks_and_bodies_until_the_end_are_whole() {
    let chunks = get(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X\r\n\r\n\
         3;a=b\r\nhel\r\n2\r\nlo\r\n0\r\nX: trailer\r\n\r\n",
    );
    assert_eq!((chunks.text(), chunks.is_complete()), ("hello", true));
    assert!(!chunks.headers().contains("X") && !chunks.headers().contains("Trailer"));
    for version in ["1.0", "1.1"] {
        let text = format!("HTTP/{version} 200 OK\r\n\r\nhello");
        let until_close = get(&text);
        assert_eq!(
            (until_close.text(), until_close.is_complete()),
            ("hello", true)
        );
    }
}

#[test]
fn fields_of_the_connection_end_here() {
    let response = get(
        "HTTP/1.1 200 OK\r\nConnection: close, X-Mine\r\nX-Mine: 1\r\nX-Other: 2\r\n\
         Keep-Alive: timeout=5\r\nProxy-Authenticate: Basic\r\nUpgrade: h2c\r\n\
         Proxy-Status: cache; hit\r\n\
         Content-Length: 0\r\n\r\n",
    );
    assert_eq!(response.status().code(), 200, "{}", response.errors());
    let names: Vec<_> = response.headers().keys().collect();
    assert_eq!(names, ["X-Other", "Proxy-Status", "Content-Length"]);
}

#[test]
fn informational_responses_are_left_out() {
    let response = get(
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n\
         HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
    );
    assert_eq!(response.text(), "ok");
    assert!(!response.headers().contains("Link"));
}

#[test]
fn responses_without_a_body_keep_their_fields() {
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nETag: \"a\"\r\n\r\n";
    let upstream = Upstream::answering(head);
    let response = Request::head("/").call(&upstream.proxy());
    assert_eq!(response.headers().get("Content-Length").unwrap(), "5");
    assert!(response.is_complete() && response.body().is_empty());
    let response = get("HTTP/1.1 304 Not Modified\r\nETag: \"a\"\r\n\r\n");
    assert_eq!(response.headers().get("ETag").unwrap(), "\"a\"");
    assert!(response.is_complete() && response.body().is_empty());
    let response = get("HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nsmuggled");
    assert!(response.is_complete() && response.body().is_empty());
    assert_eq!(response.errors(), "");
}

#[test]
fn paths_are_translated_to_those_of_the_mount() {
    let upstream = Upstream::new(|_, stream| {
        read_head(stream);
        let host = stream.local_addr().unwrap();
        let text = format!(
            "HTTP/1.1 302 Found\r\nLocation: http://{host}/base/in?a\r\n\
             Set-Cookie: a=1; Path=/base/; HttpOnly\r\nContent-Length: 0\r\n\r\n"
        );
        stream.write_all(text.as_bytes()).unwrap();
        finish(stream);
        text
    });
    let request = || {
        let request = Request::get("/app/out").variable("SCRIPT_NAME", "/app");
        request.variable("PATH_INFO", "/out")
    };
    let response = request().call(&upstream.proxy_to("/base"));
    assert_eq!(response.headers().get("Location").unwrap(), "/app/in?a");
    let cookie = response.headers().get("Set-Cookie").unwrap();
    assert_eq!(cookie, "a=1; Path=/app/; HttpOnly");
    let proxy = upstream.proxy_to("/base").translate_paths(false);
    let location = format!("http://{}/base/in?a", upstream.address);
    let response = request().call(&proxy);
    assert_eq!(response.headers().get("Location").unwrap(), &*location);
}

/// The location that a client of `http://front.example` gets.
#[track_caller]
fn location(proxy: &Proxy) -> String {
    let request = Request::get("/out").header("Host", "front.example");
    let response = request.call(proxy);
    assert_eq!(response.status().code(), 302, "{}", response.errors());
    response.headers().get("Location").unwrap().to_string()
}

fn redirecting(location: &str) -> Upstream {
    Upstream::answering(format!(
        "HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n"
    ))
}

#[test]
fn a_redirect_to_https_does_not_become_a_circle() {
    for (target, expected) in [
        ("https://front.example/out", "https://front.example/out"),
        (
            "https://front.example/base/out",
            "https://front.example/out",
        ),
        ("http://front.example/base/out", "/out"),
    ] {
        let upstream = redirecting(target);
        for proxy in [
            upstream.proxy_to("/base"),
            upstream.proxy_to("/base").preserve_host(true),
        ] {
            assert_eq!(location(&proxy), expected, "{target}");
        }
    }
}

#[test]
fn no_redirect_within_the_base_leads_to_another_host() {
    for (target, expected) in [
        ("/base//evil.example/", "/.//evil.example/"),
        ("/base/\\evil.example/", "/%5Cevil.example/"),
        ("/base/\t/evil.example/", "/%09/evil.example/"),
    ] {
        let proxy = redirecting(target).proxy_to("/base");
        assert_eq!(location(&proxy), expected, "{target:?}");
    }
}

#[test]
fn a_location_that_is_not_utf_8_is_translated() {
    let upstream = Upstream::answering(
        b"HTTP/1.1 302 Found\r\nLocation: /base/caf\xe9\r\nContent-Length: 0\r\n\r\n".to_vec(),
    );
    let response = Request::get("/").call(&upstream.proxy_to("/base"));
    let location = response.headers().get("Location").unwrap();
    assert_eq!(location.as_bytes(), b"/caf\xe9");
}

#[test]
fn a_cookie_for_the_whole_base_goes_to_the_mount_however_that_is_encoded() {
    let text = "HTTP/1.1 200 OK\r\nSet-Cookie: a=1; Path=/\r\nContent-Length: 0\r\n\r\n";
    for (mount, uri, expected) in [
        ("/app", "/app/", "a=1; Path=/app"),
        ("/app", "/%61pp/", "a=1; Path=/app"),
        ("/a;b", "/a;b/", "a=1; Path=/a%3Bb"),
    ] {
        let proxy = Upstream::answering(text).proxy_to("/base");
        let request = Request::get(uri).variable("SCRIPT_NAME", mount);
        let response = request.variable("PATH_INFO", "/").call(&proxy);
        let cookie = response.headers().get("Set-Cookie").unwrap();
        assert_eq!(cookie, expected, "{uri}");
    }
}

#[test]
fn a_response_is_the_same_at_every_split() {
    for text in [
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nX: y\r\nContent-Length: 5\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nX: y\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n",
        "HTTP/1.0 200 OK\r\nX: y\r\n\r\nhello",
    ] {
        // The second part comes when the first one was acknowledged, so usually in another read.
        let upstream = Upstream::new(move |number, stream| {
            read_head(stream);
            stream.set_nodelay(true).unwrap();
            let (first, second) = text.as_bytes().split_at(number);
            stream.write_all(first).unwrap();
            std::thread::sleep(std::time::Duration::from_millis(2));
            stream.write_all(second).unwrap();
            finish(stream);
            String::new()
        });
        let proxy = upstream.proxy().max_idle_connections(0);
        for split in 0..text.len() {
            let response = Request::get("/").call(&proxy);
            assert_eq!(
                response.text(),
                "hello",
                "after {split}: {}",
                response.errors()
            );
            assert_eq!(response.headers().get("X").unwrap(), "y");
            assert!(response.is_complete(), "after {split}");
        }
    }
}
