//! Errors as clients see them: as text, as pages and in JSON.

use std::{error::Error as _, io};

use wsgi_adaptor::{Adaptor, HttpError, IntoResponse, Request, Response, Result};
use wsgi_application::Status;
use wsgi_sessions::{MemoryStore, Sessions};
use wsgi_testing::{Request as Call, Response as Answer};

pub(crate) const JSON: &str = "application/json";

/// Fails in the way that the query names.
fn fail(request: &Request<'_>) -> Result<&'static str> {
    match request.query().get("how") {
        Some("status") => Err(HttpError::new(404, "no such dish").into()),
        Some("field") => Err(HttpError::new(422, "a number is needed")
            .with_field("table")
            .into()),
        Some("inside") => {
            let error = io::Error::other(HttpError::new(410, "sold out"));
            Err(io::Error::other(error).into())
        }
        Some("closed") => {
            let cause = io::Error::other("the oven is cold");
            Err(HttpError::new(503, "come back at noon")
                .with_source(cause)
                .into())
        }
        Some("response") => Err(Response::redirect("/login").into()),
        Some("bare") => Err(Response::unauthorized("Cave").into()),
        Some("panic") => panic!("the oven is on fire"),
        _ => Err("the oven is cold".into()),
    }
}

pub(crate) fn app() -> Adaptor {
    Adaptor::new().get("/", fail)
}

pub(crate) fn get(app: &Adaptor, how: &str, accept: &str) -> Answer {
    let call = Call::get(format!("/?how={how}")).header("Accept", accept);
    call.call(app)
}

#[track_caller]
fn check(how: &str, code: u16, text: &str) -> Answer {
    let response = get(&app(), how, "*/*");
    assert_eq!(response.status().code(), code);
    assert_eq!(response.text(), text);
    response
}

#[test]
fn an_error_with_a_status_is_answered_with_it_anywhere_in_the_causes() {
    let response = check("status", 404, "404 Not Found: no such dish\n");
    assert_eq!(response.errors(), "");
    check("inside", 410, "410 Gone: sold out\n");
    let response = check(
        "closed",
        503,
        "503 Service Unavailable: come back at noon\n",
    );
    let logged = "503 Service Unavailable: come back at noon: the oven is cold\n";
    assert!(response.errors().ends_with(logged), "{}", response.errors());
    let response = check("other", 500, "500 Internal Server Error\n");
    assert!(response.errors().contains("the oven is cold"));
}

#[test]
fn a_response_may_be_returned_as_an_error() {
    let response = check("response", 303, "");
    assert_eq!(response.headers().get("Location").unwrap(), "/login");
    assert_eq!(response.errors(), "");
    let response = check("bare", 401, "401 Unauthorized\n");
    assert!(response.headers().contains("WWW-Authenticate"));
}

#[test]
fn an_applications_own_error_type_decides_its_answer() {
    #[derive(Debug)]
    struct Closed;
    impl std::fmt::Display for Closed {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("the kitchen is closed")
        }
    }
    impl std::error::Error for Closed {}
    impl IntoResponse for Closed {
        fn into_response(self) -> Result<Response> {
            (409, self.to_string()).into_response()
        }
    }
    fn order(_: &Request<'_>) -> std::result::Result<Response, Closed> {
        Err(Closed)
    }
    let response = Call::get("/").call(&Adaptor::new().get("/", order));
    assert_eq!(response.status().code(), 409);
    assert_eq!(response.text(), "the kitchen is closed");
}

#[track_caller]
fn check_problem(response: &Answer, problem: &str) {
    let media_type = "application/problem+json";
    assert_eq!(response.headers().get("Content-Type").unwrap(), media_type);
    assert_eq!(response.headers().get("Vary").unwrap(), "Accept");
    let status = response.status().code();
    assert!(response.text().contains(&format!("\"status\":{status}")));
    assert_eq!(response.text(), format!("{problem}\n"));
}

#[test]
fn a_client_that_prefers_json_gets_problems() {
    let app = app();
    check_problem(
        &get(&app, "status", JSON),
        r#"{"title":"Not Found","status":404,"detail":"no such dish"}"#,
    );
    check_problem(
        &get(&app, "field", JSON),
        r#"{"title":"Unprocessable Content","status":422,"detail":"a number is needed","errors":[{"detail":"a number is needed","field":"table"}]}"#,
    );
    for how in ["other", "panic"] {
        let response = get(&app, how, JSON);
        check_problem(
            &response,
            r#"{"title":"Internal Server Error","status":500}"#,
        );
        assert!(response.errors().contains("the oven is"), "it is logged");
    }
    let response = get(&app, "bare", JSON);
    check_problem(&response, r#"{"title":"Unauthorized","status":401}"#);
    assert!(response.headers().contains("WWW-Authenticate"));

    let call = Call::get("/nothing").header("Accept", JSON);
    check_problem(&call.call(&app), r#"{"title":"Not Found","status":404}"#);
    let response = Call::post("/").header("Accept", JSON).call(&app);
    check_problem(&response, r#"{"title":"Method Not Allowed","status":405}"#);
    assert_eq!(
        response.headers().get("Allow").unwrap(),
        "GET, HEAD, OPTIONS"
    );
}

#[test]
fn a_client_that_prefers_html_or_text_gets_text() {
    for accept in ["text/html, */*;q=0.1", "text/plain", "*/*", "image/png", ""] {
        let response = get(&app(), "status", accept);
        assert_eq!(response.text(), "404 Not Found: no such dish\n", "{accept}");
    }
    let response = Call::get("/?how=status").call(&app());
    assert_eq!(response.text(), "404 Not Found: no such dish\n");
}

#[test]
fn pages_and_problems_show_a_reason_in_latin1() {
    fn tea(_: &Request<'_>) -> Result<Response> {
        Err(HttpError::new(Status::new(418, "Gr\u{fc}n")?, "").into())
    }
    let app = Adaptor::new().get("/", tea);
    assert_eq!(get(&app, "", "text/plain").text(), "418 Gr\u{fc}n\n");
    check_problem(
        &get(&app, "", "application/json"),
        "{\"title\":\"Gr\u{fc}n\",\"status\":418}",
    );
}

#[test]
fn a_client_that_sends_json_gets_problems_unless_it_prefers_another_type() {
    let app = app().post("/", |request| -> Result<String> {
        Err(HttpError::new(422, request.method().to_string()).into())
    });
    let post = |accept| {
        let call = Call::post("/").body("{}").header("Content-Type", JSON);
        call.header("Accept", accept).call(&app).text().to_owned()
    };
    assert!(post("*/*").starts_with('{'));
    assert!(post("application/*").starts_with('{'));
    assert!(post("text/html").starts_with("422 "));
}

#[cfg(feature = "json")]
#[test]
fn a_problem_names_the_place_in_the_json_that_was_sent() {
    #[derive(serde::Deserialize)]
    struct Order {
        tables: Vec<u8>,
    }
    let app = Adaptor::new().post("/", |request| -> Result<String> {
        let order: Order = request.json()?;
        Ok(order.tables.len().to_string())
    });
    let post = |body: &str| {
        let call = Call::post("/").header("Content-Type", JSON);
        call.body(body).call(&app)
    };
    assert_eq!(post(r#"{"tables": [1, 2]}"#).text(), "2");
    for (body, pointer) in [
        (r#"{"tables": [1, "secret"]}"#, "#/tables/1"),
        ("{}", "#/tables"),
        ("7", "#"),
    ] {
        let response = post(body);
        assert_eq!(response.status().code(), 422);
        let named = format!("\"pointer\":\"{pointer}\"}}]");
        assert!(response.text().contains(&named), "{}", response.text());
        assert!(!response.text().contains("secret"), "{}", response.text());
    }
}

fn sorry(request: &Request<'_>, error: &HttpError) -> Response {
    let (path, text) = (request.path().to_string(), error.text());
    Response::html(format!("{} {path} {text}", error.status().code()))
}

#[test]
fn a_status_has_the_page_that_is_set_for_it() {
    let app = app()
        .get("/own", |_| Response::text("own").with_status(404))
        .get("/fine", |_| Response::of_status(200))
        .get("/file/{*path}", |request| {
            Response::file("src", request.parameter_str("path"))
        });
    let app = [404, 405, 401, 500, 200]
        .into_iter()
        .filter(|&status| status >= 400)
        .fold(app, |app, status| app.on_status(status, sorry));
    #[track_caller]
    fn check(response: &Answer, code: u16, text: &str) {
        assert_eq!(response.status().code(), code);
        assert_eq!(response.text(), text);
    }
    check(&get(&app, "status", "*/*"), 404, "404 / no such dish");
    for how in ["other", "panic"] {
        let response = get(&app, how, "*/*");
        check(&response, 500, "500 / ");
        assert!(response.errors().contains("the oven is"), "it is logged");
    }
    check(&Call::get("/nothing").call(&app), 404, "404 /nothing ");
    check(
        &Call::get("/file/nothing").call(&app),
        404,
        "404 /file/nothing ",
    );
    let response = Call::post("/").call(&app);
    check(&response, 405, "405 / ");
    assert_eq!(
        response.headers().get("Allow").unwrap(),
        "GET, HEAD, OPTIONS"
    );
    let html = "text/html; charset=utf-8";
    assert_eq!(response.headers().get("Content-Type").unwrap(), html);
    let response = get(&app, "bare", "*/*");
    check(&response, 401, "401 / ");
    assert!(response.headers().contains("WWW-Authenticate"));

    // Other responses keep their own body.
    check(&Call::get("/own").call(&app), 404, "own");
    check(&Call::get("/fine").call(&app), 200, "200 OK\n");
    check(&get(&app, "inside", "*/*"), 410, "410 Gone: sold out\n");
    assert!(get(&app, "status", JSON).text().starts_with('{'));
}

#[test]
fn a_page_that_fails_is_a_failure() {
    let fails = |_: &Request<'_>, _: &HttpError| Err::<Response, _>("no page");
    let app = app().on_status(404, fails).on_status(500, fails);
    for how in ["status", "other"] {
        let response = get(&app, how, "*/*");
        assert_eq!(response.status().code(), 500);
        assert_eq!(response.text(), "500 Internal Server Error\n");
        assert!(response.errors().contains("no page"));
    }
}

#[test]
fn the_page_of_a_failure_saves_no_session() {
    let sessions = Sessions::new(MemoryStore::new());
    let app = Adaptor::new()
        .get("/", |request| -> Result<&str> {
            request.session()?.insert("a", 1)?;
            Err("the oven is cold".into())
        })
        .on_status(500, sorry)
        .sessions(sessions);
    let response = Call::get("/").call(&app);
    assert_eq!(response.text(), "500 / ");
    assert!(!response.headers().contains("Set-Cookie"));
}

#[test]
#[should_panic(expected = "from 400 on")]
fn only_errors_have_pages() {
    let _ = Adaptor::new().on_status(204, |_, _| "");
}

#[test]
fn an_error_keeps_its_cause_and_has_an_error_status() {
    let error = HttpError::new(Status::FORBIDDEN, "no").with_source("the key is bent");
    assert_eq!(
        error.source().map(ToString::to_string).as_deref(),
        Some("the key is bent")
    );
    assert_eq!(error.field(), None);
    assert_eq!(HttpError::new(1000, "").status().code(), 500);
    assert_eq!(HttpError::new(303, "").status().code(), 500);
}

#[test]
fn an_error_whose_status_has_no_reason_is_shown_without_a_gap() {
    assert_eq!(HttpError::new(499, "no tea").to_string(), "499: no tea");
    assert_eq!(HttpError::new(499, "").to_string(), "499");
}

#[test]
fn an_answer_whose_status_has_no_reason_has_neither_a_gap_nor_an_empty_title() {
    let app = Adaptor::new()
        .get("/bare", |_| Response::of_status(499))
        .get("/error", |_| {
            Err::<Response, _>(HttpError::new(499, "no tea"))
        });
    let bare = Call::get("/bare").call(&app);
    assert_eq!(bare.text(), "499\n");
    let json = Call::get("/error")
        .header("Accept", "application/json")
        .call(&app);
    assert_eq!(json.text(), "{\"status\":499,\"detail\":\"no tea\"}\n");
}

#[test]
fn a_page_keeps_the_vary_and_the_cookies_of_the_response_it_replaces_unless_it_sets_them() {
    let page = |_: &Request<'_>, _: &HttpError| {
        Response::html("none")
            .with_header("Vary", "Cookie")
            .with_header("Set-Cookie", "a=1")
    };
    let bare = |_: &Request<'_>| {
        let bare = Response::of_status(404).with_header("Vary", "Origin");
        let bare = bare.with_added_header("Set-Cookie", "a=0; Secure");
        bare.with_added_header("Set-Cookie", "b=2")
            // At `/`, browsers take it for that of the page, unless that comes last.
            .with_added_header("Set-Cookie", "a=3; Path=/")
            .with_header("X", "y")
    };
    let app = Adaptor::new().get("/", bare).on_status(404, page);
    let response = Call::get("/").call(&app);
    assert!(
        response
            .headers()
            .get_all("Vary")
            .eq(["Cookie", "Origin", "Accept"])
    );
    let cookies = response.headers().get_all("Set-Cookie");
    assert!(cookies.eq(["b=2", "a=3; Path=/", "a=1"]));
    assert_eq!(response.headers().get("X").unwrap(), "y");
}

#[test]
fn a_pointer_is_sent_as_a_uri_fragment() {
    let app = Adaptor::new().get("/", |_| -> Result<&str> {
        let error = HttpError::new(422, "no").with_pointer("/a b/100%/é/m~0n/\"[#]");
        Err(error.into())
    });
    let response = Call::get("/").header("Accept", JSON).call(&app);
    let pointer = r##""pointer":"#/a%20b/100%25/%C3%A9/m~0n/%22%5B%23%5D""##;
    assert!(response.text().contains(pointer), "{}", response.text());
}

#[test]
fn one_page_may_be_that_of_every_status() {
    let app = app()
        .on_any_status(sorry)
        .on_status(410, |_, _| "the page of 410")
        .mount("/own", Adaptor::new().on_any_status(|_, _| "its own"))
        .mount("/none", Adaptor::new());
    for (target, code, text) in [
        ("/nothing", 404, "404 /nothing "),
        ("/?how=field", 422, "422 / a number is needed"),
        ("/?how=bare", 401, "401 / "),
        ("/?how=other", 500, "500 / "),
        ("/?how=panic", 500, "500 / "),
        ("/?how=inside", 410, "the page of 410"),
        ("/own/nothing", 404, "its own"),
        ("/none/nothing", 404, "404 /none/nothing "),
    ] {
        let response = Call::get(target).call(&app);
        assert_eq!(response.status().code(), code, "{target}");
        assert_eq!(response.text(), text, "{target}");
    }
    let other = app.on_any_status(|_, _| "another");
    assert_eq!(Call::get("/nothing").call(&other).text(), "another");
    let problem = Call::get("/nothing").header("Accept", JSON).call(&other);
    assert!(problem.text().starts_with('{'));
}
