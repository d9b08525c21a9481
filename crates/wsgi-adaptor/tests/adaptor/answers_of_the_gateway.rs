//! Failures whose status the gateway chooses, and whose page the adaptor makes.

use std::{
    io::{self, Read},
    time::Instant,
};

use wsgi_adaptor::{Adaptor, HttpError, Request, Response, Result};
use wsgi_application::{Application, Environ, StartResponse, application};
use wsgi_environ::{Input, InputError, InvalidVariable};
use wsgi_testing::{Request as Test, Response as Answer};

/// A body that is not read before the deadline of its request.
struct Late;

impl Read for Late {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(InputError::DeadlinePassed.into())
    }
}

fn late() -> Adaptor {
    Adaptor::new().post("/", |request| {
        request.body().map(|body| body.len().to_string())
    })
}

fn post(app: &Adaptor, accept: &str) -> Answer {
    let input = Input::from_reader(Late, None);
    Test::post("/")
        .header("Accept", accept)
        .input(input)
        .call(app)
}

#[test]
fn a_deadline_that_has_passed_is_504_whoever_makes_the_page() {
    let page = |_: &Request<'_>, error: &HttpError| format!("sorry, {}", error.status());
    let hook = |_: &Request<'_>, response: Response| response;
    for (app, accept, text) in [
        (late(), "*/*", "504 Gateway Timeout\n"),
        (late().on_status(500, page), "*/*", "504 Gateway Timeout\n"),
        (late().after(hook), "*/*", "504 Gateway Timeout\n"),
        (
            late().on_status(504, page),
            "*/*",
            "sorry, 504 Gateway Timeout",
        ),
        (
            late(),
            "application/json",
            "{\"title\":\"Gateway Timeout\",\"status\":504}\n",
        ),
    ] {
        let answer = post(&app, accept);
        assert_eq!(answer.text(), text);
        assert_eq!(answer.status().code(), 504);
    }
}

#[test]
fn a_failure_after_the_deadline_is_504_whatever_failed() {
    /// Lets the deadline pass before the application is called.
    fn late(app: Adaptor) -> impl Application {
        application(
            move |environ: &mut Environ, start_response: &mut StartResponse<'_>| {
                environ.set_deadline(Instant::now());
                app.call(environ, start_response)
            },
        )
    }
    let app = || {
        Adaptor::new()
            .get("/error", |_| Err::<Response, _>("out of tea"))
            .get("/panic", |_| -> &str { panic!("out of tea") })
    };
    let page = |_: &Request<'_>, error: &HttpError| format!("sorry, {}", error.status());
    let json = "{\"title\":\"Gateway Timeout\",\"status\":504}\n";
    for target in ["/error", "/panic"] {
        for (app, accept, text) in [
            (app(), "*/*", "504 Gateway Timeout\n"),
            (app(), "application/json", json),
            (app().on_status(500, page), "*/*", "504 Gateway Timeout\n"),
            (
                app().on_status(504, page),
                "*/*",
                "sorry, 504 Gateway Timeout",
            ),
            (
                app().on_any_status(page),
                "*/*",
                "sorry, 504 Gateway Timeout",
            ),
        ] {
            let answer = Test::get(target).header("Accept", accept).call(&late(app));
            assert_eq!(
                (answer.status().code(), answer.text()),
                (504, text),
                "{target}"
            );
        }
    }
}

#[test]
fn the_page_of_a_deadline_that_a_mounted_adaptor_misses_is_that_of_its_status() {
    let page = |_: &Request<'_>, error: &HttpError| format!("sorry, {}", error.status());
    let site = Adaptor::new()
        .mount("/inner", late())
        .on_status(504, page)
        .after(|_, response| response.with_header("X-Hook", "called"));
    let input = Input::from_reader(Late, None);
    let answer = Test::post("/inner/").input(input).call(&site);
    assert_eq!(answer.status().code(), 504);
    assert_eq!(answer.text(), "sorry, 504 Gateway Timeout");
    assert_eq!(answer.headers().get("X-Hook").unwrap(), "called");
}

#[test]
fn a_variable_that_the_client_sent_wrong_keeps_its_status() {
    let app = || {
        Adaptor::new().get("/", |_| -> Result<Response> {
            Err(InvalidVariable::RequestUri.into())
        })
    };
    for (app, accept) in [
        (app(), "*/*"),
        (app(), "application/json"),
        (app().debug(true), "*/*"),
        (app().after(|_, response| response), "*/*"),
    ] {
        let answer = Test::get("/").header("Accept", accept).call(&app);
        assert_eq!(answer.status().code(), 400, "{accept}");
    }
}
