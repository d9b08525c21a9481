//! Requests with an id that another request has just renewed or ended.

use super::*;

/// Does what the path of the request says.
fn pages(environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
    let session = session(environ);
    let path = environ.path_info().to_string();
    match path.as_str() {
        "/login" => {
            session.insert("user", "Ada")?;
            session.login("user-17")?;
        }
        "/logout" => session.end()?,
        "/basket" => session.insert("basket", ["tea"])?,
        "/restart" => session.restart()?,
        _ => {}
    }
    let user = session.get::<String>("user")?;
    let basket = session.get::<Vec<String>>("basket")?;
    start(start_response)?;
    let basket = basket.unwrap_or_default().join(" ");
    Ok(format!("{} {basket}", user.as_deref().unwrap_or("nobody")).into())
}

fn call(app: &impl Application, path: &str, cookie: &str, accept: &str) -> Response {
    let request = Request::post(path).header("Cookie", cookie);
    request.header("Accept", accept).call(app)
}

#[test]
fn a_login_sent_twice_succeeds_twice_and_keeps_the_basket() {
    let app = with_sessions(&Arc::default(), pages);
    let old = cookie(&call(&app, "/basket", "", "*/*"));
    let [first, second] = [(); 2].map(|()| call(&app, "/login", &old, "*/*"));
    let cookies = [&first, &second].map(cookie);
    assert!(cookies[0] != cookies[1] && !cookies.contains(&old));
    for (response, cookie) in [(first, &cookies[0]), (second, &cookies[1])] {
        assert_eq!(response.text(), "Ada tea");
        assert_eq!(call(&app, "/", cookie, "*/*").text(), "Ada tea");
    }
    // The old id reads the session before the login, and sets no cookie by itself.
    let late = call(&app, "/", &old, "*/*");
    assert_eq!(late.text(), "nobody tea");
    assert!(!late.headers().contains("Set-Cookie"));

    let logout = call(&app, "/logout", &cookies[1], "*/*");
    let removal = logout.headers().get("Set-Cookie").unwrap().to_string();
    assert!(removal.contains("Max-Age=0"), "{removal}");
    assert_eq!(call(&app, "/", &old, "*/*").text(), "nobody ");
}

#[test]
fn a_plain_change_with_an_old_id_is_a_conflict_with_a_helpful_page() {
    let store = Arc::<Shaky>::default();
    let app = with_sessions(&store, pages);
    let old = cookie(&call(&app, "/basket", "", "*/*"));
    call(&app, "/login", &old, "*/*");
    let change = with_sessions(&store, |environ, start_response| {
        session(environ).insert("basket", ["coffee"])?;
        start(start_response)?;
        Ok(Body::empty())
    });
    for (accept, media_type, begin) in [
        (
            "*/*",
            "text/plain; charset=utf-8",
            "409 Conflict\n\nYour session was renewed",
        ),
        (
            "text/html,*/*;q=0.8",
            "text/html; charset=utf-8",
            "<!doctype html>\n<html lang=\"en\">",
        ),
        (
            "application/json",
            "application/problem+json",
            "{\"title\":\"Conflict\",\"status\":409,\"detail\":\"Your session",
        ),
    ] {
        let late = call(&change, "/", &old, accept);
        assert_eq!(late.status(), &Status::CONFLICT);
        assert_eq!(late.headers().get("Retry-After").unwrap(), "1");
        assert_eq!(late.headers().get("Cache-Control").unwrap(), "no-store");
        assert_eq!(late.headers().get("Content-Type").unwrap(), media_type);
        assert!(late.text().starts_with(begin), "{}", late.text());
        assert!(late.text().contains("try again"), "{}", late.text());
        assert!(!late.headers().contains("Set-Cookie"));
        assert_eq!(late.errors(), "");
    }
}

#[test]
fn an_ended_id_gets_a_new_session_at_once() {
    let app = with_sessions(&Arc::default(), pages);
    let old = cookie(&call(&app, "/basket", "", "*/*"));
    call(&app, "/logout", &old, "*/*");
    let next = call(&app, "/basket", &old, "*/*");
    assert_eq!(next.status(), &Status::OK);
    assert_ne!(cookie(&next), old);
    assert_eq!(call(&app, "/", &cookie(&next), "*/*").text(), "nobody tea");
}

#[test]
fn a_retired_session_can_be_abandoned() {
    let app = with_sessions(&Arc::default(), pages);
    let old = cookie(&call(&app, "/basket", "", "*/*"));
    call(&app, "/login", &old, "*/*");
    let new = call(&app, "/restart", &old, "*/*");
    assert_eq!(new.text(), "nobody ");
    assert_eq!(
        call(&app, "/basket", &cookie(&new), "*/*").text(),
        "nobody tea"
    );
}

#[test]
fn two_cookies_of_one_name_lock_nobody_out() {
    let app = with_sessions(&Arc::default(), pages);
    let [ended, live] = [(); 2].map(|()| cookie(&call(&app, "/basket", "", "*/*")));
    call(&app, "/logout", &ended, "*/*");
    for both in [format!("{ended}; {live}"), format!("{live}; {ended}")] {
        let response = call(&app, "/", &both, "*/*");
        assert_eq!(response.text(), "nobody tea");
        assert!(!response.headers().contains("Set-Cookie"));
    }
    let both = format!("{ended}; {live}");
    let logout = call(&app, "/logout", &both, "*/*");
    let removal = logout.headers().get("Set-Cookie").unwrap().to_string();
    assert!(removal.contains("Max-Age=0"), "{removal}");
    assert_eq!(call(&app, "/", &both, "*/*").text(), "nobody ");
}

/// The request takes so long that the session expires in the meantime.
#[test]
fn a_change_of_a_session_that_expires_during_the_request_is_a_conflict() {
    let store = Arc::<Shaky>::default();
    let sessions = Sessions::builder(Arc::clone(&store))
        .idle_timeout(Duration::from_millis(200))
        .touch_every(Duration::ZERO)
        .build();
    let slow = |environ: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
        let seen = session(environ).get::<u8>("seen")?;
        session(environ).insert("seen", seen.unwrap_or(0) + 1)?;
        if seen.is_some() {
            thread::sleep(Duration::from_millis(300));
        }
        start(start_response)?;
        Ok(Body::empty())
    };
    let app = SessionMiddleware::new(slow, sessions.unwrap());
    // On a slow machine the session may expire before the second request, so this tries again.
    let expired = (0..20).find_map(|_| {
        let cookie = cookie(&Request::get("/").call(&app));
        let response = get(&app, &cookie);
        (response.status() == &Status::CONFLICT).then_some(response)
    });
    let expired = expired.expect("a session that expires");
    assert!(expired.text().contains("has expired"), "{}", expired.text());
    assert!(!expired.headers().contains("Retry-After"));
    assert!(!expired.headers().contains("Set-Cookie"));
}
