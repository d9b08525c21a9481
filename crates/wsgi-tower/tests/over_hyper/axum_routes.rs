//! An application beside async routes of axum.

use std::io::{Read, Write};
use std::net::TcpStream;

use axum::{Router, extract::Path, routing::get};
use tower::ServiceExt;
use wsgi_application::{Body, Status, application};
use wsgi_tower::ApplicationService;

use crate::serving::{PATIENCE, Serving};

/// Shows where it is mounted, and counts the request's body.
fn routes() -> Router {
    let app = application(|environ, start_response| {
        let mut body = Vec::new();
        environ.input().read_to_end(&mut body)?;
        start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
        let (script_name, path_info) = (environ.script_name(), environ.path_info());
        Ok(format!("{script_name} {path_info} {}\n", body.len()).into())
    });
    let blog = ApplicationService::builder(app)
        .script_name("/blog")
        .build();
    Router::new()
        .route("/", get(async || "async\n"))
        .route(
            "/hello/{name}",
            get(async |Path(name): Path<String>| format!("Hello {name}!\n")),
        )
        .nest_service("/blog", blog)
}

fn exchange(address: std::net::SocketAddr, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(request).unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    response
}

#[test]
fn an_application_is_mounted_beside_async_routes() {
    let serving = Serving::start(routes());
    let get = |path: &str| {
        let request = format!("GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        let response = exchange(serving.address, request.as_bytes());
        response.split_once("\r\n\r\n").unwrap().1.to_owned()
    };
    assert_eq!(get("/"), "async\n");
    assert_eq!(get("/hello/ada"), "Hello ada!\n");
    assert_eq!(get("/blog/2026/a%20post?q"), "/blog /2026/a post 0\n");
    let upload = b"POST /blog/up HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\
        Transfer-Encoding: chunked\r\n\r\n5\r\nHello\r\n7\r\n world!\r\n0\r\n\r\n";
    assert!(exchange(serving.address, upload).ends_with("\r\n\r\n/blog /up 12\n"));
}

/// hyper takes one of them off.
#[test]
fn a_body_that_is_chunked_twice_is_refused() {
    let serving = Serving::start(routes());
    for codings in [
        "Transfer-Encoding: chunked, chunked",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
    ] {
        let upload = format!(
            "POST /blog/up HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{codings}\r\n\r\n\
            f\r\n5\r\nHello\r\n0\r\n\r\n\r\n0\r\n\r\n"
        );
        let response = exchange(serving.address, upload.as_bytes());
        assert!(response.starts_with("HTTP/1.1 400 "), "{response}");
    }
}

#[test]
fn the_router_answers_in_process_too() {
    let request = http::Request::get("/blog/")
        .body(axum::body::Body::empty())
        .unwrap();
    let response = crate::park::park(routes().oneshot(request)).unwrap();
    let body = http_body_util::BodyExt::collect(response.into_body());
    let body = crate::park::park(body).unwrap().to_bytes();
    assert_eq!(body, "/blog / 0\n");
}

#[test]
fn a_response_that_fails_halfway_is_cut() {
    let app = application(|_environ, start_response| {
        start_response.start(Status::OK, ())?;
        Ok(Body::chunks([Ok("Hello "), Err("no more tea")]))
    });
    let serving = Serving::start(ApplicationService::new(app));
    let response = exchange(
        serving.address,
        b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
    );
    assert!(
        response.ends_with("6\r\nHello \r\n"),
        "no last chunk: {response}"
    );
}
