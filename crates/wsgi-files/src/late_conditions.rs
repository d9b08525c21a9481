//! The conditions of a request, for a response whose head is settled while the application writes.

use std::io::{self, Write};

use wsgi_application::{Environ, Filter, Head, Result, Scope};

use crate::{
    answer::Answer,
    conditions::Conditions,
    delivery,
    refusal::{refusal, refuse},
};

/// The conditions of a request, which outlive the call of the application.
///
/// They are a filter for a response that is written: once its bytes leave, its head cannot be
/// changed any more. They let a response that is returned pass, which is reduced afterwards.
pub(crate) struct LateConditions {
    method: Box<str>,
    if_match: Option<Box<[u8]>>,
    if_none_match: Option<Box<[u8]>>,
    if_modified_since: Option<Box<[u8]>>,
    if_unmodified_since: Option<Box<[u8]>>,
    /// Whether the body becomes the text of a 412. Otherwise a body that is dropped has none.
    is_failed: bool,
}

impl LateConditions {
    /// Those of a request, if it has any.
    pub(crate) fn of(environ: &Environ) -> Option<Self> {
        let own = |variable| Some(environ.get(variable)?.as_bytes().into());
        let [
            if_match,
            if_none_match,
            if_modified_since,
            if_unmodified_since,
        ] = [
            "HTTP_IF_MATCH",
            "HTTP_IF_NONE_MATCH",
            "HTTP_IF_MODIFIED_SINCE",
            "HTTP_IF_UNMODIFIED_SINCE",
        ]
        .map(own);
        let is_any = if_match.is_some()
            || if_none_match.is_some()
            || if_modified_since.is_some()
            || if_unmodified_since.is_some();
        // A request without a condition, as most are, allocates nothing.
        is_any.then(|| Self {
            method: environ.request_method().to_str().unwrap_or_default().into(),
            if_match,
            if_none_match,
            if_modified_since,
            if_unmodified_since,
            is_failed: false,
        })
    }

    fn conditions(&self) -> Conditions<'_> {
        Conditions::new()
            .if_match(self.if_match.as_ref())
            .if_none_match(self.if_none_match.as_ref())
            .if_modified_since(self.if_modified_since.as_ref())
            .if_unmodified_since(self.if_unmodified_since.as_ref())
    }
}

impl Filter for LateConditions {
    fn head(&mut self, head: &mut Head) -> Result<Scope> {
        if !head.is_committed() {
            return Ok(Scope::Head);
        }
        let conditions = self.conditions();
        let Some(answer) = refusal(&self.method, &conditions, &head.status, &head.headers) else {
            return Ok(Scope::Head);
        };
        refuse(&mut head.status, &mut head.headers, &answer)?;
        self.is_failed = matches!(answer, Answer::PreconditionFailed);
        Ok(Scope::Body)
    }

    /// Drops a part of the representation.
    fn chunk(&mut self, _chunk: &[u8], _out: &mut dyn Write) -> io::Result<()> {
        Ok(())
    }

    fn end(&mut self, out: &mut dyn Write) -> io::Result<()> {
        match self.is_failed {
            true => out.write_all(delivery::PRECONDITION_FAILED.as_bytes()),
            false => Ok(()),
        }
    }
}
