//! Panics of a test about what a page lacks, if the page has failed.

use wsgi_application::{Status, application};
use wsgi_testing::{Request, Response};

fn failed() -> Response {
    let app = application(|_environ, _start_response| Err("there is no template".into()));
    Request::get("/").call(&app)
}

/// Checks that the message names the status and the reason.
#[track_caller]
fn check(lacks: &str, ask: fn(&Response)) {
    let panic = std::panic::catch_unwind(|| ask(&failed())).unwrap_err();
    let text = panic.downcast_ref::<String>().unwrap();
    assert!(text.contains(lacks), "{text}");
    assert!(text.contains("500 Internal Server Error"), "{text}");
    let log = ". The errors stream has:\nGET \"/\": there is no template\n";
    assert!(text.contains(log), "{text}");
}

#[test]
fn a_page_that_has_failed_says_so_in_place_of_what_it_lacks() {
    check("the page http://127.0.0.1/ has no form. ", |page| {
        drop(page.form());
    });
    check("has no form \"Save\", only []. Its status is", |page| {
        drop(page.form_of("Save"));
    });
    check("has no link \"Next\", only []. Its status is", |page| {
        drop(page.link("Next"));
    });
    #[cfg(feature = "json")]
    check("the Content-Type is not that of JSON: 500", |page| {
        let _: u8 = page.json();
    });
}

#[test]
#[should_panic(expected = r#"has no form "Save", only ["Go"]"#)]
fn a_page_that_has_not_failed_says_what_it_has() {
    let app = application(|_environ, start_response| {
        start_response.start(Status::OK, [("Content-Type", "text/html")])?;
        Ok("<form><button>Go</button></form>".into())
    });
    let _ = Request::get("/").call(&app).form_of("Save");
}
