//! The fields and the id that a response takes over from earlier applications.

use std::io::Write;

use wsgi_application::{Application, ErrorPage, Status, application};
use wsgi_middleware::{Cascade, RequestId, not_found};
use wsgi_testing::Request;

use crate::{fixed, not_found_with};

/// Answers with a status and the fields of `Vary`.
fn varied(code: u16, fields: &'static [&'static str]) -> impl Application {
    application(move |_environ, start_response| {
        let fields = fields.iter().map(|value| ("Vary", *value));
        start_response.start(Status::from_code(code)?, fields.collect::<Vec<_>>())?;
        Ok("text".into())
    })
}

#[test]
fn the_response_varies_by_what_the_others_varied_by() {
    for (passed, last, expected) in [
        (&["Accept-Language"][..], &[][..], "Accept-Language"),
        (&["A, B", "C"], &["c", "D"], "c, D, A, B"),
        (&["*"], &["A"], "A, *"),
        (&["A"], &["*"], "*"),
        (&[], &["A"], "A"),
    ] {
        let inner = Cascade::new().then(varied(404, passed)).then(not_found);
        let sites = [
            Cascade::new().then(varied(404, passed)),
            Cascade::new()
                .then(varied(404, passed))
                .then(varied(404, passed)),
            Cascade::new().then(inner),
        ];
        for (index, site) in sites.into_iter().enumerate() {
            let response = Request::get("/").call(&site.then(varied(200, last)));
            let fields: Vec<_> = response.headers().get_all("Vary").collect();
            let case = format!("{passed:?}, {last:?}, site {index}");
            assert_eq!(fields.len(), 1, "{case}");
            assert_eq!(fields[0], expected, "{case}");
        }
    }
}

#[test]
fn a_written_404_that_is_stopped_tells_what_it_varies_by() {
    let writes = application(|_environ, start_response| {
        let mut body = start_response.start(Status::NOT_FOUND, [("Vary", "Accept")])?;
        body.write_all(b"404")?;
        body.flush()?;
        Ok("".into())
    });
    let response = Request::get("/").call(&Cascade::new().then(writes).then(fixed(200, "b")));
    assert_eq!(response.headers().get("Vary").unwrap(), "Accept");
}

#[test]
fn a_request_has_one_id() {
    let failing = application(|_environ, start_response| {
        let mut body = start_response.start(Status::NOT_FOUND, ())?;
        assert!(body.write_all(&[b'x'; 100_000]).is_err());
        Err("out of ink".into())
    });
    let tell = application(|environ, start_response| {
        start_response.start(Status::OK, ())?;
        Ok(environ.get("UNIQUE_ID").unwrap().to_string().into())
    });
    let site = Cascade::new()
        .then(RequestId::new(not_found))
        .then(RequestId::new(failing))
        .then(tell)
        .then(not_found);
    let site = site.pass_on([404, 200]).then(RequestId::new(tell));
    let response = Request::get("/").call(&site);
    let id = response.headers().get("X-Request-ID").unwrap();
    assert_eq!(response.text(), id.to_str().unwrap());
    assert_eq!(response.errors(), format!("[{id}] GET \"/\": out of ink\n"));
    // An id that the request had before is not changed.
    let response = Request::get("/").variable("UNIQUE_ID", "7f-3").call(&site);
    assert_eq!(response.text(), "7f-3");
}

#[test]
fn the_error_page_of_an_application_that_is_passed_over_is_gone() {
    let passes = application(|environ, start_response| {
        environ.insert_extension(ErrorPage::new(fixed(500, "the page of another")));
        not_found_with(start_response, "passed over".into())
    });
    let fails = application(|_environ, _start_response| Err("out of ink".into()));
    let response = Request::get("/").call(&Cascade::new().then(passes).then(fails));
    assert_eq!(response.status(), &Status::INTERNAL_SERVER_ERROR);
    assert!(!response.text().contains("another"), "{}", response.text());
}

#[test]
#[should_panic(expected = "99 is not the code of a response")]
fn a_code_that_no_response_has_is_refused() {
    let _ = Cascade::new().pass_on([404, 99]);
}
