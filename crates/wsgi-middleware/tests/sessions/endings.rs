//! Logins and logouts, and requests that fail during or after them.

use super::*;

/// Renews the id, counts, and then fails as the query says.
fn login(environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
    session(environ).renew()?;
    let body = visits(environ, start_response)?;
    match environ.query_string().as_bytes() {
        b"error" => Err("out of tea".into()),
        b"panic" => panic!("out of tea"),
        b"body" => Ok(Body::chunks([Err::<&str, _>("out of tea")])),
        b"down" => {
            Err(wsgi_sessions::Error::from(StoreError::unavailable("nobody listens")).into())
        }
        b"logout" => {
            session(environ).end()?;
            Err("out of tea".into())
        }
        _ => Ok(body),
    }
}

#[test]
fn a_login_outlives_the_failure_of_its_request() {
    let app = with_sessions(&Arc::default(), login);
    for (query, status) in [
        ("error", Status::INTERNAL_SERVER_ERROR),
        ("panic", Status::INTERNAL_SERVER_ERROR),
        ("body", Status::INTERNAL_SERVER_ERROR),
        ("down", Status::SERVICE_UNAVAILABLE),
    ] {
        let old = cookie(&Request::get("/").call(&app));
        let request = Request::get(format!("/?{query}")).header("Cookie", &old);
        let response = request.call(&app);
        assert_eq!(response.status(), &status, "{query}");
        let headers = response.headers();
        assert!(headers.get_all("Cache-Control").eq(["no-store"]), "{query}");
        assert_eq!(headers.get_all("Set-Cookie").count(), 1, "{query}");
        let new = cookie(&response);
        assert_ne!(new, old, "{query}");
        assert_eq!(get(&app, &new).text(), "3", "{query}");
    }
}

#[test]
fn the_cookie_of_a_session_that_the_application_finishes_is_sent_once() {
    let app = with_sessions(&Arc::default(), |environ, start_response| {
        let visits = session(environ).get::<u64>("visits")?.unwrap_or(0) + 1;
        session(environ).insert("visits", visits)?;
        let cookie = session(environ).finish(SystemTime::now())?;
        let is_sent = environ.query_string() == "sent";
        let fields = cookie
            .filter(|_| is_sent)
            .map(|cookie| cookie.to_header_value());
        let fields = fields.transpose()?.map(|field| ("Set-Cookie", field));
        start_response.start(Status::OK, Vec::from_iter(fields))?;
        Ok(visits.to_string().into())
    });
    for target in ["/", "/?sent"] {
        let first = Request::get(target).call(&app);
        assert_eq!(first.headers().get_all("Set-Cookie").count(), 1, "{target}");
        assert_eq!(get(&app, &cookie(&first)).text(), "2", "{target}");
    }
}

#[test]
fn an_error_of_the_session_is_found_inside_another_error() {
    let app = with_sessions(&Arc::default(), |_, _| {
        let error = wsgi_sessions::Error::from(StoreError::unavailable("nobody listens"));
        Err(std::io::Error::other(error).into())
    });
    let response = Request::get("/").call(&app);
    assert_eq!(response.status(), &Status::SERVICE_UNAVAILABLE);
    assert!(response.headers().contains("Retry-After"));
}

#[test]
fn a_logout_in_a_failed_request_removes_the_cookie() {
    let app = with_sessions(&Arc::default(), login);
    let old = cookie(&Request::get("/").call(&app));
    let response = Request::get("/?logout").header("Cookie", &old).call(&app);
    assert_eq!(response.status(), &Status::INTERNAL_SERVER_ERROR);
    let field = response.headers().get("Set-Cookie").unwrap().to_string();
    assert!(field.contains("Max-Age=0"), "{field}");
}

#[test]
fn the_error_page_of_a_request_that_changed_nothing_has_no_cookie() {
    let app = with_sessions(&Arc::default(), |environ, _| {
        session(environ).insert("lost", 1)?;
        Err("out of tea".into())
    });
    let response = Request::get("/").call(&app);
    assert_eq!(response.status(), &Status::INTERNAL_SERVER_ERROR);
    assert!(!response.headers().contains("Set-Cookie"));
}

#[test]
fn changes_of_a_failed_request_are_not_saved() {
    let app = with_sessions(&Arc::default(), |environ, start_response| {
        let body = edits(environ, start_response)?;
        match environ.query_string() == "fail" {
            true => Err("out of tea".into()),
            false => Ok(body),
        }
    });
    let cookie = cookie(&Request::get("/").call(&app));
    let failed = Request::get("/?fail").header("Cookie", &cookie).call(&app);
    assert_eq!(failed.status(), &Status::INTERNAL_SERVER_ERROR);
    assert_eq!(get(&app, &cookie).text(), "2");
}

#[test]
fn changes_overtaken_by_a_logout_are_a_conflict() {
    let store = Arc::<Shaky>::default();
    let logout = with_sessions(&store, |environ, start_response| {
        session(environ).end()?;
        start(start_response)?;
        Ok(Body::empty())
    });
    let logout = Arc::new(logout);
    let slow = {
        let logout = Arc::clone(&logout);
        with_sessions(&store, move |environ, start_response| {
            let body = edits(environ, start_response)?;
            if environ.query_string() == "slow" {
                let cookie = environ.get("HTTP_COOKIE").expect("a cookie").to_string();
                get(&logout, &cookie);
            }
            Ok(body)
        })
    };
    let cookie = cookie(&Request::get("/").call(&slow));
    let response = Request::get("/?slow").header("Cookie", &cookie).call(&slow);
    assert_eq!(response.status(), &Status::CONFLICT);
    assert!(!response.headers().contains("Set-Cookie"));
    assert!(!response.headers().contains("Retry-After"));
    assert_eq!(response.errors(), "");
}

#[test]
fn a_logout_removes_the_cookie() {
    let store = Arc::<Shaky>::default();
    let app = with_sessions(&store, edits);
    let cookie = cookie(&Request::get("/").call(&app));
    let logout = with_sessions(&store, |environ, start_response| {
        session(environ).end()?;
        start(start_response)?;
        Ok(Body::empty())
    });
    let response = get(&logout, &cookie);
    let field = response.headers().get("Set-Cookie").unwrap().to_string();
    assert!(field.contains("Max-Age=0"), "{field}");
    assert_eq!(get(&logout, &cookie).status(), &Status::OK);
}
