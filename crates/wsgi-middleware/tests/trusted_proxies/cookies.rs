//! Cookies that depend on the scheme.

use wsgi_middleware::SessionMiddleware;
use wsgi_sessions::{MemoryStore, Session, Sessions};

use super::*;

/// Counts visits in a session.
fn visits(environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
    let session: &Session = environ.extension().expect("a session");
    let visits = session.get::<u64>("visits")?.unwrap_or(0) + 1;
    session.insert("visits", visits)?;
    start_response.start(Status::OK, ())?;
    Ok(visits.to_string().into())
}

fn app() -> impl Application {
    let app = SessionMiddleware::new(visits as App, Sessions::new(MemoryStore::new()));
    TrustedProxies::new(app).trust("10.0.0.1".parse().unwrap())
}

#[test]
fn the_cookie_of_a_session_is_as_secure_as_the_request_of_the_client() {
    let app = app();
    let secure = |peer, proto| {
        let response = from(peer, &format!("X-Forwarded-Proto: {proto}")).call(&app);
        let cookie = response.headers().get("Set-Cookie").expect("a cookie");
        let cookie = cookie.to_string();
        (cookie.starts_with("__Host-"), cookie.contains("; Secure"))
    };
    assert_eq!(secure("10.0.0.1", "https"), (true, true));
    assert_eq!(secure("10.0.0.1", "http"), (false, false));
    assert_eq!(secure("192.0.2.8", "https"), (false, false));
}

#[test]
fn the_cookie_is_found_again_by_the_same_scheme() {
    let app = app();
    let request = || from("10.0.0.1", "X-Forwarded-Proto: https");
    let first = request().call(&app);
    let cookie = first
        .headers()
        .get("Set-Cookie")
        .expect("a cookie")
        .to_string();
    let cookie = cookie.split(';').next().unwrap();
    assert_eq!(request().header("Cookie", cookie).call(&app).text(), "2");
    let plain = from("192.0.2.8", "X-Forwarded-Proto: https").header("Cookie", cookie);
    assert_eq!(plain.call(&app).text(), "1");
}
