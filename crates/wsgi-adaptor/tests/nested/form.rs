//! A page that shows its form.

use std::fmt::Debug;

use serde::{Deserialize, de::DeserializeOwned};
use wsgi_adaptor::{Adaptor, Request};
use wsgi_testing::{Request as Test, Response};

/// The response of a page that shows its form as a `T`.
pub(crate) fn form<T: DeserializeOwned + Debug + 'static>(pairs: &[(&str, &str)]) -> Response {
    let show = |request: &Request<'_>| -> wsgi_adaptor::Result<String> {
        Ok(format!("{:?}", request.form_as::<T>()?))
    };
    let app = Adaptor::new().post("/", show);
    Test::post("/").form(pairs.iter().copied()).call(&app)
}

/// The names and values of a text such as `a=1 b[c]=2`.
fn pairs(text: &str) -> Vec<(&str, &str)> {
    let pairs = text.split_whitespace();
    pairs.map(|pair| pair.split_once('=').unwrap()).collect()
}

#[track_caller]
pub(crate) fn check<T: DeserializeOwned + Debug + 'static>(text: &str, shown: &str) {
    assert_eq!(form::<T>(&pairs(text)).text(), shown, "{text}");
}

#[track_caller]
pub(crate) fn check_error<T: DeserializeOwned + Debug + 'static>(text: &str, reason: &str) {
    let response = form::<T>(&pairs(text));
    let expected = format!("422 Unprocessable Content: {reason}\n");
    assert_eq!(response.text(), expected, "{text}");
    assert_eq!(response.errors(), "");
}

#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "they are only shown")]
pub(crate) struct One<T> {
    pub(crate) a: T,
}

#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "they are only shown")]
pub(crate) struct Item {
    name: String,
    #[serde(default)]
    price: Option<u8>,
}
