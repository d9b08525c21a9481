//! Answers to errors by their types.

use std::{error::Error, fmt, io};

use wsgi_adaptor::{Adaptor, HttpError, Request, Response, Result};
use wsgi_forms::FormError;
use wsgi_testing::{Request as Test, Response as Answer};

#[derive(Debug)]
struct SoldOut(&'static str);

impl fmt::Display for SoldOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the last {} is gone", self.0)
    }
}

impl Error for SoldOut {}

/// Fails in the way that the path names.
fn order(request: &Request<'_>) -> Result<Response> {
    Err(match request.parameter_str("how") {
        "plain" => SoldOut("soup").into(),
        "inside" => io::Error::other(io::Error::other(SoldOut("tea"))).into(),
        "http" => HttpError::new(409, "no tea")
            .with_source(SoldOut("tea"))
            .into(),
        "response" => Response::redirect("/menu").into(),
        "number" => request.parameter::<u32>("how").unwrap_err().into(),
        "disk" => io::Error::other("the disk is full").into(),
        _ => "the oven is cold".into(),
    })
}

fn sold_out(error: &SoldOut) -> HttpError {
    HttpError::new(410, format!("no {} today", error.0))
}

fn kitchen() -> Adaptor {
    Adaptor::new().get("/{how}", order)
}

fn get(app: &Adaptor, path: &str) -> Answer {
    Test::get(path).call(app)
}

#[track_caller]
fn check(app: &Adaptor, path: &str, text: &str) -> Answer {
    let response = get(app, path);
    assert_eq!(response.text(), text);
    response
}

#[test]
fn an_error_of_the_type_is_found_anywhere_in_the_causes() {
    let app = kitchen().on_error(sold_out);
    let response = check(&app, "/plain", "410 Gone: no soup today\n");
    assert_eq!(response.errors(), "");
    check(&app, "/inside", "410 Gone: no tea today\n");
    check(&app, "/other", "500 Internal Server Error\n");
}

#[test]
fn what_a_handler_answers_by_itself_stays() {
    let app = kitchen().on_error(sold_out);
    check(&app, "/http", "409 Conflict: no tea\n");
    assert_eq!(get(&app, "/response").status().code(), 303);
}

#[test]
fn the_first_type_that_fits_counts_and_a_later_answer_replaces_an_earlier_one() {
    let disk = |error: &io::Error| HttpError::new(507, error.to_string());
    let app = kitchen().on_error(disk).on_error(sold_out);
    check(
        &app,
        "/inside",
        "507 Insufficient Storage: the last tea is gone\n",
    );
    let app = kitchen().on_error(sold_out).on_error(disk);
    check(&app, "/inside", "410 Gone: no tea today\n");
    let app = app.on_error(|_: &SoldOut| HttpError::new(404, "gone"));
    check(&app, "/plain", "404 Not Found: gone\n");
    check(&app, "/inside", "404 Not Found: gone\n");
}

#[test]
fn an_error_of_the_adaptor_itself_can_have_another_answer() {
    let app = kitchen();
    assert_eq!(get(&app, "/number").status().code(), 404);
    let app = app.on_error(|_: &wsgi_adaptor::RequestError| HttpError::new(400, "a number!"));
    check(&app, "/number", "400 Bad Request: a number!\n");
}

#[test]
fn the_answer_becomes_a_page_or_a_problem() {
    let app = kitchen().on_error(sold_out).on_status(410, |_, error| {
        Response::html(format!("<p>{}", error.text()))
    });
    let response = check(&app, "/plain", "<p>no soup today");
    assert_eq!(response.status().code(), 410);
    let request = Test::get("/plain").header("Accept", "application/json");
    let problem = "{\"title\":\"Gone\",\"status\":410,\"detail\":\"no soup today\"}\n";
    assert_eq!(request.call(&app).text(), problem);
}

#[test]
fn a_failure_is_logged_and_shown_for_debugging() {
    let app = kitchen().on_error(|_: &io::Error| HttpError::new(507, "come back later"));
    let text = "507 Insufficient Storage: come back later\n";
    let response = check(&app, "/disk", text);
    assert!(response.errors().contains("the disk is full"));

    let response = get(&app.debug(true), "/disk");
    assert_eq!(response.status().code(), 507);
    assert!(response.text().contains("the disk is full"));
    let response = get(&kitchen().on_error(sold_out).debug(true), "/plain");
    assert_eq!(response.text(), "410 Gone: no soup today\n");
}

#[test]
fn a_mounted_adaptor_answers_first_and_then_the_one_around_it() {
    let own = kitchen().on_error(|_: &SoldOut| HttpError::new(404, "its own"));
    let app = Adaptor::new()
        .mount("/own", own)
        .mount("/other", kitchen())
        .on_error(sold_out);
    check(&app, "/own/plain", "404 Not Found: its own\n");
    check(&app, "/other/plain", "410 Gone: no soup today\n");
}

#[test]
fn an_error_of_a_hook_has_its_answer_too() {
    let app = Adaptor::new()
        .get("/", |_| "welcome")
        .before(|_: &Request<'_>| -> Result<()> { Err(SoldOut("soup").into()) })
        .on_error(sold_out)
        .after(|_, response| response.with_header("X-After", "1"));
    let response = check(&app, "/", "410 Gone: no soup today\n");
    assert!(response.headers().contains("X-After"));
}

#[test]
fn another_answer_with_415_names_the_types_that_the_client_may_send() {
    let of_status = |code| {
        let form = move |_: &FormError| HttpError::new(code, "a form, please");
        let app = Adaptor::new()
            .post("/", |request| request.form().map(|_| "a form"))
            .on_error(form);
        Test::post("/")
            .header("Content-Type", "text/plain")
            .call(&app)
    };
    let types = "application/x-www-form-urlencoded, multipart/form-data";
    let answer = of_status(415);
    assert_eq!(
        answer.text(),
        "415 Unsupported Media Type: a form, please\n"
    );
    assert_eq!(answer.headers().get("Accept").unwrap(), types);
    assert!(!of_status(400).headers().contains("Accept"));
}
