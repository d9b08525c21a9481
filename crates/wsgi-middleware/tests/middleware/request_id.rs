//! Ids of requests, in responses and in variables.

use wsgi_application::{Application, Body, Environ, Result, StartResponse, Status};
use wsgi_middleware::{RequestId, TrustedProxies};
use wsgi_testing::{Request, Response};

/// Answers with the id of the request.
fn tell(environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
    start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
    let id = environ.get("UNIQUE_ID").map(|id| id.as_bytes().to_vec());
    Ok(id.unwrap_or_default().into())
}

fn id(response: &Response) -> String {
    let field = response.headers().get("X-Request-ID").expect("an id");
    field.to_string()
}

#[test]
fn the_application_and_the_client_get_the_same_id() {
    let response = Request::get("/").call(&RequestId::new(tell));
    assert_eq!(response.text(), id(&response));
}

#[test]
fn an_error_page_has_the_same_id_as_the_log() {
    type App = fn(&mut Environ, &mut StartResponse<'_>) -> Result;
    let apps: [App; 3] = [
        |_, _| Err("out of tea".into()),
        |_, _| panic!("out of tea"),
        |_, start_response| {
            start_response.start(Status::OK, ())?;
            Ok(Body::chunks([Err::<&str, _>("out of tea")]))
        },
    ];
    for app in apps {
        let response = Request::get("/").call(&RequestId::new(app));
        assert_eq!(response.status(), &Status::INTERNAL_SERVER_ERROR);
        let logged = format!("[{}] GET \"/\": ", id(&response));
        assert!(response.errors().starts_with(&logged));
    }
    let odd = Request::get("/").variable("UNIQUE_ID", "a\nb");
    let response = odd.call(&RequestId::new(apps[0]));
    assert_eq!(response.status(), &Status::INTERNAL_SERVER_ERROR);
    assert!(!response.headers().contains("X-Request-ID"));
}

#[test]
fn no_two_requests_have_the_same_id() {
    let (one, other) = (RequestId::new(tell), RequestId::new(tell));
    let apps: [&dyn Application; 4] = [&one, &other, &one, &other];
    let mut ids = apps.map(|app| id(&Request::get("/").call(app)));
    ids.sort();
    assert!(ids.windows(2).all(|pair| pair[0] != pair[1]), "{ids:?}");
}

#[test]
fn an_id_is_sixteen_digits_and_a_number_that_counts_up() {
    let app = RequestId::new(tell);
    let first = id(&Request::get("/").call(&app));
    let (prefix, number) = first.split_once('-').expect("a hyphen");
    assert_eq!((prefix.len(), number), (16, "1"));
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    assert!(prefix.bytes().all(is_digit), "{prefix}");
    for number in 2..=1_001 {
        let expected = format!("{prefix}-{number}");
        assert_eq!(id(&Request::get("/").call(&app)), expected);
    }
}

#[test]
fn an_id_set_by_the_server_is_kept() {
    let request = Request::get("/").variable("UNIQUE_ID", "ZAbc");
    let response = request.call(&RequestId::new(tell));
    assert_eq!(id(&response), "ZAbc");
    // An id that is an invalid field value is kept, too, and makes nothing fail.
    let request = Request::get("/").variable("UNIQUE_ID", "a\nb");
    let response = request.call(&RequestId::new(tell));
    assert_eq!(response.text(), "a\nb");
    assert!(!response.headers().contains("X-Request-ID"));
}

#[test]
fn the_application_may_set_the_field_itself() {
    let app = |_: &mut Environ, start_response: &mut StartResponse<'_>| {
        start_response.start(Status::OK, [("X-Request-ID", "mine")])?;
        Ok("".into())
    };
    assert_eq!(id(&Request::get("/").call(&RequestId::new(app))), "mine");
}

#[test]
fn a_client_sets_the_id_only_if_that_is_allowed() {
    let request = || Request::get("/").header("X-Request-ID", "client-1");
    assert_ne!(id(&request().call(&RequestId::new(tell))), "client-1");
    let trusting = RequestId::new(tell).trust_header(true);
    assert_eq!(id(&request().call(&trusting)), "client-1");
}

#[test]
fn only_named_peers_set_the_id_or_the_trace() {
    fn both(environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
        start_response.start(Status::OK, ())?;
        let value = |name| environ.get(name).map(|value| value.to_string());
        let (id, trace) = (value("UNIQUE_ID"), value("TRACE_ID"));
        Ok(format!("{} {}", id.unwrap_or_default(), trace.is_some()).into())
    }
    let network = |text: &str| text.parse().unwrap();
    let open = RequestId::new(both)
        .trust_header(true)
        .trust_traceparent(true);
    let request = || {
        Request::get("/").header("X-Request-ID", "client-1").header(
            "traceparent",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        )
    };
    assert_eq!(request().call(&open).text(), "client-1 true");
    let by_network = open.trust(network("10.0.0.0/8")).trust(network("::1"));
    let by_socket = RequestId::new(both)
        .trust_header(true)
        .trust_traceparent(true)
        .trust_unix(true);
    for (address, in_network, at_socket) in [
        ("10.9.9.9", true, false),
        ("::1", true, false),
        ("11.0.0.1", false, false),
        ("10.0.0.1x", false, false),
        ("", false, true),
        ("unix:", false, true),
    ] {
        for (app, is_trusted) in [(&by_network, in_network), (&by_socket, at_socket)] {
            let text = request()
                .variable("REMOTE_ADDR", address)
                .call(app)
                .text()
                .to_owned();
            assert_eq!(text == "client-1 true", is_trusted, "{address}: {text}");
            assert_eq!(text.ends_with(" false"), !is_trusted, "{address}: {text}");
        }
    }
    let proxies_within = RequestId::new(TrustedProxies::new(both).trust(network("10.0.0.1")))
        .trust_header(true)
        .trust(network("10.0.0.1"));
    let response = request()
        .header("X-Forwarded-For", "192.0.2.7")
        .variable("REMOTE_ADDR", "10.0.0.1")
        .call(&proxies_within);
    assert_eq!(id(&response), "client-1");
}

#[test]
fn an_id_that_is_too_long_or_has_odd_characters_is_ignored() {
    let trusting = RequestId::new(tell).trust_header(true);
    for odd in ["", "a b", "a]", "\u{e9}", &"a".repeat(129)] {
        let response = Request::get("/")
            .header("X-Request-ID", odd)
            .call(&trusting);
        assert_ne!(id(&response), odd);
    }
    let longest = "a".repeat(128);
    let request = Request::get("/").header("X-Request-ID", &longest);
    assert_eq!(id(&request.call(&trusting)), longest);
}

#[test]
fn an_id_that_a_front_server_makes_is_taken() {
    let trusting = RequestId::new(tell).trust_header(true);
    let ids = [
        ("nginx", "8a3f0c5d7b1e4926a0c4d8e2f6b91735"),
        ("Apache", "aTz@Qm-4x7RkPb2@sYw0VgAAAAE"),
        ("HAProxy", "C0000207:D4B2_0A000001:01BB_6745A1C0_002A:1F90"),
        (
            "HAProxy, IPv6",
            "20010DB8000000000000000000000007:D4B2_\
             20010DB8000000000000000000000001:01BB_6745A1C0_002A:1F90A",
        ),
    ];
    for (server, given) in ids {
        let request = Request::get("/").header("X-Request-ID", given);
        assert_eq!(id(&request.call(&trusting)), given, "{server}");
    }
}

#[test]
fn a_trace_has_its_id_in_a_variable_only_if_that_is_allowed() {
    fn trace(environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
        start_response.start(Status::OK, ())?;
        let id = environ.get("TRACE_ID").map(|id| id.as_bytes().to_vec());
        Ok(id.unwrap_or_default().into())
    }
    let id = "4bf92f3577b34da6a3ce929d0e0e4736";
    let field = format!("00-{id}-00f067aa0ba902b7-01");
    let request = || Request::get("/").header("traceparent", &field);
    assert_eq!(request().call(&RequestId::new(trace)).text(), "");
    let trusting = RequestId::new(trace).trust_traceparent(true);
    let response = request().call(&trusting);
    assert_eq!(response.text(), id);
    assert!(
        !response
            .headers()
            .get("X-Request-ID")
            .unwrap()
            .to_string()
            .contains(id)
    );
    let response = request().variable("UNIQUE_ID", "1").call(&trusting);
    assert_eq!(response.text(), id, "also with an id of the server");
    let invalid = Request::get("/").header("traceparent", format!("{field}-x"));
    assert_eq!(invalid.call(&trusting).text(), "");
}
