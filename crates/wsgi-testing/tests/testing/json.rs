//! Bodies of JSON.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use wsgi_adaptor::{Adaptor, HttpError, Response, Result};
use wsgi_testing::{Client, Request};

#[derive(Debug, Deserialize, PartialEq, Serialize)]
struct Order {
    dish: String,
    count: u32,
}

fn shop() -> Adaptor {
    Adaptor::new()
        .post("/orders", |request| -> Result<Response> {
            let order: Order = request.json()?;
            Ok(Response::json(&order).with_status(201))
        })
        .get("/page", |_| Response::html("<p>Welcome"))
        .get("/bare", |_| Response::empty(204))
        .get("/problem", |_| {
            Err::<Response, _>(HttpError::new(409, "sold out"))
        })
}

#[test]
fn a_value_goes_to_the_application_and_comes_back() {
    let order = Order {
        dish: "tea".into(),
        count: 2,
    };
    let response = Request::post("/orders").json(&order).call(&shop());
    assert_eq!(response.status().code(), 201);
    assert_eq!(response.json::<Order>(), order);
}

#[test]
fn json_takes_the_place_of_an_earlier_body() {
    let request = Request::post("/orders").form([("dish", "cake")]);
    let request = request.json(&serde_json::json!({ "dish": "tea", "count": 1 }));
    let response = Client::new(shop()).send(request);
    assert_eq!(response.json::<Order>().dish, "tea");
}

#[test]
fn a_problem_is_json() {
    let request = Request::get("/problem").header("Accept", "application/json");
    let problem: serde_json::Value = request.call(&shop()).json();
    assert_eq!(problem["detail"], "sold out");
}

#[test]
#[should_panic(
    expected = "the Content-Type is not that of JSON: 200 OK, \"text/html; charset=utf-8\", \"<p>Welcome\""
)]
fn a_page_is_not_json() {
    let _: String = Request::get("/page").call(&shop()).json();
}

#[test]
#[should_panic(expected = "the Content-Type is not that of JSON: 204 No Content, \"\", \"\"")]
fn a_response_without_a_type_is_not_json() {
    let _: String = Request::get("/bare").call(&shop()).json();
}

#[test]
#[should_panic(expected = "the JSON does not fit: missing field `dish`")]
fn a_body_that_does_not_fit_the_type_is_shown() {
    let request = Request::get("/problem").header("Accept", "application/json");
    let _: Order = request.call(&shop()).json();
}

#[test]
#[should_panic(expected = "the value cannot be JSON: key must be a string")]
fn a_value_that_cannot_be_json_is_a_mistake_in_the_test() {
    let _ = Request::post("/orders").json(&BTreeMap::from([(vec![1], 2)]));
}
