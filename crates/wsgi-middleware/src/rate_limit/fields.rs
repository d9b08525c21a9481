//! The header fields about a limit: `Retry-After` (RFC 9110 section 10.2.3), `RateLimit-Policy` and
//! `RateLimit` (draft-ietf-httpapi-ratelimit-headers-10, sections 3 and 4).

use wsgi_application::{Filter, Head, Headers, Result, Scope};

use super::quota::{Quota, Verdict};

pub(super) struct Fields {
    policy: String,
    limit: String,
    /// For refused requests.
    retry_after: Option<String>,
}

impl Fields {
    /// The fields for a decision under the policy with this quoted name.
    ///
    /// The advertised quota is a burst in the time in which it becomes available again. A client
    /// that keeps to it is never refused.
    pub(super) fn new(name: &str, quota: &Quota, verdict: &Verdict) -> Self {
        let (burst, window) = (quota.max_burst(), quota.full_after());
        let Verdict {
            is_admitted,
            remaining,
            wait,
        } = verdict;
        Self {
            policy: format!("{name};q={burst};w={window}"),
            limit: format!("{name};r={remaining};t={wait}"),
            retry_after: (!is_admitted).then(|| wait.to_string()),
        }
    }

    /// Adds the fields, beside those of other limits.
    pub(super) fn append_to(&self, headers: &mut Headers) -> Result<()> {
        headers.append("RateLimit-Policy", &self.policy)?;
        headers.append("RateLimit", &self.limit)?;
        if let Some(retry_after) = &self.retry_after {
            headers.set_default("Retry-After", retry_after)?;
        }
        Ok(())
    }
}

impl Filter for Fields {
    fn head(&mut self, head: &mut Head) -> Result<Scope> {
        self.append_to(&mut head.headers)?;
        Ok(Scope::Head)
    }
}

/// A string of printable ASCII in a structured field (RFC 9651 section 4.1.6).
pub(super) fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        if matches!(character, '"' | '\\') {
            quoted.push('\\');
        }
        quoted.push(character);
    }
    quoted + "\""
}
