//! FastCGI over sockets, with a front server that does as it likes.

mod support;

use std::thread;

use support::{
    Running, echo,
    fastcgi::{STDERR, STDOUT, answer, ask, get, next_record, put},
};
use wsgi_application::{Application, application};
use wsgi_server::{Builder, Protocol};

fn serving(application: impl Application + 'static) -> Running {
    serving_with(|builder| builder, application)
}

fn serving_with(
    options: impl FnOnce(Builder) -> Builder,
    application: impl Application + 'static,
) -> Running {
    Running::with(
        |builder| options(builder.protocol(Protocol::FastCgi)),
        application,
    )
}

#[test]
fn requests_are_answered_on_one_connection() {
    let running = serving(echo);
    let mut client = running.connect();
    for path in ["/first", "/second"] {
        let answer = ask(&mut client, get(path));
        assert_eq!(answer.text(), format!("GET {path}\n"));
        let response = answer.response();
        assert_eq!(response.status, "200 OK");
        assert_eq!(response.header("Content-Type"), Some("text/plain"));
        assert_eq!(
            response.header("Content-Length"),
            Some(&*(path.len() + 5).to_string())
        );
        for field in ["Date", "Server", "Connection", "Transfer-Encoding"] {
            assert_eq!(response.header(field), None, "the front server's");
        }
        assert!(answer.stderr.is_empty());
    }
    assert_eq!(
        ask(&mut client, put("/third", b"hello")).text(),
        "PUT /third\nhello"
    );
    assert_eq!(running.log(), "");
}

#[test]
fn a_request_cut_anywhere_is_the_same_request() {
    let running = serving(echo);
    let request = put("/a", b"hello");
    let mut client = running.connect();
    for cut in 1..request.len() {
        client.send(&request[..cut]);
        thread::yield_now();
        assert_eq!(
            ask(&mut client, &request[cut..]).text(),
            "PUT /a\nhello",
            "cut at {cut}"
        );
    }
    for byte in &request {
        client.send([*byte]);
    }
    assert_eq!(answer(&mut client, 1).text(), "PUT /a\nhello");
}

#[test]
fn what_is_logged_before_the_head_is_sent_before_it() {
    let running = serving(application(|_environ, _start_response| {
        Err("out of tea".into())
    }));
    let mut client = running.connect();
    client.send(get("/"));
    // A front server that has all it needs with the head reads no further.
    let first = next_record(&mut client).unwrap();
    assert_eq!(first.record_type, STDERR);
    assert_eq!(first.content, b"GET \"/\": out of tea\n");
    assert_eq!(next_record(&mut client).unwrap().record_type, STDOUT);
}
