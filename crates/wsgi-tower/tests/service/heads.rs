//! The environ of a request, and the head of a response.

use std::{net::SocketAddr, sync::mpsc};

use bytes::Bytes;
use http::{Request, StatusCode, Version};
use http_body_util::{Empty, Full};
use wsgi_application::{Application, Body, Headers, Status, application};
use wsgi_environ::Base;
use wsgi_tower::ApplicationService;

use crate::support::{PATIENCE, call, collect, get, noting};

#[test]
fn the_environ_is_that_of_a_server() {
    let (notes, noted) = mpsc::channel();
    let app = application(move |environ, start_response| {
        let all = environ.to_map();
        let variables: Vec<_> = [
            "SCRIPT_NAME",
            "PATH_INFO",
            "QUERY_STRING",
            "CONTENT_LENGTH",
            "HTTP_HOST",
            "REMOTE_ADDR",
            "REMOTE_PORT",
            "SERVER_PROTOCOL",
            "HTTP_COOKIE",
            "ADDED",
        ]
        .map(|name| all.get(name).map(ToString::to_string))
        .into_iter()
        .collect();
        notes.send((
            variables,
            environ.url_scheme().to_owned(),
            environ.multithread(),
        ))?;
        assert_eq!(
            environ.extension::<http::Extensions>().unwrap().get::<u8>(),
            Some(&7)
        );
        start_response.start(Status::OK, ())?;
        Ok(Body::empty())
    });
    let mut service = ApplicationService::builder(app)
        .script_name("/blog")
        .prepare(|parts, environ| environ.set("ADDED", parts.method.as_str()))
        .build();
    let peer: SocketAddr = "[::ffff:192.0.2.7]:4711".parse().unwrap();
    let request = Request::post("https://example.org/a%20b?c=d")
        .version(Version::HTTP_2)
        .header("Cookie", "a=1")
        .header("Cookie", "b=2")
        .extension(peer)
        .extension(7_u8)
        .body(Full::new(Bytes::from("Hello")))
        .unwrap();
    assert_eq!(call(&mut service, request).status(), StatusCode::OK);
    let (variables, scheme, multithread) = noted.recv_timeout(PATIENCE).unwrap();
    let expected = [
        "/blog",
        "/a b",
        "c=d",
        "5",
        "example.org",
        "192.0.2.7",
        "4711",
        "HTTP/2.0",
        "a=1; b=2",
        "POST",
    ]
    .map(|value| Some(value.to_owned()));
    assert_eq!(variables, expected);
    assert_eq!((&*scheme, multithread), ("https", true));
}

#[test]
fn a_scheme_of_the_base_wins_over_that_of_the_uri() {
    let scheme = |base: Option<&str>, uri: &str| {
        let app = application(|environ, start_response| {
            start_response.start(Status::OK, ())?;
            Ok(environ.url_scheme().to_owned().into())
        });
        let mut builder = ApplicationService::builder(app);
        if let Some(scheme) = base {
            builder = builder.base(Base::new().url_scheme(scheme));
        }
        let request = Request::get(uri).body(Empty::<Bytes>::new()).unwrap();
        collect(call(&mut builder.build(), request).into_body())
    };
    for uri in ["/", "http://example.org/", "https://example.org/"] {
        assert_eq!(scheme(Some("https"), uri), "https", "{uri}");
        assert_eq!(scheme(Some("http"), uri), "http", "{uri}");
    }
    assert_eq!(scheme(None, "https://example.org/"), "https");
}

#[test]
fn a_reason_of_its_own_is_an_extension_of_the_response() {
    let app = application(|environ, start_response| {
        let status = match environ.path_info().as_bytes() {
            b"/own" => Status::new(204, "Deleted")?,
            b"/none" => Status::new(204, "")?,
            _ => Status::NO_CONTENT,
        };
        start_response.start(status, ())?;
        Ok(Body::empty())
    });
    let mut service = ApplicationService::new(app);
    let mut reason = |path: &str| {
        let request = Request::get(path).body(Empty::<Bytes>::new()).unwrap();
        let response = call(&mut service, request);
        assert_eq!(response.status(), StatusCode::NO_CONTENT);
        response
            .extensions()
            .get::<Status>()
            .map(|status| status.reason().to_string())
    };
    assert_eq!(reason("/own").as_deref(), Some("Deleted"));
    assert_eq!(reason("/none").as_deref(), Some(""));
    assert_eq!(reason("/"), None);
}

fn ok() -> impl Application {
    application(|_environ, start_response| {
        start_response.start(Status::OK, ())?;
        Ok(Body::empty())
    })
}

/// Content-Type is not a list (RFC 9110 section 8.3), and the application would see the first.
#[test]
fn a_second_content_type_is_refused() {
    let mut service = ApplicationService::new(ok());
    for (types, status) in [
        (&["text/plain"][..], StatusCode::OK),
        (&["text/plain"; 2], StatusCode::BAD_REQUEST),
        (&["text/plain", "text/html"], StatusCode::BAD_REQUEST),
    ] {
        let mut request = Request::post("/");
        for one in types {
            request = request.header("Content-Type", *one);
        }
        let response = call(&mut service, request.body(Empty::<Bytes>::new()).unwrap());
        assert_eq!(response.status(), status, "{types:?}");
    }
}

/// hyper passes on whatever a client calls a host. Applications make links of it.
#[test]
fn a_host_that_is_malformed_or_repeated_is_refused() {
    #[track_caller]
    fn check(target: &str, hosts: &[&str], status: StatusCode) {
        let mut request = Request::get(target);
        for host in hosts {
            request = request.header("Host", *host);
        }
        let request = request.body(Empty::<Bytes>::new()).unwrap();
        let response = call(&mut ApplicationService::new(ok()), request);
        assert_eq!(response.status(), status, "{target} {hosts:?}");
    }

    for hosts in [
        &["a b"][..],
        &["a/<script>"],
        &["user@a"],
        &["a:http"],
        &["a:000080"],
        &["a%zz"],
        &["a%00"],
        &["%"],
        &["[::1"],
        &[""],
        &["a", "b"],
        &["a", "a"],
    ] {
        check("/", hosts, StatusCode::BAD_REQUEST);
    }
    for hosts in [&[][..], &["a"], &["a:8000"], &["a%20b"], &["[::1]:80"]] {
        check("/", hosts, StatusCode::OK);
        check("http://a:8000/", hosts, StatusCode::OK);
    }
    for target in ["http://user:pw@a/", "http://user@a/", "http://a:000080/"] {
        check(target, &[], StatusCode::BAD_REQUEST);
        check(target, &["a"], StatusCode::BAD_REQUEST);
    }
}

/// hyper takes off `chunked` once, and an application does not see the field.
#[test]
fn a_body_in_another_transfer_coding_is_refused() {
    #[track_caller]
    fn check(fields: &[&str], status: StatusCode) {
        let mut request = Request::post("/");
        for field in fields {
            request = request.header("Transfer-Encoding", *field);
        }
        let request = request.body(Full::new(Bytes::from("Hello"))).unwrap();
        let response = call(&mut ApplicationService::new(ok()), request);
        assert_eq!(response.status(), status, "{fields:?}");
    }

    check(&["chunked"], StatusCode::OK);
    check(&["Chunked "], StatusCode::OK);
    check(&["gzip, chunked"], StatusCode::NOT_IMPLEMENTED);
    check(&["gzip", "a;b=c,\tchunked"], StatusCode::NOT_IMPLEMENTED);
    for fields in [
        &["chunked, chunked"][..],
        &["chunked", "chunked"],
        &["chunked, gzip, chunked"],
        &["chunked;a=b, chunked"],
        &["chunked;a=b"],
        &["chunked, gzip"],
        &["deflate"],
        &[" ,chunked"],
        &["chunked,"],
        &["", "chunked"],
        &[""],
        &["g z, chunked"],
        &["gzip;a=\",\", chunked"],
    ] {
        check(fields, StatusCode::BAD_REQUEST);
    }
}

#[test]
fn a_head_with_too_many_fields_is_a_500_also_in_the_outcome() {
    let (app, outcomes) = noting(application(|_environ, start_response| {
        let mut fields = Headers::new();
        for number in 0..40_000 {
            fields.append(format!("X-{number}"), "1")?;
        }
        start_response.start(Status::OK, &fields)?;
        Ok(Body::empty())
    }));
    let mut service = ApplicationService::new(app);
    let response = get(&mut service);
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    drop(response);
    let (outcome, _) = outcomes.recv_timeout(PATIENCE).unwrap();
    assert_eq!(outcome.status_code(), Some(500));
}
