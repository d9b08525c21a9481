//! Session middleware inside session middleware, as when a site mounts an application that has the
//! same sessions itself.

use super::*;

/// Sessions around an application that edits the session and then calls another one, which has
/// sessions itself.
fn nested(
    outer: &Sessions,
    inner: &Sessions,
    page: fn(&Environ) -> Result<String>,
) -> impl Application {
    let inner = SessionMiddleware::new(
        application(move |environ, start_response| {
            let text = page(environ)?;
            start(start_response)?;
            Ok(text.into())
        }),
        inner.clone(),
    );
    let around = application(move |environ, start_response| {
        session(environ).insert("outer", 1)?;
        let body = inner.call(environ, start_response)?;
        let seen = session(environ).get::<u8>("outer")?;
        assert_eq!(seen, Some(1), "the session is the outer one again");
        Ok(body)
    });
    SessionMiddleware::new(around, outer.clone())
}

fn keys(environ: &Environ) -> Result<String> {
    let session = session(environ);
    session.insert("inner", 1)?;
    Ok(session.keys()?.join(" "))
}

fn login(environ: &Environ) -> Result<String> {
    session(environ).login("ada")?;
    keys(environ)
}

#[test]
fn middleware_with_the_same_sessions_has_one_session() {
    let sessions = Sessions::new(MemoryStore::new());
    let app = nested(&sessions, &sessions, keys);
    let first = Request::get("/").call(&app);
    assert_eq!(first.text(), "inner outer");
    assert_eq!(first.headers().get_all("Set-Cookie").count(), 1);
    let second = get(&app, &cookie(&first));
    assert_eq!(second.text(), "inner outer");
    assert!(
        !second.headers().contains("Set-Cookie"),
        "nothing has changed"
    );
}

#[test]
fn a_login_inside_is_no_conflict_with_a_change_outside() {
    let sessions = Sessions::new(MemoryStore::new());
    let old = sessions.begin(Scheme::Http, SystemTime::now(), |session| {
        session.insert("cart", 7)
    });
    let old = old.expect("a session");
    let response = get(&nested(&sessions, &sessions, login), &old);
    assert_eq!(response.status(), &Status::OK);
    assert_eq!(response.text(), "cart inner outer");
    assert_eq!(response.headers().get_all("Set-Cookie").count(), 1);
    assert_ne!(cookie(&response), old);
}

#[test]
fn middleware_with_other_sessions_has_a_session_of_its_own() {
    let outer = Sessions::new(MemoryStore::new());
    let inner = Sessions::builder(MemoryStore::new())
        .cookie_name("admin")
        .build()
        .expect("sessions");
    let response = Request::get("/").call(&nested(&outer, &inner, keys));
    assert_eq!(response.text(), "inner");
    assert_eq!(response.headers().get_all("Set-Cookie").count(), 2);
}
