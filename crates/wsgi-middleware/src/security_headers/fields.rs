//! The fields of every response.

use wsgi_application::Head;
use wsgi_headers::{Headers, InvalidHeader};

use super::{
    frame_ancestors::FrameAncestors,
    policy::{Policy, has_frame_ancestors},
};

const POLICY: &str = "Content-Security-Policy";
const FRAME_OPTIONS: &str = "X-Frame-Options";
const HSTS: &str = "Strict-Transport-Security";

/// The fields that do not depend on the request, where browsers' defaults are weaker.
const DEFAULTS: [(&str, &str); 4] = [
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "strict-origin-when-cross-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
];

pub(super) struct Fields {
    pub(super) fixed: Headers,
    pub(super) policy: Policy,
    pub(super) frame_options: Option<&'static str>,
    pub(super) hsts: Option<String>,
}

impl Fields {
    pub(super) fn new() -> Self {
        let fixed = Headers::from_fields(DEFAULTS);
        Self {
            fixed: fixed.expect("the fields are valid"),
            policy: Policy::new(),
            frame_options: FrameAncestors::default().frame_options(),
            hsts: None,
        }
    }

    #[track_caller]
    pub(super) fn set(&mut self, name: &str, value: &str) {
        let is = |other: &&str| name.eq_ignore_ascii_case(other);
        let own = [POLICY, FRAME_OPTIONS, HSTS].into_iter().find(is);
        assert!(own.is_none(), "{name} has a method of its own");
        if let Err(error) = self.fixed.set(name, value) {
            panic!("{name}: {value:?}: {error}");
        }
    }

    /// Adds the fields that the application has not set.
    pub(super) fn put_on(
        &self,
        head: &mut Head,
        is_https: bool,
        nonce: Option<&str>,
    ) -> Result<(), InvalidHeader> {
        let headers = &mut head.headers;
        self.put_simple_on(headers, is_https)?;
        // A browser would put these in place of those that it stored with the page, whose nonce is
        // another (RFC 9111 section 4.3.4).
        if head.status.code() == 304 {
            return Ok(());
        }
        if nonce.is_some() {
            headers.set_default("Cache-Control", "no-store")?;
        }
        let has_options = headers.contains(FRAME_OPTIONS);
        let (mut has_policy, mut has_ancestors) = (false, false);
        for policy in headers.get_all(POLICY) {
            has_policy = true;
            has_ancestors |= has_frame_ancestors(policy.as_bytes());
        }
        if let Some(options) = self.frame_options
            && !has_ancestors
        {
            headers.set_default(FRAME_OPTIONS, options)?;
        }
        if has_policy {
            // A browser obeys both policies.
            return match self.policy.ancestors() {
                Some(ancestors) if !has_ancestors && !has_options => {
                    headers.append(POLICY, ancestors)
                }
                _ => Ok(()),
            };
        }
        match nonce {
            Some(nonce) => headers.set(POLICY, self.policy.with_nonce(nonce, !has_options)),
            None => match self.policy.plain(!has_options) {
                "" => Ok(()),
                policy => headers.set(POLICY, policy),
            },
        }
    }

    /// Adds the fields to those of error pages. A page of the application has its own policy.
    pub(super) fn put_on_errors(
        &self,
        fields: &mut Headers,
        is_https: bool,
    ) -> Result<(), InvalidHeader> {
        self.put_simple_on(fields, is_https)
    }

    fn put_simple_on(&self, headers: &mut Headers, is_https: bool) -> Result<(), InvalidHeader> {
        for (name, value) in &self.fixed {
            headers.set_default(name, value)?;
        }
        match &self.hsts {
            Some(hsts) if is_https => headers.set_default(HSTS, hsts).map(drop),
            _ => Ok(()),
        }
    }
}
