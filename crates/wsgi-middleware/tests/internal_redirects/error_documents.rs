//! Error documents: which page answers, and what of the error stays.

use std::{
    io::{BufRead, Write},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
};

use wsgi_application::{Application, Body, ErrorPage, Status, application};
use wsgi_middleware::{
    ErrorDocuments, InternalRedirect, InternalRedirects, Mounts, RequestId, not_found,
};
use wsgi_testing::Request;

use super::{before_and_after, post, shown, target, to};

/// Answers with a status, fields and a text.
fn fixed(code: u16, fields: &'static [(&'static str, &'static str)]) -> impl Application {
    application(move |_environ, start_response| {
        start_response.start(Status::from_code(code)?, fields)?;
        Ok("the error".into())
    })
}

fn documents(application: impl Application + 'static) -> ErrorDocuments<Mounts> {
    let page = application_page();
    let site = Mounts::new().mount("/", application).mount("/page", page);
    ErrorDocuments::new(site)
        .document(404, target("/page/404?q"))
        .document(401, target("/page/401"))
        .document(503, target("/page/503"))
}

fn application_page() -> impl Application {
    application(|environ, start_response| {
        let text = shown(environ);
        let fields = [
            ("Content-Type", "text/plain"),
            ("Vary", "Accept"),
            ("Cache-Control", "no-store"),
            ("Set-Cookie", "b=2"),
        ];
        start_response.start(Status::OK, fields)?;
        Ok(text.into())
    })
}

#[test]
fn a_page_of_the_site_answers_with_the_status_of_the_error() {
    let (before, after, response) = before_and_after(&documents(fixed(404, &[])), post("/x?y"));
    assert_eq!(response.status(), &Status::NOT_FOUND);
    let expected = "REQUEST_METHOD=GET\nSCRIPT_NAME=/page\nPATH_INFO=/404\nQUERY_STRING=q\n\
        REQUEST_URI=/x?y\nHTTP_ACCEPT=text/html\nREDIRECT_URL=/x\nREDIRECT_QUERY_STRING=y\n\
        REDIRECT_REQUEST_METHOD=POST\nREDIRECT_STATUS=404\n";
    assert_eq!(response.text(), expected);
    assert_eq!(after, before);
    // Another status has no page.
    let response = Request::get("/").call(&documents(fixed(410, &[])));
    assert_eq!(response.text(), "the error");
}

#[test]
fn fields_of_the_error_stay_unless_they_are_about_its_content() {
    const FIELDS: &[(&str, &str)] = &[
        ("WWW-Authenticate", "Basic realm=\"a\""),
        ("Retry-After", "7"),
        ("Content-Type", "text/html"),
        ("content-language", "de"),
        ("ETag", "\"1\""),
        ("last-modified", "yesterday"),
        ("Cache-Control", "max-age=60"),
        ("Set-Cookie", "a=1"),
        ("Vary", "Cookie"),
        ("Vary", "Origin"),
    ];
    let response = Request::get("/").call(&documents(fixed(401, FIELDS)));
    assert_eq!(response.status(), &Status::UNAUTHORIZED);
    let mut fields: Vec<_> = response
        .headers()
        .iter()
        .filter(|(name, _)| *name != "Content-Length")
        .map(|(name, value)| format!("{name}: {value}"))
        .collect();
    fields.sort();
    let expected = [
        "Cache-Control: no-store",
        "Content-Type: text/plain",
        "Retry-After: 7",
        "Set-Cookie: a=1",
        "Set-Cookie: b=2",
        "Vary: Accept, Cookie, Origin",
        "WWW-Authenticate: Basic realm=\"a\"",
    ];
    assert_eq!(fields, expected);
}

#[test]
fn the_version_of_the_page_is_not_that_of_the_url_with_the_error() {
    const FIELDS: &[(&str, &str)] = &[
        ("Content-Language", "en"),
        ("etag", "\"v1\""),
        ("Last-Modified", "Sun, 06 Nov 1994 08:49:37 GMT"),
        ("Accept-Ranges", "bytes"),
    ];
    let site = Mounts::new().mount("/page", fixed(200, FIELDS));
    let site = ErrorDocuments::new(site).document(404, target("/page"));
    let response = Request::get("/nowhere").call(&site);
    assert_eq!(response.status(), &Status::NOT_FOUND);
    let names: Vec<_> = response.headers().iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["Content-Language", "Content-Length"]);
    // At its own URL, the page has them.
    let response = Request::get("/page").call(&site);
    assert_eq!(response.headers().get("ETag").unwrap(), "\"v1\"");
}

#[test]
fn the_reason_of_the_error_stays() {
    let closed = application(|_environ, start_response| {
        start_response.start(Status::new(503, "Closed till nine")?, ())?;
        Ok(Body::empty())
    });
    let response = Request::get("/").call(&documents(closed));
    assert_eq!(response.status().reason(), "Closed till nine");
}

#[test]
fn a_page_that_is_an_error_itself_is_sent_once() {
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = {
        let calls = calls.clone();
        application(move |environ, start_response| {
            calls.fetch_add(1, Relaxed);
            fixed(404, &[]).call(environ, start_response)
        })
    };
    let site = ErrorDocuments::new(counted).document(404, target("/missing"));
    let response = Request::get("/").call(&site);
    assert_eq!(
        (response.status(), response.text()),
        (&Status::NOT_FOUND, "the error")
    );
    assert_eq!(calls.load(Relaxed), 2);
}

#[test]
fn a_page_that_fails_is_a_failure() {
    let fails = application(|_environ, _start_response| Err("out of ink".into()));
    let site = Mounts::new()
        .mount("/", fixed(404, &[]))
        .mount("/page", fails);
    let site = ErrorDocuments::new(site).document(404, target("/page"));
    let (before, after, response) = before_and_after(&site, post("/x"));
    assert_eq!(response.status(), &Status::INTERNAL_SERVER_ERROR);
    assert_eq!(after, before);
}

#[test]
fn the_error_page_of_a_response_that_is_replaced_is_gone() {
    let passes = application(|environ, start_response| {
        environ.insert_extension(ErrorPage::new(fixed(500, &[])));
        start_response.start(Status::NOT_FOUND, ())?;
        Ok(Body::empty())
    });
    let fails = application(|_environ, _start_response| Err("out of ink".into()));
    let site = Mounts::new().mount("/", passes).mount("/page", fails);
    let site = ErrorDocuments::new(site).document(404, target("/page"));
    let response = Request::get("/x").call(&site);
    assert_eq!(response.status(), &Status::INTERNAL_SERVER_ERROR);
    assert_ne!(response.text(), "the error");
}

#[test]
fn an_error_that_is_written_in_pieces_is_replaced_too() {
    let writes = application(|_environ, start_response| {
        let mut body = start_response.start(Status::NOT_FOUND, ())?;
        loop {
            body.write_all(&[b'x'; 1000])?;
            body.flush()?;
        }
    });
    let response = Request::get("/x").call(&documents(writes));
    assert_eq!(response.status(), &Status::NOT_FOUND);
    assert!(response.text().starts_with("REQUEST_METHOD=GET"));
    assert_eq!(response.errors(), "");
}

#[test]
fn a_failure_after_the_bytes_were_refused_is_logged() {
    let fails = application(|_environ, start_response| {
        let mut body = start_response.start(Status::NOT_FOUND, ())?;
        let _ = body.write_all(b"404").and_then(|()| body.flush());
        Err("out of ink".into())
    });
    let response = Request::get("/menu").call(&documents(fails));
    assert_eq!(response.status(), &Status::NOT_FOUND);
    assert!(response.text().starts_with("REQUEST_METHOD=GET"));
    assert_eq!(response.errors(), "GET \"/menu\": out of ink\n");
}

#[test]
fn a_response_without_a_page_is_streamed_from_its_input() {
    let echo = application(|environ, start_response| {
        let mut input = environ.take_input();
        input.fill_buf()?;
        start_response.start(Status::OK, ())?;
        Ok(input.into())
    });
    let response = post("/x").call(&documents(echo));
    assert_eq!(response.text(), "the body");
}

#[test]
fn a_failure_of_the_application_is_left_to_the_gateway() {
    let fails = application(|_environ, start_response| {
        start_response.start(Status::NOT_FOUND, ())?;
        Err("out of ink".into())
    });
    let response = Request::get("/x").call(&documents(fails));
    assert_eq!(response.status(), &Status::INTERNAL_SERVER_ERROR);
}

#[test]
fn redirects_and_documents_work_together() {
    let site = Mounts::new()
        .mount("/page", application_page())
        .mount("/a", to("/missing"));
    let documents = ErrorDocuments::new(InternalRedirects::new(site));
    let site = documents.document(404, target("/page"));
    let response = Request::get("/a").call(&site);
    assert_eq!(response.status(), &Status::NOT_FOUND);
    assert!(response.text().contains("REDIRECT_URL=/a\n"));
    assert!(response.text().contains("REDIRECT_STATUS=404\n"));
}

#[test]
fn a_request_has_one_id_in_all_calls() {
    let ids = Arc::new(Mutex::new(Vec::new()));
    let seen = ids.clone();
    let site = RequestId::new(application(move |environ, start_response| {
        let id = environ.get("UNIQUE_ID").unwrap().to_string();
        seen.lock().unwrap().push(id);
        let path = environ.path_info().to_string();
        match &*path {
            "/a" => return Err(InternalRedirect::to(target("/b")).into()),
            "/b" => start_response.start(Status::NOT_FOUND, ())?,
            _ => start_response.start(Status::OK, ())?,
        };
        Ok("page".into())
    }));
    let site = ErrorDocuments::new(InternalRedirects::new(site));
    let response = Request::get("/a").call(&site.document(404, target("/sorry")));
    assert_eq!(response.text(), "page");
    let fields: Vec<_> = response.headers().get_all("X-Request-ID").collect();
    let ids = ids.lock().unwrap();
    assert_eq!(ids.len(), 3);
    assert!(
        ids.iter().all(|id| fields == [&**id]),
        "{ids:?}, {fields:?}"
    );
}

#[test]
#[should_panic(expected = "40 is not the code of a response")]
fn a_code_that_no_response_has_is_refused() {
    let _ = ErrorDocuments::new(not_found).document(40, "/sorry".parse().unwrap());
}
