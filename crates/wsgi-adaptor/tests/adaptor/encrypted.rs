//! Cookies that only the application reads.

use std::time::Duration;

use wsgi_adaptor::{Adaptor, Request, RequestError, Response};
use wsgi_application::Result;
use wsgi_cookies::{Key, Keyring};
use wsgi_testing::Request as Call;

/// An application that answers with what it kept last, and keeps what the query says.
fn app(key: [u8; 32]) -> Adaptor {
    let handler = |request: &Request<'_>| -> Result<Response> {
        let last = request.encrypted_cookie("last", Duration::from_secs(60))?;
        let last = last.map(|cookie| cookie.value).unwrap_or_default();
        let next = request.query().get("q").unwrap_or_default().to_owned();
        Ok(Response::text(last).with_cookie(&request.encrypt_cookie("last", next)?))
    };
    let key = Key::from_bytes(key).expect("a key");
    Adaptor::new().get("/", handler).keyring(Keyring::new(key))
}

/// The `Set-Cookie` field of a visit.
fn set(call: Call, app: &Adaptor) -> String {
    let response = call.call(app);
    let field = response.headers().get("Set-Cookie").expect("a cookie");
    field.to_string()
}

#[test]
fn an_encrypted_cookie_shows_nothing_and_is_not_for_scripts_or_other_sites() {
    let field = set(Call::get("/?q=a+gift+for+Ada"), &app([7; 32]));
    let (pair, attributes) = field.split_once("; ").expect("attributes");
    assert!(
        !pair.contains("gift") && !pair.contains("YSBnaWZ0"),
        "{pair}"
    );
    assert_eq!(attributes, "Path=/; HttpOnly; SameSite=Lax");
    let field = set(Call::get("https://localhost/?q=a"), &app([7; 32]));
    assert!(field.contains("; Secure"), "{field}");
}

#[test]
fn an_encrypted_cookie_that_is_changed_moved_or_foreign_is_worthless() {
    let (ours, foreign) = (app([7; 32]), app([8; 32]));
    let field = set(Call::get("/?q=gift"), &ours);
    let (pair, _) = field.split_once("; ").expect("attributes");
    let last = |app: &Adaptor, cookie: &str| {
        let response = Call::get("/").header("Cookie", cookie).call(app);
        assert_eq!(response.status().code(), 200);
        response.text().to_owned()
    };
    assert_eq!(last(&ours, pair), "gift");
    assert_eq!(last(&ours, &format!("last=junk; {pair}")), "gift");
    assert_eq!(last(&foreign, pair), "");
    assert_eq!(last(&ours, &pair.replacen("last=", "other=", 1)), "");
    for length in 0..pair.len() {
        assert_eq!(last(&ours, &pair[..length]), "", "{length}");
    }
}

#[test]
fn an_encrypted_cookie_is_none_that_is_signed_and_the_other_way_round() {
    let hour = Duration::from_secs(3600);
    let handler = move |request: &Request<'_>| -> Result<Response> {
        let is_signed = request.signed_cookie("a", hour)?.is_some();
        let is_encrypted = request.encrypted_cookie("a", hour)?.is_some();
        let cookie = match request.query().get("how") {
            Some("sign") => request.sign_cookie("a", "b")?,
            _ => request.encrypt_cookie("a", "b")?,
        };
        Ok(Response::text(format!("{is_signed} {is_encrypted}")).with_cookie(&cookie))
    };
    let key = Key::from_bytes([7; 32]).expect("a key");
    let app = Adaptor::new().get("/", handler).keyring(Keyring::new(key));
    for (how, expected) in [("sign", "true false"), ("encrypt", "false true")] {
        let field = set(Call::get(format!("/?how={how}")), &app);
        let (pair, _) = field.split_once("; ").expect("attributes");
        let response = Call::get("/").header("Cookie", pair).call(&app);
        assert_eq!(response.text(), expected, "{how}");
    }
}

#[test]
fn without_a_keyring_there_are_no_encrypted_cookies() {
    let app = Adaptor::new().get("/", |request: &Request<'_>| {
        let read = request.encrypted_cookie("a", Duration::from_secs(60));
        let made = request.encrypt_cookie("a", "b");
        let is_no_keyring = |error| matches!(error, Some(RequestError::NoKeyring));
        assert!(is_no_keyring(read.err()) && is_no_keyring(made.err()));
        "as expected"
    });
    assert_eq!(Call::get("/").call(&app).text(), "as expected");
}
