//! Session middleware inside session middleware, as when a site mounts an application that has the
//! same sessions itself.

use std::panic::{AssertUnwindSafe, catch_unwind};

use wsgi_application::Exchange;
use wsgi_sessions::Cookies;

use super::*;

/// Sessions around an application that edits the session and then calls another one, which has
/// sessions itself.
fn nested(
    outer: &Sessions,
    inner: &Sessions,
    page: fn(&Environ) -> Result<String>,
) -> impl Application + use<> {
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
    let response = Request::get("/").call(&nested(&outer, &others(), keys));
    assert_eq!(response.text(), "inner");
    assert_eq!(response.headers().get_all("Set-Cookie").count(), 2);
}

/// Sessions around other ones, which are around the first ones again.
fn sandwich(
    sessions: &Sessions,
    others: &Sessions,
    page: fn(&Environ) -> Result<String>,
) -> impl Application + use<> {
    let inner = nested(others, sessions, page);
    let around = application(move |environ, start_response| {
        session(environ).insert("outermost", 1)?;
        let body = inner.call(environ, start_response)?;
        let seen = session(environ).get::<u8>("outermost")?;
        assert_eq!(seen, Some(1), "the session is the outermost one again");
        Ok(body)
    });
    SessionMiddleware::new(around, sessions.clone())
}

fn others() -> Sessions {
    let builder = Sessions::builder(MemoryStore::new()).cookie_name("admin");
    builder.build().expect("sessions")
}

#[test]
fn other_sessions_in_between_change_nothing() {
    let sessions = Sessions::new(MemoryStore::new());
    let first = Request::get("/").call(&sandwich(&sessions, &others(), keys));
    assert_eq!(first.text(), "inner outermost");
    let fields = first.headers().get_all("Set-Cookie");
    let names = fields.map(|field| field.to_string().split('=').next().map(str::to_owned));
    let mut names: Vec<_> = names.flatten().collect();
    names.sort();
    assert_eq!(names, ["admin", "session"]);
}

#[test]
fn a_login_inside_other_sessions_is_no_conflict() {
    let sessions = Sessions::new(MemoryStore::new());
    let old = sessions.begin(Scheme::Http, SystemTime::now(), |session| {
        session.insert("cart", 7)
    });
    let response = get(
        &sandwich(&sessions, &others(), login),
        &old.expect("a session"),
    );
    assert_eq!(response.status(), &Status::OK);
    assert_eq!(response.text(), "cart inner outermost");
    assert_eq!(response.headers().get_all("Set-Cookie").count(), 2);
}

#[test]
fn a_panic_inside_leaves_the_session_of_the_call_that_catches_it() {
    let sessions = Sessions::new(MemoryStore::new());
    let app = sandwich(&sessions, &others(), |_| panic!("the page"));
    let around = application(move |environ, start_response| {
        session(environ).insert("mine", 1)?;
        let call = || app.call(environ, start_response).is_ok();
        assert!(catch_unwind(AssertUnwindSafe(call)).is_err());
        let keys = session(environ).keys()?.join(" ");
        start(start_response)?;
        Ok(keys.into())
    });
    let response = Request::get("/").call(&SessionMiddleware::new(around, sessions));
    assert_eq!(response.text(), "mine outermost");
}

#[test]
fn a_session_of_a_call_that_has_ended_is_not_around_the_next_one() {
    let (sessions, others) = (Sessions::new(MemoryStore::new()), others());
    let passes = |environ: &mut Environ, start_response: &mut StartResponse<'_>| {
        session(environ).insert("passed", 1)?;
        start(start_response)?;
        Ok(Body::empty())
    };
    let first = SessionMiddleware::new(passes, others.clone());
    let second = SessionMiddleware::new(passes, sessions.clone());
    let site = application(move |environ, start_response| {
        let mut exchange = Exchange::new();
        let mut sent = Vec::new();
        first.call(environ, &mut StartResponse::new(&mut exchange, &mut sent))?;
        assert!(others.has_opened(session(environ)));
        let body = second.call(environ, start_response)?;
        assert!(sessions.has_opened(session(environ)), "the last one stays");
        Ok(body)
    });
    let response = Request::get("/").call(&site);
    assert_eq!((response.status(), response.errors()), (&Status::OK, ""));
}

#[test]
fn the_session_of_a_gateway_is_found_after_a_call_with_other_sessions() {
    let (sessions, others) = (Sessions::new(MemoryStore::new()), others());
    let own = sessions.open(&Cookies::default(), Scheme::Http, SystemTime::now());
    own.insert("gateway", 1).expect("a change");
    let seen = |environ: &mut Environ, start_response: &mut StartResponse<'_>| {
        session(environ).insert("seen", 1)?;
        start(start_response)?;
        Ok(session(environ).keys()?.join(" ").into())
    };
    let first = SessionMiddleware::new(seen, others);
    let second = SessionMiddleware::new(seen, sessions.clone());
    let site = application(move |environ, start_response| {
        let mut exchange = Exchange::new();
        let mut sent = Vec::new();
        first.call(environ, &mut StartResponse::new(&mut exchange, &mut sent))?;
        second.call(environ, start_response)
    });
    let response = Request::get("/").extension(own).call(&site);
    assert_eq!(response.text(), "gateway seen");
    assert!(
        !response.headers().contains("Set-Cookie"),
        "the gateway saves it"
    );
}
