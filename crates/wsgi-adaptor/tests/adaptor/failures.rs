//! The answers to handlers that fail.

use std::{error::Error, fmt, time::SystemTime};

use wsgi_adaptor::{Adaptor, HttpError, Request, Response};
use wsgi_application::{Result, StartError};
use wsgi_cookies::SetCookie;
use wsgi_sessions::{MemoryStore, Scheme, Sessions};
use wsgi_testing::{Request as Call, Response as Answer};

/// An error with a cause.
#[derive(Debug)]
struct Tea(std::num::ParseIntError);

impl fmt::Display for Tea {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no <tea> & \"cake\"\nat all")
    }
}

impl Error for Tea {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0)
    }
}

fn fail(_: &Request<'_>) -> Result<Response> {
    Err("four"
        .parse::<u32>()
        .map_err(Tea)
        .expect_err("no number")
        .into())
}

fn call(app: &Adaptor) -> Answer {
    Call::get("/%3Cscript%3E?a=<b>")
        .header("X-Y", "c=<i>")
        .call(app)
}

#[test]
fn a_failure_tells_the_client_nothing_and_is_logged() {
    let response = call(&Adaptor::new().get("/{page}", fail));
    assert_eq!(response.status().code(), 500);
    assert_eq!(response.text(), "500 Internal Server Error\n");
    assert!(response.errors().contains("no <tea> & \"cake\""));
    assert!(response.errors().contains("invalid digit"));
}

#[test]
fn with_debug_the_page_shows_causes_and_environ_escaped() {
    let response = call(&Adaptor::new().get("/{page}", fail).debug(true));
    assert_eq!(response.status().code(), 500);
    let html = response.text();
    for shown in [
        "<h1>500 Internal Server Error</h1>",
        "no &lt;tea&gt; &amp; &quot;cake&quot;\nat all",
        "caused by: invalid digit found in string",
        "PATH_INFO</th><td>&quot;/&lt;script&gt;&quot;",
        "QUERY_STRING</th><td>&quot;a=&lt;b&gt;&quot;",
        "HTTP_X_Y</th><td>&quot;c=&lt;i&gt;&quot;",
    ] {
        assert!(html.contains(shown), "{shown} in {html}");
    }
    // Names of variables are never wrapped, though their values are.
    assert!(html.contains("th { white-space: nowrap }"), "{html}");
    for raw in ["<tea>", "<script>", "<b>", "<i>"] {
        assert!(!html.contains(raw), "{raw} in {html}");
    }
    let first = response.errors().lines().next().unwrap_or_default();
    assert!(
        first.starts_with("GET \"/<script>\": no <tea> & \"cake\"\\nat all: invalid"),
        "{first}"
    );
    assert!(response.headers().contains("Content-Security-Policy"));
}

#[test]
fn with_debug_the_clients_fault_is_shown_with_its_status() {
    let app = Adaptor::new()
        .post("/", |request| request.form().map(|_| ""))
        .debug(true);
    let response = Call::post("/").body("x").call(&app);
    assert_eq!(response.status().code(), 415);
    assert!(response.headers().contains("Accept"));
    assert!(response.text().contains("<p class=\"error\">"));
}

#[test]
fn a_response_that_cannot_be_sent_is_a_failure() {
    #[track_caller]
    fn check(make: fn() -> Response) {
        let app = Adaptor::new().get("/", move |_: &Request<'_>| make());
        let response = Call::get("/").call(&app);
        assert_eq!(response.status().code(), 500);
        assert!(!response.headers().contains("X"));
        assert!(!response.errors().is_empty());
    }
    check(|| Response::text("").with_header("X", "a\r\nb"));
    check(|| Response::text("").with_header("X Y", "a"));
    check(|| Response::text("").with_header("Connection", "close"));
    check(|| Response::content("text/\nplain", ""));
    check(|| Response::text("").with_cookie(&SetCookie::new("a", "b;c")));
    check(|| {
        Response::text("")
            .with_added_header("X", "\0")
            .with_header("X", "good")
    });
}

#[test]
fn a_response_with_a_field_of_the_connection_is_answered_as_any_failure() {
    let app = || {
        Adaptor::new()
            .get("/", |_| {
                Response::text("").with_header("Connection", "close")
            })
            .get("/early", |_| {
                Err::<Response, _>(Response::text("").with_header("Connection", "close"))
            })
    };
    let get =
        |app: Adaptor, target: &str, accept| Call::get(target).header("Accept", accept).call(&app);
    for target in ["/", "/early"] {
        let answer = get(app(), target, "application/json");
        assert!(answer.text().starts_with('{'), "{}", answer.text());
        let answer = get(app().on_status(500, |_, _| "sorry"), target, "*/*");
        assert_eq!((answer.status().code(), answer.text()), (500, "sorry"));
        let answer = get(app().debug(true), target, "*/*");
        assert!(answer.text().contains("hop-by-hop"), "{}", answer.text());
        let answers = |_: &StartError| HttpError::new(503, "soon");
        let answer = get(app().on_error(answers), target, "*/*");
        assert_eq!(answer.status().code(), 503);
        let hook = |_: &Request<'_>, response: Response| {
            let status = response.status().to_string();
            response.with_header("X-Seen", status)
        };
        let answer = get(app().after(hook), target, "*/*");
        let seen = answer.headers().get("X-Seen").unwrap();
        assert_eq!(seen, "500 Internal Server Error");
    }
    let hook = |_: &Request<'_>, response: Response| response.with_header("Upgrade", "h2c");
    let app = Adaptor::new().get("/", |_| "").after(hook);
    let answer = get(app.on_status(500, |_, _| "sorry"), "/", "*/*");
    assert_eq!((answer.status().code(), answer.text()), (500, "sorry"));
}

#[test]
fn no_location_or_realm_splits_a_response() {
    let app = Adaptor::new()
        .get("/go", |request| {
            Response::redirect(request.query().get("to").unwrap_or_default())
        })
        .get("/realm", |request| {
            Response::unauthorized(request.query().get("to").unwrap_or_default())
        });
    let get = |target, name| {
        let response = Call::get(target).call(&app);
        response.headers().get(name).expect("a field").to_string()
    };
    let go = "/go?to=/a%0D%0ASet-Cookie:%20b%5Cc";
    assert_eq!(get(go, "Location"), "/a%0D%0ASet-Cookie:%20b%5Cc");
    let realm = "/realm?to=%22,%0D%0Ab";
    assert_eq!(
        get(realm, "WWW-Authenticate"),
        "Basic realm=\"\\\",  b\", charset=\"UTF-8\""
    );
}

#[test]
fn a_location_has_only_whole_escapes() {
    for (location, expected) in [
        ("/sale/50%", "/sale/50%25"),
        ("/50%?off=%4&%zz", "/50%25?off=%254&%25zz"),
        ("/a%2Fb%%41", "/a%2Fb%25%41"),
        ("/%\u{e9}%20", "/%25%C3%A9%20"),
    ] {
        let response = Response::redirect(location);
        assert_eq!(response.headers().get("Location").unwrap(), expected);
    }
}

#[test]
fn a_handler_that_asks_for_missing_settings_fails() {
    let app = Adaptor::new()
        .get("/session", |request| request.session().map(|_| ""))
        .get("/cookie", |request| {
            request.sign_cookie("a", "b").map(|_| "")
        });
    for (target, error) in [
        ("/session", "has no sessions"),
        ("/cookie", "has no keyring"),
    ] {
        let response = Call::get(target).call(&app);
        assert_eq!(response.status().code(), 500);
        assert!(response.errors().contains(error), "{}", response.errors());
    }
}

#[test]
fn a_full_store_is_503_with_and_without_debug() {
    let app = || {
        let sessions = Sessions::new(MemoryStore::new().max_sessions(0).max_bytes(0));
        Adaptor::new()
            .get("/", |request| -> Result<&str> {
                request.session()?.insert("a", 1)?;
                Ok("")
            })
            .sessions(sessions)
    };
    for app in [app(), app().debug(true)] {
        let response = Call::get("/").call(&app);
        assert_eq!(response.status().code(), 503);
        assert_eq!(response.headers().get("Retry-After").unwrap(), "5");
    }
}

#[test]
fn a_session_that_has_ended_is_409_with_and_without_debug() {
    let sessions = Sessions::new(MemoryStore::new());
    let app = || {
        let other = sessions.clone();
        Adaptor::new()
            .post("/", |request| -> Result<&str> {
                request.session()?.insert("user", "ada")?;
                Ok("")
            })
            .get("/", move |request| -> Result<&str> {
                request.session()?.contains("user")?;
                // Another request of the same visitor logs out.
                let session = other.open(&request.cookies(), Scheme::Http, SystemTime::now());
                session.end()?;
                request.session()?.update("n", |_: Option<u8>| 1)?;
                Ok("")
            })
            .sessions(sessions.clone())
    };
    for app in [app(), app().debug(true)] {
        let begun = Call::post("/").call(&app);
        let cookie = begun.headers().get("Set-Cookie").expect("a cookie");
        let cookie = cookie.to_string();
        let pair = cookie.split(';').next().unwrap_or_default();
        let response = Call::get("/").header("Cookie", pair).call(&app);
        assert_eq!(response.status().code(), 409, "{}", response.text());
    }
}
