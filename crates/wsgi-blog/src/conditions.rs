//! Entity tags of representations, and the conditions of requests that change an entry.

use sha2::{Digest, Sha256};
use wsgi::{
    HttpError, Request,
    files::{Conditions, EntityTag, Validators, Verdict},
    headers::Value,
};

use crate::{entry::Entry, kind::Kind, name::hex, site::Site};

/// The entity tag of a representation: of its kind, and of the states of what it shows. The
/// settings of the site, its frame and the version of this crate can change how it shows them.
pub(crate) fn tag<'a>(
    site: &Site,
    request: &Request<'_>,
    kind: Kind,
    states: impl IntoIterator<Item = &'a str>,
) -> EntityTag {
    Look::of(site, request, kind).tag(states)
}

/// The look of a kind of representation, whatever it shows.
struct Look {
    kind: Kind,
    hash: Sha256,
}

impl Look {
    /// The look of a kind. It calls the functions that write the frame of the site.
    fn of(site: &Site, request: &Request<'_>, kind: Kind) -> Self {
        let hash = Sha256::new_with_prefix(env!("CARGO_PKG_VERSION"));
        let mut look = Self { kind, hash };
        let parent = site.parent.as_deref().unwrap_or_default();
        for setting in [&*site.title, &site.author, parent] {
            look.add(setting);
        }
        if matches!(kind, Kind::Html | Kind::Xhtml) {
            look.add(&site.policy); // with a hash of the style
            look.add(&site.header(request));
            look.add(&site.frame.footer(request));
        }
        look
    }

    fn add(&mut self, text: &str) {
        self.hash.update(b"\n");
        self.hash.update(text);
    }

    /// The entity tag of a representation of these states.
    fn tag<'a>(mut self, states: impl IntoIterator<Item = &'a str>) -> EntityTag {
        states.into_iter().for_each(|state| self.add(state));
        let opaque = format!("{}-{}", hex(&self.hash.finalize()[..16]), self.kind.name());
        EntityTag::strong(opaque).expect("digits, letters and a hyphen")
    }
}

/// The conditions of a request that changes an entry (RFC 9110, section 13).
///
/// All representations show the same state. So `If-Match` may have the tag of any of them, and
/// `If-None-Match` of none.
pub(crate) struct Expected<'a> {
    method: &'a str,
    if_match: Option<&'a [u8]>,
    if_none_match: Option<&'a [u8]>,
    /// Those of all kinds, if there is a condition.
    looks: Vec<Look>,
}

impl<'a> Expected<'a> {
    /// The conditions of a request. It calls the functions that write the frame of the site, which
    /// may take their time, so no lock may be held.
    pub(crate) fn of(site: &Site, request: &Request<'a>) -> Self {
        let environ = request.environ();
        let field = |name: &str| environ.get(name).map(Value::as_bytes);
        let (if_match, if_none_match) = (field("HTTP_IF_MATCH"), field("HTTP_IF_NONE_MATCH"));
        let looks = match if_match.or(if_none_match) {
            Some(_) => Kind::ALL.map(|kind| Look::of(site, request, kind)).into(),
            None => Vec::new(),
        };
        Self {
            method: request.method().to_str().unwrap_or_default(),
            if_match,
            if_none_match,
            looks,
        }
    }

    /// Checks that the conditions hold, all of them (RFC 9110, section 13.2.2).
    ///
    /// # Errors
    ///
    /// 412 if the entry is not in the state that the client expects.
    pub(crate) fn check(self, current: Option<&Entry>) -> Result<(), HttpError> {
        let state = current.map(Entry::state);
        let validators = |look: Look| Some(Validators::new().with_etag(look.tag(state.as_deref())));
        let all: Vec<Option<Validators>> = match current {
            Some(_) => self.looks.into_iter().map(validators).collect(),
            None => vec![None],
        };
        let performs = |conditions: &Conditions<'_>, current: &Option<Validators>| {
            conditions.evaluate(self.method, current.as_ref()) == Verdict::Perform
        };
        let (matches, differs) = (
            Conditions::new().if_match(self.if_match),
            Conditions::new().if_none_match(self.if_none_match),
        );
        let is_there = self.if_match.is_none() || all.iter().any(|one| performs(&matches, one));
        match is_there && all.iter().all(|one| performs(&differs, one)) {
            true => Ok(()),
            false => Err(HttpError::new(
                412,
                "the entry is in another state than you expect",
            )),
        }
    }
}
