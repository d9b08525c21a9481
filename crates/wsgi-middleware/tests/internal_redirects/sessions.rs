//! One session for all calls that a site makes for a request.

use wsgi_application::Body;
use wsgi_middleware::{ErrorDocuments, SessionMiddleware};
use wsgi_sessions::{MemoryStore, Scheme, Session, Sessions};

use super::*;

fn session(environ: &Environ) -> &Session {
    environ.extension().expect("a session")
}

/// The cookies of a response, as a browser sends them back, which keeps the last of a name.
fn cookie(response: &Response) -> String {
    let cookies = response.headers().get_all("Set-Cookie");
    let mut cookies: Vec<_> = cookies.map(|cookie| cookie.to_str().unwrap()).collect();
    let count = cookies.len();
    cookies.dedup_by_key(|cookie| cookie.split_once('=').unwrap().0);
    assert_eq!(cookies.len(), count, "one cookie of a name");
    let pairs = cookies
        .iter()
        .map(|cookie| cookie.split(';').next().unwrap());
    pairs.collect::<Vec<_>>().join("; ")
}

/// Shows the values of the session.
fn values(environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
    let session = session(environ);
    let keys = ["cart", "name", "page"].map(|key| Ok(session.get::<String>(key)?));
    let values: Result<Vec<_>> = keys.into_iter().collect();
    let text: Vec<_> = values?.into_iter().map(Option::unwrap_or_default).collect();
    start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
    Ok(text.join(",").into())
}

/// A page that shared caches may keep.
fn public(_environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
    let fields = [("Cache-Control", "public, max-age=3600")];
    start_response.start(Status::OK, fields)?;
    Ok("a page".into())
}

fn page(what: fn(&Session) -> Result<()>, code: u16) -> impl Application {
    application(move |environ, start_response| {
        what(session(environ))?;
        start_response.start(Status::from_code(code)?, ())?;
        Ok("a page".into())
    })
}

fn redirect(what: fn(&Session) -> Result<()>) -> impl Application {
    application(move |environ, _start_response| {
        what(session(environ))?;
        Err(InternalRedirect::to(target("/page")).into())
    })
}

/// Begins a session with a cart, and returns its cookie.
fn with_cart(sessions: &Sessions) -> String {
    let now = std::time::SystemTime::now();
    let cookie = sessions.begin(Scheme::Http, now, |session| session.insert("cart", "tea"));
    cookie.expect("a session")
}

fn read(sessions: &Sessions, cookie: &str) -> String {
    let app = SessionMiddleware::new(values, sessions.clone());
    let response = Request::get("/").header("Cookie", cookie).call(&app);
    response.text().to_owned()
}

#[track_caller]
fn assert_private(response: &Response) {
    let headers = response.headers();
    assert_eq!(headers.get("Vary").unwrap(), "Cookie");
    let cache_control = headers.get("Cache-Control").unwrap().to_str().unwrap();
    assert!(
        cache_control.contains("private") && !cache_control.contains("public"),
        "{cache_control}"
    );
}

fn sessions() -> Sessions {
    Sessions::new(MemoryStore::new())
}

#[test]
fn a_page_finds_the_changes_of_who_redirects_to_it_and_both_are_saved() {
    let sessions = sessions();
    let changes = redirect(|session| Ok(session.insert("name", "Ada")?));
    let page = application(|environ, start_response| {
        session(environ).insert("page", "seen")?;
        values(environ, start_response)
    });
    let site = Mounts::new().mount("/a", changes).mount("/page", page);
    let site = InternalRedirects::new(SessionMiddleware::new(site, sessions.clone()));
    let response = Request::get("/a").call(&site);
    assert_eq!(response.text(), ",Ada,seen");
    assert_private(&response);
    assert_eq!(read(&sessions, &cookie(&response)), ",Ada,seen");
}

#[test]
fn changes_before_a_redirect_are_saved_wherever_the_page_is() {
    let sessions = sessions();
    let changes = redirect(|session| Ok(session.insert("name", "Ada")?));
    let changes = SessionMiddleware::new(changes, sessions.clone());
    let site = Mounts::new().mount("/a", changes).mount("/page", public);
    let response = Request::get("/a").call(&InternalRedirects::new(site));
    assert_eq!(response.text(), "a page");
    assert_private(&response);
    assert_eq!(read(&sessions, &cookie(&response)), ",Ada,");
}

#[test]
fn the_cookie_of_a_login_before_a_redirect_is_on_the_response() {
    let login: fn(&Session) -> Result<()> = |session| {
        session.login("ada")?;
        session.update("name", |_: Option<String>| "Ada")?;
        Ok(())
    };
    let sessions = sessions();
    let inside = SessionMiddleware::new(redirect(login), sessions.clone());
    let inside = Mounts::new().mount("/a", inside).mount("/page", public);
    let around = Mounts::new()
        .mount("/a", redirect(login))
        .mount("/page", public);
    let around = SessionMiddleware::new(around, sessions.clone());
    let sites: [Box<dyn Application>; 2] = [Box::new(inside), Box::new(around)];
    for site in sites {
        let old = with_cart(&sessions);
        let request = Request::get("/a").header("Cookie", &old);
        let response = request.call(&InternalRedirects::new(site));
        assert_eq!(response.text(), "a page");
        assert_private(&response);
        let new = cookie(&response);
        assert_ne!(new, old);
        assert_eq!(read(&sessions, &new), "tea,Ada,");
    }
}

#[test]
fn a_redirect_for_which_a_session_was_read_is_not_the_same_for_all() {
    let look = redirect(|session| {
        session.get::<String>("name")?;
        Ok(())
    });
    let looks = SessionMiddleware::new(look, sessions());
    let site = Mounts::new().mount("/a", looks).mount("/page", public);
    let response = Request::get("/a").call(&InternalRedirects::new(site));
    assert_eq!(response.headers().get("Vary").unwrap(), "Cookie");
    assert!(!response.headers().contains("Set-Cookie"));
}

#[test]
fn a_redirect_whose_changes_cannot_be_saved_is_not_followed() {
    let sessions = sessions();
    let old = with_cart(&sessions);
    let renews =
        SessionMiddleware::new(page(|session| Ok(session.renew()?), 200), sessions.clone());
    Request::get("/").header("Cookie", &old).call(&renews);
    let changes = redirect(|session| Ok(session.insert("name", "Ada")?));
    let site = Mounts::new().mount("/a", changes).mount("/page", public);
    let site = InternalRedirects::new(SessionMiddleware::new(site, sessions));
    let response = Request::get("/a").header("Cookie", &old).call(&site);
    assert_eq!(response.status(), &Status::CONFLICT);
}

#[test]
fn a_document_for_an_error_that_sets_a_cookie_is_private() {
    let sessions = sessions();
    let missing = page(|session| Ok(session.insert("name", "Ada")?), 404);
    let missing = SessionMiddleware::new(missing, sessions.clone());
    let site = Mounts::new().mount("/", missing).mount("/page", public);
    let site = ErrorDocuments::new(site).document(404, target("/page"));
    let response = Request::get("/").call(&site);
    assert_eq!(response.status(), &Status::NOT_FOUND);
    assert_eq!(response.text(), "a page");
    assert_private(&response);
    assert_eq!(read(&sessions, &cookie(&response)), ",Ada,");
}

#[test]
fn an_error_and_its_document_have_one_session() {
    let sessions = sessions();
    let refuses = page(|session| Ok(session.insert("name", "Ada")?), 401);
    let login = page(|session| Ok(session.insert("page", "seen")?), 200);
    let site = Mounts::new().mount("/", refuses).mount("/page", login);
    let site = SessionMiddleware::new(site, sessions.clone());
    let site = ErrorDocuments::new(site).document(401, target("/page"));
    let old = with_cart(&sessions);
    for (old, expected) in [("", ",Ada,seen"), (&*old, "tea,Ada,seen")] {
        let response = Request::get("/").header("Cookie", old).call(&site);
        assert_eq!(response.status(), &Status::UNAUTHORIZED);
        let new = match cookie(&response) {
            new if new.is_empty() => old.to_owned(),
            new => new,
        };
        assert_eq!(read(&sessions, &new), expected);
    }
}

#[test]
fn an_error_and_its_document_that_both_renew_a_session_set_one_cookie() {
    let sessions = sessions();
    let refuses = page(|session| Ok(session.renew()?), 401);
    let login = page(|session| Ok(session.renew()?), 200);
    let site = Mounts::new().mount("/", refuses).mount("/page", login);
    let site = SessionMiddleware::new(site, sessions.clone());
    let site = ErrorDocuments::new(site).document(401, target("/page"));
    let old = with_cart(&sessions);
    let response = Request::get("/").header("Cookie", &old).call(&site);
    let new = cookie(&response);
    assert_ne!(new, old);
    let app = page(
        |session| {
            assert!(!session.is_retired()?);
            Ok(())
        },
        200,
    );
    let app = SessionMiddleware::new(app, sessions.clone());
    let response = Request::get("/").header("Cookie", &new).call(&app);
    assert_eq!(response.status(), &Status::OK, "{}", response.errors());
    assert_eq!(read(&sessions, &new), "tea,,");
}

#[test]
fn a_document_for_changes_that_were_not_saved_has_another_session() {
    let sessions = sessions();
    let old = with_cart(&sessions);
    let renews =
        SessionMiddleware::new(page(|session| Ok(session.renew()?), 200), sessions.clone());
    Request::get("/").header("Cookie", &old).call(&renews);
    let late = page(|session| Ok(session.insert("name", "Ada")?), 200);
    let site = Mounts::new().mount("/", late).mount("/page", values);
    let site = SessionMiddleware::new(site, sessions);
    let site = ErrorDocuments::new(site).document(409, target("/page"));
    let response = Request::get("/").header("Cookie", &old).call(&site);
    assert_eq!(response.status(), &Status::CONFLICT);
    assert_eq!(response.text(), "tea,,");
}

/// Sets a cookie and then a field for caches, and has the page set others.
#[track_caller]
fn check(error: &str, page: &str, expected: &str) {
    let answer = |code: u16, lines: &str| {
        let lines = lines.lines().map(|line| {
            let (name, value) = line.split_once(": ").unwrap();
            (name.to_owned(), value.to_owned())
        });
        let lines: Vec<_> = lines.collect();
        application(move |_environ, start_response| {
            start_response.start(Status::from_code(code)?, lines.clone())?;
            Ok(Body::empty())
        })
    };
    let site = Mounts::new()
        .mount("/", answer(404, error))
        .mount("/page", answer(200, page));
    let site = ErrorDocuments::new(site).document(404, target("/page"));
    let response = Request::get("/").call(&site);
    let lines = response.headers().iter();
    let lines = lines.filter(|(name, _)| *name != "Content-Length");
    let lines = lines.map(|(name, value)| format!("{name}: {value}"));
    assert_eq!(lines.collect::<Vec<_>>().join("\n"), expected);
}

#[test]
fn caches_keep_a_document_for_as_long_as_the_error_and_its_own_limits_allow() {
    let public = "Cache-Control: public, max-age=60";
    let no_store = "Cache-Control: no-store";
    let expires = "Expires: Fri, 31 Dec 9999 23:59:59 GMT";
    let of_cdn =
        &format!("CDN-Cache-Control: max-age=60\nSurrogate-Control: max-age=60\n{expires}");
    for (error, page, expected) in [
        // The life of the page is about the URL of the page.
        ("", public, ""),
        ("", of_cdn, ""),
        (public, "", public),
        (of_cdn, "", of_cdn),
        (
            "Cache-Control: max-age=7",
            public,
            "Cache-Control: max-age=7",
        ),
        (
            "Cache-Control: max-age=7",
            of_cdn,
            "Cache-Control: max-age=7",
        ),
        (no_store, public, no_store),
        (no_store, of_cdn, no_store),
        ("Cache-Control: private", public, "Cache-Control: private"),
        ("Cache-Control: no-cache", public, "Cache-Control: no-cache"),
        // The limits of the page are about its content.
        (public, no_store, no_store),
        (of_cdn, no_store, &format!("{expires}\n{no_store}")),
        ("", no_store, no_store),
        (public, "Cache-Control: no-store, must-understand", no_store),
        (public, "CDN-Cache-Control: no-store", no_store),
        (
            public,
            "Cache-Control: private",
            "Cache-Control: private, max-age=60",
        ),
        (
            of_cdn,
            "Cache-Control: no-cache",
            &format!("{expires}\nCache-Control: no-cache"),
        ),
        ("", "Expires: 0", "Cache-Control: no-cache"),
        (
            public,
            "Expires: Thu, 01 Jan 1970 00:00:00 GMT",
            "Cache-Control: public, max-age=60, no-cache",
        ),
        (public, expires, public),
        (public, "Expires: 0\nCache-Control: max-age=9", public),
        (
            public,
            "Cache-Control: public, max-age=0",
            "Cache-Control: public, max-age=60, no-cache",
        ),
        (
            "",
            "Cache-Control: no-transform",
            "Cache-Control: no-transform",
        ),
        (
            public,
            "Cache-Control: no-store, no-transform",
            "Cache-Control: no-store, no-transform",
        ),
        (
            "CDN-Cache-Control: no-store",
            "Cache-Control: no-cache",
            no_store,
        ),
        ("Cache-Control: private, no-cache", no_store, no_store),
        (
            "Cache-Control: private",
            "Cache-Control: no-store\nCDN-Cache-Control: max-age=60",
            no_store,
        ),
        (
            "Vary: Cookie\nVary: A",
            "Vary: B, cookie",
            "Vary: B, cookie, A",
        ),
    ] {
        check(error, page, expected);
    }
}

#[test]
fn of_a_cookie_that_an_error_and_its_document_set_that_of_the_document_is_sent() {
    for (error, page, expected) in [
        (
            "Set-Cookie: a=1; Path=/",
            "Set-Cookie: a=2; path=/",
            "Set-Cookie: a=2; path=/\nCache-Control: private",
        ),
        (
            "Cache-Control: public",
            "Set-Cookie: a=2",
            "Set-Cookie: a=2\nCache-Control: private",
        ),
        (
            "Set-Cookie: a=1",
            "Set-Cookie: a=2; Path=/b",
            "Set-Cookie: a=1\nSet-Cookie: a=2; Path=/b\nCache-Control: private",
        ),
        // At many URLs, these are one cookie, of which browsers keep the last one.
        (
            "Set-Cookie: a=1; Path=/",
            "Set-Cookie: a=2",
            "Set-Cookie: a=1; Path=/\nSet-Cookie: a=2\nCache-Control: private",
        ),
        (
            "Set-Cookie: a=1",
            "Set-Cookie: b=2\nCache-Control: public",
            "Set-Cookie: a=1\nSet-Cookie: b=2\nCache-Control: private",
        ),
    ] {
        check(error, page, expected);
    }
}
