//! Bodies that are channels.

use wsgi_application::{Application, Body, Sender, Status, application};
use wsgi_testing::Request;
use wsgi_validate::{Finding, Reaction, Report, Rule, rules::*, validator};

/// The rules that a channel with these bytes breaks. One that is open ends later.
fn broken(code: u16, fields: &[(&str, &str)], bytes: &str, is_open: bool) -> Vec<Rule> {
    let fields: Vec<_> = fields
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    let bytes = bytes.to_owned();
    let app = application(move |environ, start_response| {
        let status = Status::from_code(code)?;
        start_response.start(status, fields.clone())?;
        let (sender, body) = Body::channel(100);
        sender.send(bytes.clone())?;
        if is_open {
            // Its end comes with that of the call, after the validator has seen it.
            environ.insert_extension(sender);
        }
        Ok(body)
    });
    let report = Report::new();
    let app = validator(app).reaction(Reaction::Collect(report.clone()));
    let ends = application(move |environ, start_response| {
        let body = app.call(environ, start_response);
        environ.remove_extension::<Sender>();
        body
    });
    Request::get("/").call(&ends);
    report.findings().iter().map(Finding::rule).collect()
}

#[test]
fn a_channel_is_checked_as_far_as_it_is_known() {
    let html = ("Content-Type", "text/html");
    for (name, code, fields, bytes, is_open, expected) in [
        ("open", 200, &[html][..], "text", true, &[][..]),
        ("ended", 200, &[html], "text", false, &[]),
        ("ended, empty", 200, &[], "", false, &[]),
        ("open, no type", 200, &[], "", true, &[CONTENT_TYPE]),
        ("ended, no type", 200, &[], "text", false, &[CONTENT_TYPE]),
        ("open, no content", 204, &[], "", true, &[NO_CONTENT]),
        ("ended, no content", 304, &[], "text", false, &[NO_CONTENT]),
        (
            "ended, longer",
            200,
            &[html, ("Content-Length", "3")],
            "text",
            false,
            &[CONTENT_LENGTH],
        ),
        (
            "ended, shorter",
            200,
            &[html, ("Content-Length", "5")],
            "text",
            false,
            &[CONTENT_LENGTH],
        ),
        (
            "open, not known",
            200,
            &[html, ("Content-Length", "5")],
            "text",
            true,
            &[],
        ),
    ] {
        assert_eq!(broken(code, fields, bytes, is_open), expected, "{name}");
    }
}

#[cfg(unix)]
#[test]
fn a_pipe_is_checked_as_an_open_channel() {
    use std::{fs::File, io, os::fd::OwnedFd};
    use wsgi_application::FileWrapper;
    let html = [("Content-Type", "text/html")];
    for (code, fields, expected) in [
        (200, &html[..], &[][..]),
        (200, &[], &[CONTENT_TYPE]),
        (204, &[], &[NO_CONTENT]),
    ] {
        let given = fields.to_vec();
        let app = application(move |_environ, start_response| {
            start_response.start(Status::from_code(code)?, given.clone())?;
            let (reader, _writer) = io::pipe()?;
            Ok(FileWrapper::from_file(File::from(OwnedFd::from(reader))).into())
        });
        let report = Report::new();
        let app = validator(app).reaction(Reaction::Collect(report.clone()));
        Request::get("/").call(&app);
        let broken: Vec<_> = report.findings().iter().map(Finding::rule).collect();
        assert_eq!(broken, expected, "{code} {fields:?}");
    }
}
