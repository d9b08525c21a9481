//! The destination and the text of findings.

use std::{io, io::Write};

use wsgi_application::{
    Application, Body, Environ, Error, Filter, Head, Result, Scope, StartResponse, Status,
    application, filtered,
};
use wsgi_gateway::{Engine, Failure};
use wsgi_testing::Request;
use wsgi_validate::{Finding, Reaction, Report, rules, validator};

const TEXT: [(&str, &str); 1] = [("Content-Type", "text/plain")];

fn hello(_environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
    start_response.start(Status::OK, TEXT)?;
    Ok("hello".into())
}

/// Breaks two rules: a warning and a violation.
fn careless(_environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
    start_response.start(Status::OK, [("X_Y", "1")])?;
    Ok("of what type?".into())
}

/// The name of the finding that made a response fail.
fn cause(environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
    let failure = environ.extension::<Failure>();
    let finding = failure.and_then(|failure| Finding::of(&failure.error));
    let name = finding.map_or("none", |finding| finding.rule().name());
    start_response.start(Status::INTERNAL_SERVER_ERROR, TEXT)?;
    Ok(name.into())
}

#[track_caller]
fn check_cause(name: &str, app: impl Application) {
    let engine = Engine::new().error_output(cause);
    let response = Request::get("/").engine(&engine).call(&validator(app));
    assert_eq!(response.text(), name);
}

#[test]
fn the_cause_of_a_failed_response_is_found() {
    check_cause("CONTENT_TYPE", careless);
    check_cause("none", application(|_, _| Err("no tea".into())));
    // Through the error of a writer.
    check_cause(
        "CONTENT_TYPE",
        application(|_environ, start_response| {
            let mut body = start_response.start(Status::OK, ())?;
            body.write_all(b"of what type?")?;
            body.flush()?;
            Ok(Body::empty())
        }),
    );
    // Through I/O errors, one in the other.
    check_cause(
        "CONTENT_TYPE",
        application(|_environ, start_response| {
            let mut body = start_response.start(Status::OK, ())?;
            body.write_all(b"of what type?")?;
            let failed = body.flush().map_err(io::Error::other);
            failed.map(|()| Body::empty()).map_err(Error::from)
        }),
    );
}

#[test]
fn an_ignored_violation_fails_the_response() {
    check_cause(
        "CONTENT_TYPE",
        application(|_environ, start_response| {
            let mut body = start_response.start(Status::OK, ())?;
            let _ = body.write_all(b"of what type?");
            let _ = body.flush();
            Ok("something else".into())
        }),
    );
    check_cause(
        "START_ONCE",
        application(|environ, start_response| {
            let body = hello(environ, start_response)?;
            let _ = hello(environ, start_response);
            Ok(body)
        }),
    );
    check_cause(
        "INPUT_PAST_END",
        application(|environ, start_response| {
            io::BufRead::consume(environ.input(), 1);
            hello(environ, start_response)
        }),
    );
}

#[test]
fn an_allowed_rule_is_turned_off_and_the_others_are_not() {
    let report = Report::new();
    let app = validator(careless)
        .allow(rules::CONTENT_TYPE)
        .reaction(Reaction::Collect(report.clone()));
    Request::get("/").call(&app);
    assert!(report.contains(rules::FIELD_NAME));
    assert!(!report.contains(rules::CONTENT_TYPE));
    assert!(!report.has_violations());

    let app = app.allow(rules::FIELD_NAME);
    assert_eq!(report.take().len(), 1);
    Request::get("/").call(&app);
    assert!(report.is_empty(), "{report}");
}

#[test]
fn a_rule_is_reported_once_for_each_request() {
    let report = Report::new();
    let app = validator(application(|environ, start_response| {
        for _ in 0..3 {
            environ.errors().print("a line\r");
        }
        hello(environ, start_response)
    }))
    .reaction(Reaction::Collect(report.clone()));
    for requests in 1..=2 {
        Request::get("/").call(&app);
        assert_eq!(report.findings().len(), requests);
    }
}

#[test]
fn a_report_is_shared_and_shows_a_line_for_each_finding() {
    let report = Report::new();
    for rule in [rules::CONTENT_TYPE, rules::FIELD_NAME] {
        let app = validator(careless)
            .allow(rule)
            .reaction(Reaction::Collect(report.clone()));
        assert_eq!(Request::get("/").call(&app).errors(), "");
    }
    assert!(report.has_violations());
    assert_eq!(
        report.to_string(),
        "warning by the application, FIELD_NAME: there is X_Y: \"1\". A field name begins with a letter, \
         has only letters, digits and hyphens, and does not end with a hyphen. (RFC 9110 section \
         16.3.2.1)\n\
         violation by the application, CONTENT_TYPE: there is a body and no Content-Type. A response with \
         a body has a `Content-Type`. (RFC 9110 section 8.3)\n"
    );
}

#[test]
fn an_entry_names_the_request_and_no_peer_can_begin_one() {
    let app = validator(careless).reaction(Reaction::Log);
    let request = Request::get("/a%0Ab").variable("UNIQUE_ID", "7f\n");
    let response = request.variable("REQUEST_METHOD", "x\r\ny").call(&app);
    for line in response.errors().lines() {
        assert!(
            line.starts_with("[7f\\n] x\\r\\ny \"/a\\nb\": "),
            "{line:?}"
        );
    }
    assert_eq!(response.errors().lines().count(), 3);
}

#[test]
fn an_observation_is_cut_and_has_no_control_characters() {
    let report = Report::new();
    let app = validator(hello).reaction(Reaction::Collect(report.clone()));
    let long = "\u{1b}\u{2028}é".repeat(100_000);
    Request::get("/").variable("PATH_INFO", &long).call(&app);
    let [finding] = &report.findings()[..] else {
        panic!("{report}");
    };
    assert_eq!(finding.rule(), rules::PATH_INFO);
    assert_eq!(finding.seen().chars().count(), 200);
    let has_control = |c: char| c.is_control() || c == '\u{2028}';
    assert!(!finding.seen().contains(has_control), "{finding}");
}

#[test]
fn a_validator_between_middleware_names_the_side_that_broke_the_rule() {
    /// Adds a field of the connection to the response, which `start` does not check.
    struct Upgrade;
    impl Filter for Upgrade {
        fn head(&mut self, head: &mut Head) -> Result<Scope> {
            head.headers.append("Upgrade", "h2c")?;
            Ok(Scope::Head)
        }
    }
    let (inner, outer) = (Report::new(), Report::new());
    let app = validator(hello).reaction(Reaction::Collect(inner.clone()));
    let middleware =
        application(|environ, start_response| filtered(&app, Upgrade, environ, start_response));
    let app = validator(middleware).reaction(Reaction::Collect(outer.clone()));
    Request::get("/").call(&app);
    assert!(inner.is_empty(), "{inner}");
    assert!(outer.contains(rules::HOP_BY_HOP), "{outer}");
    assert_eq!(outer.findings().len(), 1);
}

#[test]
fn entries_of_the_gateway_are_not_checked_after_a_panic() {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    for panics in [false, true] {
        let report = Report::new();
        let inner = application(move |_environ, start_response| {
            start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
            assert!(!panics, "the kettle is on fire");
            Ok("".into())
        });
        let app = validator(inner).reaction(Reaction::Collect(report.clone()));
        let gateway = application(move |environ, start_response| {
            let called = AssertUnwindSafe(|| app.call(environ, start_response));
            let result = catch_unwind(called);
            environ.errors().print("an entry\r");
            result.unwrap_or_else(|_| Err("a panic".into()))
        });
        Request::get("/").call(&gateway);
        let broken: Vec<_> = report.findings().iter().map(Finding::rule).collect();
        assert_eq!(broken, [], "{panics}");
    }
}

#[test]
fn of_a_secret_a_finding_shows_only_the_length() {
    let app = application(|_environ, start_response| {
        start_response.start(Status::NO_CONTENT, [("Set-Cookie", "id=caf\u{e9}")])?;
        Ok(().into())
    });
    let report = Report::new();
    let site = validator(app).reaction(Reaction::Collect(report.clone()));
    Request::get("/").call(&site);
    let findings = report.findings();
    let found = findings
        .iter()
        .find(|one| one.rule().name() == "FIELD_VALUE");
    assert_eq!(
        found.unwrap().seen(),
        "there is Set-Cookie: \"id=(5 bytes)\""
    );
}
