//! The page that shows a developer why a handler failed.

use wsgi_adaptor::{Adaptor, Response};
use wsgi_testing::Request as Call;

use crate::errors::{JSON, app, get};

#[test]
fn the_debug_page_shows_only_the_length_of_a_secret() {
    let app = Adaptor::new().get("/", |_| Err::<Response, _>("the oven is cold"));
    let request = Call::get("/").header("Accept", "text/html");
    let secret = request
        .header("Cookie", "id=opensesame")
        .header("X-Kind", "bread");
    let response = secret.call(&app.debug(true));
    let rows = [
        "<th scope=\"row\">HTTP_COOKIE</th><td>&quot;id=(10 bytes)&quot;</td>",
        "<th scope=\"row\">HTTP_X_KIND</th><td>&quot;bread&quot;</td>",
    ];
    for row in rows {
        assert!(response.text().contains(row), "{}", response.text());
    }
    assert!(!response.text().contains("opensesame"));
}

#[test]
fn the_debug_page_may_be_json() {
    let response = get(&app().debug(true), "other", JSON);
    let problem =
        "{\"title\":\"Internal Server Error\",\"status\":500,\"detail\":\"the oven is cold\"}\n";
    assert_eq!(response.text(), problem);
}

#[test]
fn an_intended_answer_gets_no_debug_page() {
    let debugged = app().on_status(404, |_, _| "Sorry!").debug(true);
    for accept in ["text/html", JSON] {
        for how in ["status", "field"] {
            let plain = get(&app().on_status(404, |_, _| "Sorry!"), how, accept);
            let response = get(&debugged, how, accept);
            assert_eq!(response.text(), plain.text(), "{how} in {accept}");
            assert_eq!(response.errors(), "");
        }
    }
    assert!(
        get(&debugged, "closed", "text/html")
            .text()
            .contains("the oven is cold")
    );
}

#[cfg(feature = "json")]
#[test]
fn the_debug_page_in_json_names_the_place_too() {
    let app = Adaptor::new()
        .post("/", |request| request.json::<Vec<u8>>().map(|_| ""))
        .debug(true);
    let call = Call::post("/")
        .header("Content-Type", JSON)
        .body("[1, 256]");
    let text = call.call(&app).text().to_owned();
    assert!(text.contains("\"pointer\":\"#/1\""), "{text}");
    assert!(text.contains("256"), "{text}");
}
