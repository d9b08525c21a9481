//! Internal redirects: which page answers, and what it finds.

#![cfg(feature = "internal-redirects")]

mod apart;
mod error_documents;
#[cfg(feature = "sessions")]
mod sessions;

use std::{
    fmt::Write as _,
    io::{Read, Write},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
};

use wsgi_application::{Application, Environ, Result, StartResponse, Status, application};
use wsgi_middleware::{InternalRedirect, InternalRedirects, InternalTarget, Mounts};
use wsgi_testing::{Request, Response};

fn target(text: &str) -> InternalTarget {
    text.parse().expect("a target")
}

/// Redirects to another page.
fn to(text: &'static str) -> impl Application {
    application(move |_environ, _start_response| Err(InternalRedirect::to(target(text)).into()))
}

/// Redirects with the request to another page.
fn with_request_to(text: &'static str) -> impl Application {
    application(move |_environ, _start_response| {
        Err(InternalRedirect::to(target(text)).keep_request().into())
    })
}

const SHOWN: [&str; 15] = [
    "REQUEST_METHOD",
    "SCRIPT_NAME",
    "PATH_INFO",
    "QUERY_STRING",
    "REQUEST_URI",
    "CONTENT_TYPE",
    "CONTENT_LENGTH",
    "HTTP_IF_NONE_MATCH",
    "HTTP_RANGE",
    "HTTP_ACCEPT",
    "REDIRECT_URL",
    "REDIRECT_QUERY_STRING",
    "REDIRECT_REQUEST_METHOD",
    "REDIRECT_STATUS",
    "REMOTE_USER",
];

fn shown(environ: &Environ) -> String {
    SHOWN.iter().fold(String::new(), |mut text, name| {
        if let Some(value) = environ.get(name) {
            writeln!(text, "{name}={value}").unwrap();
        }
        text
    })
}

/// Shows variables and the body.
fn show(environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
    let mut text = shown(environ);
    let mut body = String::new();
    environ.input().read_to_string(&mut body)?;
    text += &body;
    start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
    Ok(text.into())
}

fn site() -> InternalRedirects<Mounts> {
    let site = Mounts::new()
        .mount("/show", show)
        .mount("/once", to("/show/a%20b?c=%20d"))
        .mount("/twice", to("/once?lost"))
        .mount("/moved", with_request_to("/show?e"))
        .mount("/both", with_request_to("/once"));
    InternalRedirects::new(site)
}

fn post(path: &str) -> Request {
    Request::post(path)
        .header("Content-Type", "text/x")
        .header("If-None-Match", "\"1\"")
        .header("Range", "bytes=0-1")
        .header("Accept", "text/html")
        .body("the body")
}

#[test]
fn a_redirect_is_a_get_request_for_another_path() {
    let response = post("/once/x?y").call(&site());
    let expected = "REQUEST_METHOD=GET\nSCRIPT_NAME=/show\nPATH_INFO=/a b\nQUERY_STRING=c=%20d\n\
        REQUEST_URI=/once/x?y\nHTTP_ACCEPT=text/html\nREDIRECT_URL=/once/x\n\
        REDIRECT_QUERY_STRING=y\nREDIRECT_REQUEST_METHOD=POST\n";
    assert_eq!(response.text(), expected);
}

#[test]
fn a_redirect_that_keeps_the_request_keeps_its_body() {
    let response = post("/moved/x?y").call(&site());
    let expected = "REQUEST_METHOD=POST\nSCRIPT_NAME=/show\nPATH_INFO=\nQUERY_STRING=e\n\
        REQUEST_URI=/moved/x?y\nCONTENT_TYPE=text/x\nCONTENT_LENGTH=8\nHTTP_IF_NONE_MATCH=\"1\"\n\
        HTTP_RANGE=bytes=0-1\nHTTP_ACCEPT=text/html\nREDIRECT_URL=/moved/x\n\
        REDIRECT_QUERY_STRING=y\nREDIRECT_REQUEST_METHOD=POST\nthe body";
    assert_eq!(response.text(), expected);
}

#[test]
fn several_redirects_tell_of_the_first_request() {
    for path in ["/twice", "/both"] {
        let text = post(path).call(&site()).text().to_owned();
        assert!(text.starts_with("REQUEST_METHOD=GET\n"), "{text}");
        assert!(text.contains(&format!("REDIRECT_URL={path}\n")), "{text}");
        assert!(text.contains("REDIRECT_REQUEST_METHOD=POST\n"), "{text}");
        assert!(text.contains("\nQUERY_STRING=c=%20d\n"), "{text}");
        assert!(!text.contains("the body"), "{text}");
    }
}

#[test]
fn a_head_request_stays_one() {
    let methods = Arc::new(Mutex::new(Vec::new()));
    let seen = methods.clone();
    let page = application(move |environ, start_response| {
        seen.lock()
            .unwrap()
            .push(environ.request_method().to_string());
        show(environ, start_response)
    });
    let as_get = application(|environ, _start_response| {
        environ.set("REQUEST_METHOD", "GET");
        Err(InternalRedirect::to(target("/b")).into())
    });
    let site = Mounts::new().mount("/a", to("/b")).mount("/b", page);
    let site = InternalRedirects::new(site.mount("/c", as_get));
    for path in ["/a", "/c"] {
        let response = Request::head(path).call(&site);
        assert_eq!(
            (response.status(), response.body()),
            (&Status::OK, &b""[..])
        );
    }
    assert_eq!(*methods.lock().unwrap(), ["HEAD", "HEAD"]);
}

#[test]
fn the_path_is_that_below_the_middleware() {
    let outer = Mounts::new().mount("/site", site());
    let response = Request::get("/site/once").variable("SCRIPT_NAME", "/front");
    let text = response.call(&outer).text().to_owned();
    assert!(
        text.contains("SCRIPT_NAME=/front/site/show\nPATH_INFO=/a b\n"),
        "{text}"
    );
    assert!(text.contains("REDIRECT_URL=/front/site/once\n"), "{text}");
}

/// The variables before the call and those after it.
fn before_and_after(app: &impl Application, request: Request) -> (String, String, Response) {
    let before = Mutex::new(String::new());
    let look = application(|environ, start_response| {
        *before.lock().unwrap() = shown(environ);
        app.call(environ, start_response)
    });
    let response = request.call(&look);
    let after = shown(response.environ());
    (before.into_inner().unwrap(), after, response)
}

#[test]
fn afterwards_the_request_is_that_of_the_client_again() {
    for path in ["/once/x?y", "/twice", "/moved", "/both"] {
        let (before, after, response) = before_and_after(&site(), post(path));
        assert_eq!(response.status(), &Status::OK);
        assert_eq!(after, before, "{path}");
    }
    // Without a redirect, nothing changes back.
    let (_, after, _) = before_and_after(&site(), Request::get("/show/x"));
    assert!(after.contains("SCRIPT_NAME=/show\nPATH_INFO=/x\n"));
}

#[test]
fn the_body_is_still_there_for_what_is_around() {
    let rest = Mutex::new(String::new());
    let site = site();
    let around = application(|environ, start_response| {
        let body = site.call(environ, start_response)?;
        environ.input().read_to_string(&mut rest.lock().unwrap())?;
        Ok(body)
    });
    post("/once").call(&around);
    assert_eq!(*rest.lock().unwrap(), "the body");
}

#[test]
fn what_an_application_changed_is_not_of_the_clients_request() {
    let changes = |keeps_request: bool| {
        application(move |environ, _start_response| {
            environ.set("REQUEST_METHOD", "DELETE");
            environ.set("QUERY_STRING", "changed");
            let redirect = InternalRedirect::to(target("/show"));
            Err(match keeps_request {
                true => redirect.keep_request().into(),
                false => redirect.into(),
            })
        })
    };
    let site = Mounts::new()
        .mount("/a", changes(false))
        .mount("/b", changes(true))
        .mount("/show", show);
    let site = InternalRedirects::new(site);
    for (path, method) in [("/a?x", "GET"), ("/b?x", "DELETE")] {
        let (before, after, response) = before_and_after(&site, post(path));
        let text = response.text();
        assert!(text.contains("REDIRECT_QUERY_STRING=x\n"), "{text}");
        assert!(text.contains("REDIRECT_REQUEST_METHOD=POST\n"), "{text}");
        assert!(
            text.starts_with(&format!("REQUEST_METHOD={method}\n")),
            "{text}"
        );
        assert_eq!(after, before, "{path}");
    }
}

#[test]
fn a_page_finds_nothing_of_the_body_that_it_does_not_get() {
    const OF_BODY: [(&str, &str); 9] = [
        ("Content-Encoding", "x-unknown"),
        ("Content-Language", "de"),
        ("Content-Range", "bytes 0-1/2"),
        ("Content-Made-Up", "a"),
        ("Content-Digest", "a"),
        ("Repr-Digest", "a"),
        ("Digest", "a"),
        ("Expect", "100-continue"),
        ("Trailer", "X-Sum"),
    ];
    let look = application(|environ, start_response| {
        let found = environ.iter().map(|(name, _)| name.into_owned());
        let is_of_body = |name: &String| {
            name.starts_with("HTTP_") && !["HTTP_HOST", "HTTP_CONTENTED"].contains(&&**name)
        };
        let found: Vec<_> = found.filter(is_of_body).collect();
        let others = environ.contains("HTTP_CONTENTED");
        start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
        Ok(format!("{others} {found:?}").into())
    });
    // An application as one that decodes bodies.
    let decodes =
        application(
            |environ, start_response| match environ.get("HTTP_CONTENT_ENCODING") {
                Some(_) => Err(InternalRedirect::to(target("/look")).into()),
                None => show(environ, start_response),
            },
        );
    let site = Mounts::new().mount("/a", decodes).mount("/look", look);
    let site = InternalRedirects::new(site);
    let request = OF_BODY.iter().fold(post("/a"), |request, (name, value)| {
        request.header(name, *value)
    });
    let request = request
        .header("Contented", "yes")
        .variable("HTTP_TRANSFER_ENCODING", "chunked");
    let names = Mutex::new((0, 0));
    let count = |environ: &Environ| environ.iter().count();
    let around = application(|environ, start_response| {
        names.lock().unwrap().0 = count(environ);
        let result = site.call(environ, start_response);
        names.lock().unwrap().1 = count(environ);
        result
    });
    let response = request.call(&around);
    assert_eq!(response.text(), "true [\"HTTP_ACCEPT\"]");
    let (before, after) = *names.lock().unwrap();
    assert_eq!(before, after);
}

#[test]
fn other_variables_stay() {
    let login = application(|environ, _start_response| {
        environ.set("REMOTE_USER", "ada");
        Err(InternalRedirect::to(target("/show")).into())
    });
    let site = Mounts::new().mount("/login", login).mount("/show", show);
    let response = Request::get("/login").call(&InternalRedirects::new(site));
    assert!(response.text().contains("REMOTE_USER=ada\n"));
    assert_eq!(response.environ().get("REMOTE_USER").unwrap(), "ada");
}

#[test]
fn bytes_before_a_redirect_are_dropped_until_the_head_is_settled() {
    let writes = |is_flushed| {
        application(move |_environ, start_response| {
            let mut body = start_response.start(Status::ACCEPTED, [("X-Old", "a")])?;
            body.write_all(b"old")?;
            if is_flushed {
                body.flush()?;
            }
            Err(InternalRedirect::to(target("/show")).into())
        })
    };
    let site = Mounts::new()
        .mount("/a", writes(false))
        .mount("/b", writes(true));
    let site = InternalRedirects::new(site.mount("/show", show));
    let response = Request::get("/a").call(&site);
    assert_eq!(response.status(), &Status::OK);
    assert!(response.text().starts_with("REQUEST_METHOD=GET"));
    assert!(!response.headers().contains("X-Old"));

    let response = Request::get("/b").call(&site);
    assert_eq!(
        (response.status(), response.text()),
        (&Status::ACCEPTED, "old")
    );
    assert!(!response.is_complete());
    assert!(response.errors().contains("internal redirect to /show"));
}

#[test]
fn a_redirect_inside_another_error_is_followed() {
    let wrapped = application(|_environ, _start_response| {
        Err(std::io::Error::other(InternalRedirect::to(target("/show"))).into())
    });
    let site = Mounts::new().mount("/a", wrapped).mount("/show", show);
    let response = Request::get("/a").call(&InternalRedirects::new(site));
    assert_eq!(response.status(), &Status::OK);
}

#[test]
fn a_circle_ends() {
    let calls = Arc::new(AtomicUsize::new(0));
    let circle = {
        let calls = calls.clone();
        application(move |_environ, _start_response| {
            calls.fetch_add(1, Relaxed);
            Err(InternalRedirect::to(target("/")).into())
        })
    };
    let site = InternalRedirects::new(circle);
    let (before, after, response) = before_and_after(&site, post("/x?y"));
    assert_eq!(response.status(), &Status::INTERNAL_SERVER_ERROR);
    assert_eq!(calls.load(Relaxed), 11);
    assert_eq!(after, before);
    assert!(
        response
            .errors()
            .contains("more than 10 internal redirects")
    );
}

#[test]
fn other_errors_are_left_alone() {
    let fails = application(|_environ, _start_response| Err("out of ink".into()));
    let response = Request::get("/").call(&InternalRedirects::new(fails));
    assert_eq!(response.status(), &Status::INTERNAL_SERVER_ERROR);
    assert!(response.errors().contains("out of ink"));
}

#[test]
fn the_page_varies_by_what_the_response_that_was_started_varied_by() {
    let by_language = application(|_environ, start_response| {
        let mut body = start_response.start(Status::OK, [("Vary", "Accept-Language")])?;
        body.write_all(b"dropped")?;
        Err(InternalRedirect::to(target("/en")).into())
    });
    let english = application(|_environ, start_response| {
        start_response.start(Status::OK, [("Vary", "Cookie")])?;
        Ok("Good evening".into())
    });
    let site = Mounts::new().mount("/en", english);
    let site = InternalRedirects::new(site.mount("/greeting", by_language));
    let response = Request::get("/greeting").call(&site);
    assert_eq!(response.text(), "Good evening");
    let vary = response.headers().get("Vary").unwrap();
    assert_eq!(vary, "Cookie, Accept-Language");
    let direct = Request::get("/en").call(&site);
    assert_eq!(direct.headers().get("Vary").unwrap(), "Cookie");
}
