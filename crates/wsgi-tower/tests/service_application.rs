//! A tower service as an application, in process and on the server.

mod park;

use std::{
    collections::VecDeque,
    convert::Infallible,
    io::{self, BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    task::{Context, Poll},
    thread,
};

use axum::{
    Router,
    extract::Request as AxumRequest,
    routing::{get, post},
};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Response};
use http_body::Frame;
use http_body_util::{BodyExt, Full};
use park::{PATIENCE, park};
use tower::ServiceBuilder;
use tower_http::set_header::SetResponseHeaderLayer;
use wsgi_application::{
    Application, Body, Content, Environ, Exchange, StartResponse, Status, application,
};
use wsgi_environ::Input;
use wsgi_server::Server;
use wsgi_testing::Request;
use wsgi_tower::{ApplicationService, RequestBody, ServiceApplication};

/// A function as a service, without waiting.
macro_rules! service {
    ($function:expr) => {
        tower::service_fn(move |request: http::Request<RequestBody>| {
            let response: Response<_> = $function(request);
            async move { Ok::<_, Infallible>(response) }
        })
    };
}

#[test]
fn the_request_of_the_service_is_that_of_the_environ() {
    let app = ServiceApplication::new(service!(|request: http::Request<RequestBody>| {
        let (parts, body) = request.into_parts();
        let body = wsgi_tower::park(body.collect()).unwrap().to_bytes();
        let field = |name: &str| {
            parts
                .headers
                .get(name)
                .map(|v| v.to_str().unwrap().to_owned())
        };
        let seen = format!(
            "{} {} {:?} {:?} {:?} {:?} {:?} {:?}",
            parts.method,
            parts.uri,
            field("content-type"),
            field("content-length"),
            field("x-of-mine"),
            field("connection"),
            parts.extensions.get::<SocketAddr>(),
            body,
        );
        Response::new(Full::new(Bytes::from(seen)))
    }));
    let response = Request::post("/a%2Fb/c?d=%20")
        .header("Content-Type", "text/plain")
        .header("X-Of-Mine", "1")
        .body("Hello")
        .call(&app);
    let text = response.text();
    assert!(
        text.starts_with("POST /a%2Fb/c?d=%20 Some(\"text/plain\") Some(\"5\") Some(\"1\") None"),
        "{text}"
    );
    assert!(text.ends_with("b\"Hello\""), "{text}");
}

#[test]
fn a_mounted_service_sees_the_path_below() {
    let mounted = ServiceApplication::new(Router::new().route(
        "/{name}",
        get(async |request: AxumRequest| request.uri().to_string()),
    ));
    let app = application(move |environ, start_response| {
        environ.shift_path("/blog".len());
        let body = mounted.call(environ, start_response)?;
        assert_eq!(environ.script_name(), "/blog");
        Ok(body)
    });
    assert_eq!(
        Request::get("/blog/a%20b?q=1").call(&app).text(),
        "/a%20b?q=1"
    );
}

#[test]
fn a_service_decides_about_the_fields_that_connection_names() {
    let app = ServiceApplication::new(service!(|request: http::Request<RequestBody>| {
        let names = request.headers().keys().map(HeaderName::as_str);
        let mut names: Vec<_> = names.filter(|name| *name != "host").collect();
        names.sort_unstable();
        let connection = request.headers()["connection"].to_str().unwrap();
        let text = format!("{}: {connection}", names.join(" "));
        Response::new(Full::new(Bytes::from(text)))
    }));
    let response = Request::get("/")
        .header("Connection", "keep-alive, X-Real-IP")
        .header("Keep-Alive", "timeout=5")
        .header("X-Real-IP", "192.0.2.1")
        .call(&app);
    assert_eq!(
        response.text(),
        "connection x-real-ip: keep-alive, X-Real-IP"
    );
}

#[test]
fn fields_of_the_connection_are_removed_and_a_length_is_added() {
    let app = ServiceApplication::new(service!(|_| {
        let response = Response::builder()
            .status(404)
            .header("Connection", "close, X-Hop")
            .header("X-Hop", "1")
            .header("Keep-Alive", "timeout=5")
            .header("X-End", "2");
        response.body(Full::new(Bytes::from("nothing"))).unwrap()
    }));
    let response = Request::get("/").call(&app);
    assert_eq!(
        (response.status().code(), response.text()),
        (404, "nothing")
    );
    let headers = response.headers();
    assert_eq!(headers.get("Content-Length").unwrap(), "7");
    assert_eq!(headers.get("X-End").unwrap(), "2");
    for name in ["Connection", "X-Hop", "Keep-Alive"] {
        assert!(!headers.contains(name), "{name}");
    }
}

#[test]
fn an_error_of_the_service_or_its_body_is_one_of_the_application() {
    let failing = tower::service_fn(async |_: http::Request<RequestBody>| {
        Err::<Response<Full<Bytes>>, _>("out of tea")
    });
    let response = Request::get("/").call(&ServiceApplication::new(failing));
    assert_eq!(response.status().code(), 500);
    assert!(response.errors().contains("out of tea"));

    let app = ServiceApplication::new(service!(|_| {
        Response::new(Frames(
            ["Hello "].into_iter().collect(),
            Some("no more tea"),
        ))
    }));
    let response = Request::get("/").call(&app);
    assert!(!response.is_complete());
    assert!(response.errors().contains("no more tea"));

    let upgrade = service!(|_| Response::builder()
        .status(101)
        .body(Full::<Bytes>::default())
        .unwrap());
    let response = Request::get("/").call(&ServiceApplication::new(upgrade));
    assert_eq!(response.status().code(), 500);
    assert!(response.errors().contains("101"));
}

/// A body of some frames, and then perhaps an error.
struct Frames(VecDeque<&'static str>, Option<&'static str>);

impl http_body::Body for Frames {
    type Data = Bytes;
    type Error = &'static str;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, &'static str>>> {
        Poll::Ready(match self.0.pop_front() {
            Some(frame) => Some(Ok(Frame::data(Bytes::from(frame)))),
            None => self.1.take().map(Err),
        })
    }
}

#[test]
fn a_reason_of_its_own_survives_the_way_through_a_service() {
    let app = application(|_environ, start_response| {
        start_response.start(Status::new(200, "Everything is fine")?, ())?;
        Ok("fine".into())
    });
    let app = ServiceApplication::new(ApplicationService::new(app));
    let response = Request::get("/").call(&app);
    assert_eq!(response.status().to_string(), "200 Everything is fine");
    assert_eq!(response.text(), "fine");
}

#[test]
fn a_block_on_that_returns_early_is_an_error_and_no_panic() {
    let app = ServiceApplication::new(ApplicationService::new(application(|_, _| Err("".into()))));
    let response = Request::get("/").call(&app.block_on(|_future| {}));
    assert_eq!(response.status().code(), 500);
    assert!(
        response.errors().contains("block_on"),
        "{}",
        response.errors()
    );
}

#[test]
fn every_future_runs_in_the_block_on_of_the_caller() {
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    let router = Router::new().route("/", post(async |body: Bytes| body));
    let app = ServiceApplication::new(router).block_on(move |future| {
        counted.fetch_add(1, Ordering::SeqCst);
        park(future);
    });
    assert_eq!(Request::post("/").body("Hello").call(&app).text(), "Hello");
    assert!(calls.load(Ordering::SeqCst) >= 2, "the call and the body");
}

/// A server of ours with an application, until the end of a test.
struct Serving {
    address: SocketAddr,
    handle: wsgi_server::Handle,
    thread: Option<thread::JoinHandle<()>>,
}

impl Serving {
    fn start(app: impl Application + 'static) -> Self {
        let server = Server::builder()
            .bind("127.0.0.1:0")
            .unwrap()
            .build(app)
            .unwrap();
        let wsgi_server::Address::Tcp(address) = server.local_addr() else {
            panic!("not at a TCP socket");
        };
        let handle = server.handle();
        let thread = thread::spawn(move || server.serve_forever().unwrap());
        Self {
            address,
            handle,
            thread: Some(thread),
        }
    }

    fn connect(&self, request: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        stream
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.handle.abort();
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

#[test]
fn a_layer_of_tower_http_works_on_a_wsgi_server() {
    let app = application(|_environ, start_response| {
        start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
        Ok("Hello world!\n".into())
    });
    let name = HeaderName::from_static("x-frame-options");
    let value = HeaderValue::from_static("DENY");
    let layered = ServiceBuilder::new()
        .layer(SetResponseHeaderLayer::overriding(name, value))
        .service(ApplicationService::new(app));
    let serving = Serving::start(ServiceApplication::new(layered));
    let mut stream = serving.connect("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    assert!(response.starts_with("HTTP/1.1 200 OK\r\n"), "{response}");
    assert!(
        response
            .to_ascii_lowercase()
            .contains("\r\nx-frame-options: deny\r\n"),
        "{response}"
    );
    assert!(response.ends_with("\r\n\r\nHello world!\n"), "{response}");
}

#[test]
fn an_async_body_is_streamed_and_a_client_that_leaves_ends_it() {
    let (send, senders) = mpsc::channel();
    let router = Router::new().route(
        "/",
        get(move || {
            let (sender, body) = http_body_util::channel::Channel::<Bytes>::new(1);
            send.send(sender).unwrap();
            async { axum::body::Body::new(body) }
        }),
    );
    let serving = Serving::start(ServiceApplication::new(router));
    let mut stream = serving.connect("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    let mut sender = senders.recv_timeout(PATIENCE).unwrap();
    let mut received = Vec::new();
    for tick in ["tick", "tock"] {
        park(sender.send_data(Bytes::from(tick))).unwrap();
        while !received.ends_with(format!("{tick}\r\n").as_bytes()) {
            let mut buffer = [0; 1024];
            let length = stream.read(&mut buffer).unwrap();
            assert!(length > 0, "{}", String::from_utf8_lossy(&received));
            received.extend_from_slice(&buffer[..length]);
        }
    }
    drop(stream);
    // The next writes fail, and the body is dropped.
    while park(sender.send_data(Bytes::from(vec![b'x'; 100_000]))).is_ok() {}
}

#[test]
fn an_upload_reaches_a_router_piece_by_piece() {
    let router = Router::new().route(
        "/",
        post(async |request: AxumRequest| {
            let mut body = request.into_body();
            let mut pieces = 0;
            let mut length = 0;
            while let Some(frame) = body.frame().await {
                pieces += 1;
                length += frame.unwrap().into_data().unwrap().len();
            }
            format!("{length} {}\n", pieces > 1)
        }),
    );
    let serving = Serving::start(ServiceApplication::new(router));
    let head = "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 1000000\r\n\r\n";
    let mut stream = serving.connect(head);
    stream.write_all(&vec![b'x'; 1_000_000]).unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    assert!(response.ends_with("1000000 true\n"), "{response}");
}

#[test]
fn an_application_that_does_not_read_the_body_is_not_kept_waiting_for_it() {
    struct Untouched;
    impl Read for Untouched {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            panic!("the body is read");
        }
    }
    let app = application(|_environ, start_response| {
        start_response.start(Status::UNAUTHORIZED, [("Content-Type", "text/plain")])?;
        Ok("No entry\n".into())
    });
    // A layer may hide the type of the body.
    let boxing = ServiceBuilder::new()
        .map_request(|request: http::Request<RequestBody>| request.map(axum::body::Body::new))
        .service(ApplicationService::new(app));
    let app = ServiceApplication::new(boxing);
    let mut environ = Environ::new();
    environ.set("REQUEST_METHOD", "POST");
    let source = BufReader::new(Untouched);
    environ.set_input(Input::from_source(source).with_remaining(4));
    let (mut exchange, mut sent) = (Exchange::new(), Vec::new());
    let mut start_response = StartResponse::new(&mut exchange, &mut sent);
    let body = app.call(&mut environ, &mut start_response).unwrap();
    let Content::Chunks(mut chunks) = body.into_content() else {
        panic!("the body of a service is chunks");
    };
    assert_eq!(chunks.next().unwrap().unwrap(), "No entry\n");
    assert!(chunks.next().is_none());
    assert_eq!(exchange.head.status, Status::UNAUTHORIZED);
}

#[test]
fn a_conversation_line_by_line_flows_through_both_services() {
    let echo = application(|environ, start_response| {
        start_response.start(Status::OK, ())?;
        let lines = environ.take_input().lines();
        Ok(Body::chunks(lines.map(|line| line.map(|line| line + "\n"))))
    });
    let serving = Serving::start(ServiceApplication::new(ApplicationService::new(echo)));
    // The server does not wait for a body of this length before the call.
    let head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n";
    let mut stream = serving.connect(head);
    let mut received = Vec::new();
    for line in ["one\n", "two\n", "six\n"] {
        stream.write_all(line.as_bytes()).unwrap();
        while !received.ends_with(format!("{line}\r\n").as_bytes()) {
            let mut buffer = [0; 1024];
            let length = stream.read(&mut buffer).unwrap();
            assert!(length > 0, "{}", String::from_utf8_lossy(&received));
            received.extend_from_slice(&buffer[..length]);
        }
    }
}
