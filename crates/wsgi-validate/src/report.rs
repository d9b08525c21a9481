//! Findings, collected.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::{Finding, Rule, Severity};

/// What validators found, for tests: a handle on a list that several of them can share.
///
/// It holds each finding of each request, and grows until it is [taken](Self::take).
///
/// ```
/// use wsgi_application::{Status, application};
/// use wsgi_testing::Request;
/// use wsgi_validate::{Reaction, Report, rules, validator};
///
/// let report = Report::new();
/// let app = validator(application(|_environ, start_response| {
///     start_response.start(Status::UNAUTHORIZED, [("Content-Type", "text/plain")])?;
///     Ok("Who are you?\n".into())
/// }))
/// .reaction(Reaction::Collect(report.clone()));
///
/// let response = Request::get("/").call(&app);
/// assert_eq!(response.status(), &Status::UNAUTHORIZED, "it is sent as it is");
/// assert!(report.contains(rules::CHALLENGE));
/// assert_eq!(report.take().len(), 1);
/// assert!(report.is_empty());
/// ```
#[derive(Clone, Debug, Default)]
pub struct Report(Arc<Mutex<Vec<Finding>>>);

impl Report {
    /// An empty one.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What was found so far, oldest first.
    #[must_use]
    pub fn findings(&self) -> Vec<Finding> {
        self.lock().clone()
    }

    /// What was found so far, taken out.
    #[must_use]
    pub fn take(&self) -> Vec<Finding> {
        std::mem::take(&mut *self.lock())
    }

    /// Whether nothing was found, not even a warning.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lock().is_empty()
    }

    /// Whether this rule was broken.
    #[must_use]
    pub fn contains(&self, rule: Rule) -> bool {
        self.lock().iter().any(|finding| finding.rule() == rule)
    }

    /// Whether a violation was found, rather than warnings alone.
    #[must_use]
    pub fn has_violations(&self) -> bool {
        let is_violation = |finding: &Finding| finding.rule().severity() == Severity::Violation;
        self.lock().iter().any(is_violation)
    }

    pub(crate) fn add(&self, finding: Finding) {
        self.lock().push(finding);
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Finding>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A line for each finding.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let findings = self.findings();
        findings
            .iter()
            .try_for_each(|finding| writeln!(f, "{finding}"))
    }
}
