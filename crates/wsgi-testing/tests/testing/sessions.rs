//! Sessions that begin with values.

use wsgi_adaptor::{Adaptor, Request, Response, Result};
use wsgi_sessions::{MemoryStore, SameSite, Secure, Sessions};
use wsgi_testing::{Client, Request as Test};

fn account(request: &Request<'_>) -> Result<String> {
    let owner = request.session()?.owner()?;
    Ok(owner.ok_or(Response::redirect("/login"))?)
}

fn logout(request: &Request<'_>) -> Result<&'static str> {
    request.session()?.end()?;
    Ok("bye")
}

fn app(sessions: &Sessions) -> Adaptor {
    Adaptor::new()
        .get("/account", account)
        .get("/login", |_| "log in")
        .post("/logout", logout)
        .sessions(sessions.clone())
}

#[test]
fn a_session_that_begins_with_a_login_lasts_until_the_logout() {
    for origin in ["http://localhost", "https://shop.example"] {
        let sessions = Sessions::new(MemoryStore::new());
        let mut client = Client::new(app(&sessions)).origin(origin);
        assert_eq!(client.get("/account").text(), "log in");
        client.begin_session(&sessions, |session| session.login("ada"));
        assert_eq!(client.get("/account").text(), "ada");
        assert_eq!(client.send(Test::post("/logout")).text(), "bye");
        assert!(client.cookies().is_empty());
        assert_eq!(client.get("/account").text(), "log in");
    }
}

#[test]
#[should_panic(expected = "no session was begun")]
fn a_session_whose_closure_fails_does_not_begin() {
    let sessions = Sessions::new(MemoryStore::new());
    let mut client = Client::new(app(&sessions));
    client.begin_session(&sessions, |session| {
        session.insert("key", f64::NAN)?;
        Err(wsgi_sessions::Error::Finished)
    });
}

#[test]
fn a_session_that_begins_has_the_attributes_of_its_cookie() {
    let sessions = Sessions::builder(MemoryStore::new())
        .path("/account")
        .domain("shop.example")
        .same_site(SameSite::Strict)
        .secure(Secure::Always)
        .persistent(true)
        .build()
        .unwrap();
    let mut client = Client::new(app(&sessions)).origin("https://www.shop.example");
    client.begin_session(&sessions, |session| session.login("ada"));
    let cookie = client.cookies().iter().next().unwrap();
    assert_eq!(
        (cookie.path(), cookie.domain(), cookie.same_site()),
        ("/account", "shop.example", "Strict")
    );
    assert!(cookie.is_secure() && cookie.is_http_only() && !cookie.is_host_only());
    assert!(cookie.expires().is_some());
    assert_eq!(client.get("/account").text(), "ada");
    let foreign = client.send_from("https://evil.example", Test::get("/account"));
    assert_eq!(foreign.text(), "log in");
}

#[test]
#[should_panic(expected = "a browser would not keep the cookie")]
fn a_session_for_another_host_does_not_begin() {
    let sessions = Sessions::builder(MemoryStore::new()).domain("shop.example");
    let sessions = sessions.build().unwrap();
    let mut client = Client::new(app(&sessions));
    client.begin_session(&sessions, |session| session.login("ada"));
}
