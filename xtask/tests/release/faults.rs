//! A network and a registry that fail.

use std::thread;

use super::{
    kills::{assert_complete, before_a_release},
    registry::Fault,
    repository::Repository,
};

/// Releases with a fault at one request. If the run may fail and does, another one goes on.
fn fail(before: &Repository, number: usize, fault: Fault, may_fail: bool) {
    let repository = before.copy();
    repository.registry.state().fault = Some((number, fault));
    let first = repository.release("--execute");
    let mut text = format!("{fault:?} at request {number}:\n{}", first.text);
    if !first.succeeded {
        assert!(may_fail, "{text}");
        let second = repository.release("--execute");
        text = format!("{text}\nthen:\n{}", second.text);
        assert!(second.succeeded, "{text}");
    }
    assert_complete(&repository, &text);
}

#[test]
fn a_fault_at_any_request_loses_and_repeats_nothing() {
    let before = &before_a_release();
    let requests = {
        let repository = before.copy();
        repository.released("--execute");
        let state = repository.registry.state();
        state.requests.clone()
    };
    let faults = [Fault::Lost, Fault::Unanswered, Fault::Unavailable];
    let mut cases = Vec::new();
    for (method, number) in requests.iter().zip(1..) {
        if method == "PUT" {
            // An upload that has arrived is found in the index, though its answer was lost.
            let case = |fault| (number, fault, fault != Fault::Unanswered);
            cases.extend(faults.map(case));
        } else {
            cases.push((number, faults[number % faults.len()], true));
        }
    }
    assert!(cases.len() > 15, "{requests:?}");
    let cases = &cases;
    thread::scope(|scope| {
        for part in 0..8 {
            let part = cases.iter().skip(part).step_by(8);
            scope.spawn(move || part.for_each(|case| fail(before, case.0, case.1, case.2)));
        }
    });
}

#[test]
fn a_registry_that_cannot_be_reached_is_reported() {
    let mut repository = before_a_release();
    let index = "sparse+http://127.0.0.1:1/".to_owned();
    repository.variables = vec![("CARGO_REGISTRIES_LOCAL_INDEX".to_owned(), index)];
    repository.refused(
        "",
        "http://127.0.0.1:1/hi/gh/high cannot be read: curl: (7)",
    );
}

#[test]
fn an_index_that_lags_behind_an_upload_is_waited_for() {
    let repository = before_a_release();
    repository.released("--prepare");
    repository.pass_checks(&["low", "high"]);
    // Somebody else's run has just uploaded low, from the same commit.
    let upload = [
        "publish",
        "--quiet",
        "--no-verify",
        "--package",
        "low",
        "--registry",
        "local",
    ];
    let run = repository.command("cargo", &upload);
    assert!(run.succeeded, "{}", run.text);
    repository.registry.state().lag = 6;
    let text = repository.released("--execute");
    assert!(text.contains("The registry has low 0.1.0."), "{text}");
    assert_eq!(repository.registry.state().lag, 0);
    assert_complete(&repository, &text);
}
