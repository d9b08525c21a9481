//! The state of a request under watch.

use std::{
    fmt::Write as _,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU8, Ordering},
    },
};

use wsgi_environ::{Environ, Errors, Value};

use crate::{
    finding::Finding,
    reaction::Reaction,
    rule::{Rule, Severity},
};

/// A request under watch, shared by all checks. It handles broken rules and has the stage of the
/// response.
pub(crate) struct Watch {
    reaction: Reaction,
    allowed: Arc<[Rule]>,
    /// The gateway's own errors stream.
    errors: Errors,
    /// The request's name, with which an entry begins.
    request: String,
    is_head: bool,
    stage: AtomicU8,
    is_body_open: AtomicBool,
    has_body_failed: AtomicBool,
    found: Mutex<Found>,
}

#[derive(Default)]
struct Found {
    /// The names of reported rules, each of which is reported once.
    rules: Vec<&'static str>,
    /// The violation that fails the response.
    failure: Option<Finding>,
}

/// The stage of a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(crate) enum Stage {
    /// The application runs, or its body is on its way.
    Answering,
    /// The gateway has the whole response of the application.
    Answered,
    /// The request is over, and its hooks ran.
    Finished,
}

impl Watch {
    pub(crate) fn new(reaction: &Reaction, allowed: &Arc<[Rule]>, environ: &Environ) -> Self {
        Self {
            reaction: reaction.clone(),
            allowed: Arc::clone(allowed),
            errors: environ.errors().clone(),
            request: request(environ),
            is_head: environ.request_method() == "HEAD",
            stage: AtomicU8::new(Stage::Answering as u8),
            is_body_open: AtomicBool::new(false),
            has_body_failed: AtomicBool::new(false),
            found: Mutex::default(),
        }
    }

    /// The gateway's own errors stream.
    pub(crate) fn errors(&self) -> &Errors {
        &self.errors
    }

    /// Reports a rule unless it is `kept`. `seen` makes the observation.
    pub(crate) fn require(
        &self,
        kept: bool,
        rule: Rule,
        seen: impl FnOnce() -> String,
    ) -> Result<(), Finding> {
        match kept {
            true => Ok(()),
            false => self.broken(rule, &seen()),
        }
    }

    /// Reports a broken rule. An error fails the response; it is remembered, since the application
    /// may ignore it.
    pub(crate) fn broken(&self, rule: Rule, seen: &str) -> Result<(), Finding> {
        if self.allowed.contains(&rule) {
            return Ok(());
        }
        let finding = Finding::new(rule, seen);
        let is_violation = rule.severity() == Severity::Violation;
        let can_fail =
            matches!(self.reaction, Reaction::Fail) && !self.has_reached(Stage::Answered);
        if is_violation && can_fail {
            let failure = &mut self.found().failure;
            return Err(failure.get_or_insert(finding).clone());
        }
        self.tell(finding);
        Ok(())
    }

    /// Reports a broken rule where nothing can fail.
    pub(crate) fn noted(&self, rule: Rule, seen: &str) {
        if !self.allowed.contains(&rule) {
            self.tell(Finding::new(rule, seen));
        }
    }

    /// Returns the violation that fails the response, if any, as an error.
    pub(crate) fn failure(&self) -> Result<(), Finding> {
        match &self.found().failure {
            Some(failure) => Err(failure.clone()),
            None => Ok(()),
        }
    }

    pub(crate) fn reach(&self, stage: Stage) {
        self.stage.fetch_max(stage as u8, Ordering::Relaxed);
    }

    pub(crate) fn has_reached(&self, stage: Stage) -> bool {
        self.stage.load(Ordering::Relaxed) >= stage as u8
    }

    /// Whether the method of the request is HEAD.
    pub(crate) fn is_head(&self) -> bool {
        self.is_head
    }

    /// Notes that the gateway received a body in pieces, or dropped it.
    pub(crate) fn set_body_open(&self, is_open: bool) {
        self.is_body_open.store(is_open, Ordering::Release);
    }

    pub(crate) fn is_body_open(&self) -> bool {
        self.is_body_open.load(Ordering::Acquire)
    }

    /// Notes that the gateway received bytes of the body, and then an error.
    pub(crate) fn set_body_failed(&self) {
        self.has_body_failed.store(true, Ordering::Release);
    }

    pub(crate) fn has_body_failed(&self) -> bool {
        self.has_body_failed.load(Ordering::Acquire)
    }

    fn tell(&self, finding: Finding) {
        let name = finding.rule().name();
        {
            let rules = &mut self.found().rules;
            if rules.contains(&name) {
                return;
            }
            rules.push(name);
        }
        match &self.reaction {
            Reaction::Collect(report) => report.add(finding),
            Reaction::Fail | Reaction::Log => {
                self.errors
                    .print(format_args!("{}: {finding}", self.request));
            }
        }
    }

    fn found(&self) -> MutexGuard<'_, Found> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The request's name in the log: its id (`UNIQUE_ID`), if it has one, its method and its path,
/// without control characters.
fn request(environ: &Environ) -> String {
    let mut text = String::new();
    if let Some(id) = environ.get("UNIQUE_ID") {
        let _ = write!(text, "[{}] ", escaped(id));
    }
    let mut path = environ.script_name().as_bytes().to_vec();
    path.extend_from_slice(environ.path_info().as_bytes());
    let method = escaped(environ.request_method());
    let _ = write!(text, "{method} {:?}", Value::from(&path));
    text
}

fn escaped(value: Value<'_>) -> String {
    let quoted = format!("{value:?}");
    quoted[1..quoted.len() - 1].to_owned()
}
