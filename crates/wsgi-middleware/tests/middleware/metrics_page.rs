//! The page of numbers.
#![cfg(feature = "metrics")]

use wsgi_application::{Environ, Result, StartResponse, Status};
use wsgi_exposition::Exposition;
use wsgi_metrics::{Kind, Page};
use wsgi_middleware::{AccessLog, LogWriter, MetricsPage, Mounts};
use wsgi_testing::{Request, Response};
use wsgi_validate::validator;

/// The value of a field.
fn field(response: &Response, name: &str) -> String {
    let value = response.headers().get(name).expect(name);
    value.to_string_lossy().into_owned()
}

/// A source that adds a sample to a family which it shares.
fn counting(name: &'static str) -> impl Fn(&mut Page) + Send + Sync {
    move |page: &mut Page| {
        page.family("visits_total", Kind::Counter, "Visits.")
            .sample(&[("page", name)], 7u64);
    }
}

#[test]
fn the_page_has_the_numbers_of_all_sources() {
    let page = MetricsPage::new()
        .source(counting("a"))
        .source(counting("b"));
    let app = validator(Mounts::new().mount("/metrics", page));
    let response = Request::get("/metrics").call(&app);
    assert_eq!(response.status(), &Status::OK);
    assert_eq!(field(&response, "Content-Type"), Page::CONTENT_TYPE);
    assert_eq!(field(&response, "Cache-Control"), "no-store");
    let page = Exposition::read(response.text()).unwrap();
    for name in ["a", "b"] {
        assert_eq!(page.value("visits_total", &[("page", name)]), Some(7.0));
    }
    let head = Request::new("HEAD", "/metrics").call(&app);
    assert_eq!((head.status(), head.text()), (&Status::OK, ""));
    assert_eq!(field(&head, "Content-Type"), Page::CONTENT_TYPE);
}

#[test]
fn other_methods_are_not_allowed() {
    let asked = |page: &mut Page| {
        page.family("asked", Kind::Gauge, "It must not be asked.");
        panic!("it was asked");
    };
    let app = validator(MetricsPage::new().source(asked));
    for (method, code) in [
        ("POST", 405),
        ("PUT", 405),
        ("DELETE", 405),
        ("OPTIONS", 405),
        ("get", 501),
        ("PROPFIND", 501),
    ] {
        let response = Request::new(method, "/").call(&app);
        assert_eq!(response.status().code(), code, "{method}");
        assert_eq!(field(&response, "Allow"), "GET, HEAD");
    }
}

#[test]
fn an_access_log_tells_how_many_lines_were_lost() {
    let folder = tempfile::tempdir().unwrap();
    let log = LogWriter::builder()
        .file(folder.path().join("log"))
        .unwrap();
    let page = MetricsPage::new().source(log.handle());
    let app = |_: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
        start_response.start(Status::NO_CONTENT, ())?;
        Ok(().into())
    };
    Request::get("/").call(&AccessLog::new(app, log));
    let text = Request::get("/").call(&page).text().to_owned();
    let page = Exposition::read(&text).unwrap();
    assert_eq!(
        page.value("wsgi_access_log_lost_lines_total", &[]),
        Some(0.0)
    );
}
