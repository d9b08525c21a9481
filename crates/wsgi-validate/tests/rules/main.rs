//! Scenes that break and keep each rule.

use std::collections::BTreeSet;

use wsgi_application::{Application, Environ, Result, StartResponse, Status, application};
use wsgi_testing::{Request, Response};
use wsgi_validate::{Finding, Reaction, Report, Rule, Severity, rules, validator};

mod body;
mod calls;
mod channels;
mod ending;
mod errors;
mod fields;
mod input;
mod promise;
mod start;
mod status;
mod variables;

/// A request to an application under a validator. Returns the response, if there is one that can
/// fail.
type Scene = fn(Reaction) -> Option<Response>;

/// A rule, and scenes that break and keep it.
struct Row {
    rule: Rule,
    breaks: &'static [Scene],
    keeps: &'static [Scene],
}

fn rows() -> impl Iterator<Item = &'static Row> {
    let subjects: [&[Row]; 10] = [
        variables::ROWS,
        calls::ROWS,
        input::ROWS,
        errors::ROWS,
        start::ROWS,
        status::ROWS,
        fields::ROWS,
        promise::ROWS,
        body::ROWS,
        ending::ROWS,
    ];
    subjects.into_iter().flatten()
}

/// A response to a GET request that keeps every rule.
fn hello(_environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
    start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
    Ok("hello".into())
}

/// A request to an application.
fn answer(
    reaction: Reaction,
    request: Request,
    app: impl Application + 'static,
) -> Option<Response> {
    Some(request.call(&validator(app).reaction(reaction)))
}

/// A request that a gateway changes before the validator sees it.
fn changed(reaction: Reaction, change: fn(&mut Environ)) -> Option<Response> {
    let app = validator(hello).reaction(reaction);
    let gateway = application(move |environ, start_response| {
        change(environ);
        app.call(environ, start_response)
    });
    Some(Request::get("/").call(&gateway))
}

fn collect(scene: Scene) -> (Report, Option<Response>) {
    let report = Report::new();
    let response = scene(Reaction::Collect(report.clone()));
    (report, response)
}

fn found(report: &Report) -> Vec<Rule> {
    let findings = report.findings();
    findings.iter().map(Finding::rule).collect()
}

/// The response as a client sees it.
fn sent(response: &Response) -> (Status, Vec<u8>, bool) {
    (
        response.status().clone(),
        response.body().to_vec(),
        response.is_complete(),
    )
}

#[test]
fn every_rule_is_broken_and_kept() {
    let names = |rules: &[Rule]| -> BTreeSet<_> { rules.iter().map(|rule| rule.name()).collect() };
    let tested: Vec<_> = rows().map(|row| row.rule).collect();
    assert_eq!(names(&tested), names(rules::ALL));
    assert_eq!(tested.len(), rules::ALL.len());
    for row in rows() {
        assert!(!row.breaks.is_empty(), "{}", row.rule.name());
        assert!(!row.keeps.is_empty(), "{}", row.rule.name());
    }
}

#[test]
fn scenes_that_break_a_rule_break_no_other() {
    for row in rows() {
        for (index, scene) in row.breaks.iter().enumerate() {
            let (report, _) = collect(*scene);
            let name = row.rule.name();
            assert_eq!(found(&report), [row.rule], "{name}, breaker {index}");
        }
    }
}

#[test]
fn scenes_that_keep_a_rule_break_none() {
    for row in rows() {
        for (index, scene) in row.keeps.iter().enumerate() {
            let (report, collected) = collect(*scene);
            let name = row.rule.name();
            assert_eq!(found(&report), [], "{name}, keeper {index}: {report}");
            for reaction in [Reaction::Fail, Reaction::Log] {
                if let (Some(collected), Some(response)) = (&collected, scene(reaction)) {
                    assert_eq!(sent(&response), sent(collected), "{name}, keeper {index}");
                    assert_eq!(response.errors(), collected.errors());
                }
            }
        }
    }
}

#[test]
fn a_violation_fails_the_response_and_is_logged_by_name() {
    for row in rows().filter(|row| row.rule.severity() == Severity::Violation) {
        for (index, scene) in row.breaks.iter().enumerate() {
            let Some(response) = scene(Reaction::Fail) else {
                continue;
            };
            let name = row.rule.name();
            let has_failed = response.status().code() == 500 || !response.is_complete();
            assert!(has_failed, "{name}, breaker {index}");
            let entry = format!(", {name}: ");
            assert_eq!(response.errors().matches(&entry).count(), 1, "{name}");
        }
    }
}

#[test]
fn a_warning_is_logged_and_does_not_change_the_response() {
    for row in rows().filter(|row| row.rule.severity() == Severity::Warning) {
        for (index, scene) in row.breaks.iter().enumerate() {
            let (Some(response), Some(collected)) = (scene(Reaction::Fail), collect(*scene).1)
            else {
                continue;
            };
            let name = row.rule.name();
            assert_eq!(sent(&response), sent(&collected), "{name}, breaker {index}");
            let entry = format!(", {name}: ");
            assert_eq!(response.errors().matches(&entry).count(), 1, "{name}");
        }
    }
}

#[test]
fn a_violation_that_is_only_logged_does_not_change_the_response() {
    for row in rows() {
        for (index, scene) in row.breaks.iter().enumerate() {
            let (Some(response), Some(collected)) = (scene(Reaction::Log), collect(*scene).1)
            else {
                continue;
            };
            let name = row.rule.name();
            assert_eq!(sent(&response), sent(&collected), "{name}, breaker {index}");
            let entry = format!(", {name}: ");
            assert_eq!(response.errors().matches(&entry).count(), 1, "{name}");
        }
    }
}
