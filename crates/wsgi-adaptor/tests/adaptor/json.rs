//! JSON that is malformed, and JSON that does not fit.

#![cfg(feature = "json")]

use wsgi_adaptor::{Adaptor, IntoResponse, Request, Response};
use wsgi_application::Result;
use wsgi_testing::Request as Call;

fn app<R: IntoResponse>(handler: impl Fn(&Request<'_>) -> R + Send + Sync + 'static) -> Adaptor {
    Adaptor::new().post("/", handler)
}

#[test]
fn only_a_text_that_is_json_can_be_unfit() {
    let texts = app(|request| -> Result<Response> {
        let texts: Vec<String> = request.json()?;
        Ok(Response::json(&texts))
    });
    let numbers = app(|request| -> Result<Response> {
        let numbers: Vec<f64> = request.json()?;
        Ok(Response::json(&numbers))
    });
    #[derive(serde::Deserialize)]
    #[serde(transparent)]
    struct Nest(Vec<Nest>);
    let nests = app(|request| -> Result<String> {
        let nest: Nest = request.json()?;
        Ok(nest.0.len().to_string())
    });
    let nested = |depth| format!("{}{}", "[".repeat(depth), "]".repeat(depth)).into_bytes();
    let post = |app, body: &[u8]| {
        let post = Call::post("/").header("Content-Type", "application/json");
        post.header("Accept", "text/plain").body(body).call(app)
    };
    assert_eq!(post(&nests, &nested(127)).text(), "1");
    for (app, body, status, place) in [
        (&texts, &b"[\"\xff\"]"[..], 400, "at /0, line 1, "),
        (&texts, b"[7,\n\"a\xff\"]", 400, "at /1, line 2, "),
        (&texts, b"[7,\xff]", 400, "at /1, line 1, "),
        (&texts, b"\xff", 400, "at line 1, "),
        (&texts, b"[7,\"", 400, "at /1, line 1, "),
        (&texts, b"[7,\"a\"]", 422, "at /0, line 1, "),
        (&numbers, b"[1e999]", 422, "at /0, line 1, "),
        (&numbers, b"[null,1e999]", 422, "at /0, line 1, "),
        (&numbers, b"[1e999", 400, "at /0, line 1, "),
        (&nests, &nested(128), 422, "at /0/0/0"),
    ] {
        let response = post(app, body);
        let row = String::from_utf8_lossy(body);
        assert_eq!(response.status().code(), status, "{row}");
        let text = response.text();
        assert!(text.contains(&format!(" {place}")), "{row}: {text}");
    }
}
