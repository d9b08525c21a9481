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
    let mut hash = Sha256::new();
    hash.update(env!("CARGO_PKG_VERSION"));
    let mut add = |text: &str| {
        hash.update(b"\n");
        hash.update(text);
    };
    let parent = site.parent.as_deref().unwrap_or_default();
    for setting in [&*site.title, &site.author, parent] {
        add(setting);
    }
    if matches!(kind, Kind::Html | Kind::Xhtml) {
        add(&site.policy); // with a hash of the style
        add(&site.header(request));
        add(&site.frame.footer(request));
    }
    states.into_iter().for_each(add);
    let opaque = format!("{}-{}", hex(&hash.finalize()[..16]), kind.name());
    EntityTag::strong(opaque).expect("digits, letters and a hyphen")
}

/// Checks the conditions of a request that changes an entry (RFC 9110, section 13).
///
/// All representations show the same state. So `If-Match` may have the tag of any of them, and
/// `If-None-Match` of none.
///
/// # Errors
///
/// 412 if the entry is not in the state that the client expects.
pub(crate) fn check(
    site: &Site,
    request: &Request<'_>,
    current: Option<&Entry>,
) -> Result<(), HttpError> {
    let environ = request.environ();
    let field = |name: &str| environ.get(name).map(Value::as_bytes);
    let conditions = Conditions::new()
        .if_match(field("HTTP_IF_MATCH"))
        .if_none_match(field("HTTP_IF_NONE_MATCH"));
    let method = request.method();
    let performs = |current: Option<&Validators>| {
        conditions.evaluate(method.to_str().unwrap_or_default(), current) == Verdict::Perform
    };
    let performs = match current.map(Entry::state) {
        None => performs(None),
        Some(state) => {
            let each = Kind::ALL
                .map(|kind| Validators::new().with_etag(tag(site, request, kind, [&*state])));
            let mut each = each.iter().map(|validators| performs(Some(validators)));
            match field("HTTP_IF_MATCH") {
                Some(_) => each.any(|performs| performs),
                None => each.all(|performs| performs),
            }
        }
    };
    match performs {
        true => Ok(()),
        false => Err(HttpError::new(
            412,
            "the entry is in another state than you expect",
        )),
    }
}
