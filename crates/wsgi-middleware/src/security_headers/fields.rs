//! The fields of every response.

use std::sync::Arc;

use wsgi_application::Head;
use wsgi_headers::{Headers, InvalidHeader};

use super::{
    frame_ancestors::FrameAncestors,
    hsts::Hsts,
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
    frame_options: Option<&'static str>,
    pub(super) hsts: Option<String>,
    without_hsts: Prepared,
    with_hsts: Prepared,
}

/// The fields with or without the wish for https, ready to be copied.
#[derive(Default)]
struct Prepared {
    /// The fields of all responses, also of those that others may not replace.
    always: Arc<Headers>,
    /// The same with those of a page that has no policy of its own and asks for no nonce.
    page: Headers,
}

impl Fields {
    pub(super) fn new() -> Self {
        let fixed = Headers::from_fields(DEFAULTS);
        let mut fields = Self {
            fixed: fixed.expect("the fields are valid"),
            policy: Policy::new(),
            frame_options: FrameAncestors::default().frame_options(),
            hsts: None,
            without_hsts: Prepared::default(),
            with_hsts: Prepared::default(),
        };
        fields.prepare();
        fields
    }

    #[track_caller]
    pub(super) fn set(&mut self, name: &str, value: &str) {
        check_has_no_method(name);
        if let Err(error) = self.fixed.set(name, value) {
            panic!("{name}: {value:?}: {error}");
        }
        self.prepare();
    }

    #[track_caller]
    pub(super) fn remove(&mut self, name: &str) {
        check_has_no_method(name);
        self.fixed.remove(name);
        self.prepare();
    }

    pub(super) fn set_ancestors(&mut self, ancestors: FrameAncestors) {
        self.frame_options = ancestors.frame_options();
        self.policy.set_ancestors(ancestors);
        self.prepare();
    }

    #[track_caller]
    pub(super) fn set_policy(&mut self, policy: &str) {
        self.policy.set(policy);
        self.prepare();
    }

    pub(super) fn set_hsts(&mut self, hsts: Hsts) {
        self.hsts = Some(hsts.to_string());
        self.prepare();
    }

    /// Adds the fields that the application has not set.
    pub(super) fn put_on(
        &self,
        head: &mut Head,
        has_hsts: bool,
        nonce: Option<&str>,
    ) -> Result<(), InvalidHeader> {
        let prepared = self.prepared(has_hsts);
        let headers = &mut head.headers;
        // A browser would put a policy in place of the one that it stored with the page, whose
        // nonce is another (RFC 9111 section 4.3.4).
        if head.status.code() == 304 {
            return headers.set_defaults(&prepared.always);
        }
        if nonce.is_none() && !headers.contains(POLICY) && !headers.contains(FRAME_OPTIONS) {
            return headers.set_defaults(&prepared.page);
        }
        headers.set_defaults(&prepared.always)?;
        self.put_policies_on(headers, nonce)
    }

    /// Adds the fields that depend on those of the application, or have a nonce.
    fn put_policies_on(
        &self,
        headers: &mut Headers,
        nonce: Option<&str>,
    ) -> Result<(), InvalidHeader> {
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

    /// The fields of error pages. A page of the application has its own policy.
    pub(super) fn of_errors(&self, has_hsts: bool) -> &Arc<Headers> {
        &self.prepared(has_hsts).always
    }

    fn prepared(&self, has_hsts: bool) -> &Prepared {
        match has_hsts {
            true => &self.with_hsts,
            false => &self.without_hsts,
        }
    }

    fn prepare(&mut self) {
        self.without_hsts = self.prepared_with(None);
        self.with_hsts = self.prepared_with(self.hsts.as_deref());
    }

    fn prepared_with(&self, hsts: Option<&str>) -> Prepared {
        let mut always = self.fixed.clone();
        let wish = hsts.map_or(Ok(()), |hsts| always.append(HSTS, hsts));
        let mut page = always.clone();
        let with_policies = self.put_policies_on(&mut page, None);
        wish.and(with_policies).expect("the fields are valid");
        let always = Arc::new(always);
        Prepared { always, page }
    }
}

/// Checks that a field is not one of those that other methods set.
#[track_caller]
fn check_has_no_method(name: &str) {
    let is = |other: &&str| name.eq_ignore_ascii_case(other);
    let own = [POLICY, FRAME_OPTIONS, HSTS].into_iter().find(is);
    assert!(own.is_none(), "{name} has a method of its own");
}
