//! Collected findings.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::{
    finding::Finding,
    rule::{Rule, Severity},
};

/// The findings of validators, for tests. It is a handle to a list that several validators can
/// share.
///
/// It has the findings of all requests, and grows until they are [taken](Self::take).
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
    /// An empty report.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// All findings so far, oldest first.
    #[must_use]
    pub fn findings(&self) -> Vec<Finding> {
        self.lock().clone()
    }

    /// Takes out all findings so far, oldest first.
    #[must_use]
    pub fn take(&self) -> Vec<Finding> {
        std::mem::take(&mut *self.lock())
    }

    /// Whether there are no findings, not even warnings.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lock().is_empty()
    }

    /// Whether there is a finding for this rule.
    #[must_use]
    pub fn contains(&self, rule: Rule) -> bool {
        self.lock().iter().any(|finding| finding.rule() == rule)
    }

    /// Whether there are violations, and not warnings alone.
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

/// Shows each finding on a line.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let findings = self.findings();
        findings
            .iter()
            .try_for_each(|finding| writeln!(f, "{finding}"))
    }
}
