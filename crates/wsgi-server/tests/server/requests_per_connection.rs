//! The limit of requests on a connection.

use wsgi_server::Builder;

use crate::support::{Running, echo, fastcgi, get, put};

fn limited(requests: u64) -> impl FnOnce(Builder) -> Builder {
    move |builder| builder.max_requests_per_connection(requests)
}

#[test]
fn the_last_response_on_a_connection_says_so() {
    for limit in [1, 2, 5] {
        let running = Running::with(limited(limit), echo);
        for _ in 0..2 {
            let mut client = running.connect();
            for number in 1..=limit {
                let response = client.ask(put("/a", "hello"));
                assert_eq!(response.text(), "PUT /a\nhello");
                let is_last = number == limit;
                let connection = is_last.then_some("close");
                assert_eq!(
                    response.header("Connection"),
                    connection,
                    "{number} of {limit}"
                );
            }
            client.assert_closed();
        }
    }
}

#[test]
fn pipelined_requests_beyond_the_limit_are_not_answered() {
    let running = Running::with(limited(3), echo);
    let mut client = running.connect();
    client.send(get("/a").repeat(5));
    for connection in [None, None, Some("close")] {
        assert_eq!(client.response().header("Connection"), connection);
    }
    client.assert_closed();
}

#[test]
fn a_client_of_http_1_0_is_told_that_the_connection_ends() {
    let running = Running::with(limited(2), echo);
    let mut client = running.connect();
    let request = "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n";
    for connection in ["keep-alive", "close"] {
        assert_eq!(client.ask(request).header("Connection"), Some(connection));
    }
    client.assert_closed();
}

#[test]
fn a_limit_of_zero_counts_as_one() {
    let running = Running::with(limited(0), echo);
    let mut client = running.connect();
    assert_eq!(client.ask(get("/")).header("Connection"), Some("close"));
    client.assert_closed();
}

#[test]
fn a_front_server_s_connection_ends_with_the_last_request() {
    let running = fastcgi::serving_with(limited(3), echo);
    let mut client = running.connect();
    for number in 1..=3 {
        let answer = fastcgi::ask(&mut client, fastcgi::get("/a"));
        assert_eq!(answer.text(), "GET /a\n", "{number}");
    }
    fastcgi::assert_closed(&mut client);
}
