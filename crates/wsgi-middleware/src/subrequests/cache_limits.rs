//! The limits of caches, as of one response in place of another.

use std::time::SystemTime;

use wsgi_headers::{Headers, InvalidHeader, Value, list_members, parse_http_date};

use crate::{
    members::list,
    shared_caches::{be_private, directives, is_named, is_targeted},
};

/// The directives by which a response restricts caches (RFC 9111 section 5.2.2), of all its fields.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct CacheLimits {
    is_private: bool,
    is_no_store: bool,
    is_no_cache: bool,
    is_no_transform: bool,
}

impl CacheLimits {
    pub(crate) fn of(headers: &Headers) -> Self {
        let fields = headers
            .iter()
            .filter(|(name, _)| name.eq_ignore_ascii_case("Cache-Control") || is_targeted(name));
        let mut limits = Self::default();
        for directive in fields.flat_map(|(_, value)| list_members(value.as_bytes())) {
            let says = |name| is_named(directive, name);
            limits.is_private |= says("private");
            limits.is_no_store |= says("no-store");
            limits.is_no_cache |= says("no-cache") || is_no_life(directive);
            limits.is_no_transform |= says("no-transform");
        }
        limits.is_no_cache |= has_expired(headers);
        limits
    }

    /// Adds these limits to those of a response. Then `Cache-Control` alone counts.
    pub(crate) fn restrict(self, headers: &mut Headers) -> Result<(), InvalidHeader> {
        if self == Self::default() {
            return Ok(());
        }
        let own = Self::of(headers);
        headers.retain(|name, _value| !is_targeted(name));
        if self.is_no_store || own.is_no_store {
            headers.set("Cache-Control", "no-store")?;
        } else {
            if self.is_private || own.is_private {
                be_private(headers)?;
            }
            if self.is_no_cache || own.is_no_cache {
                add(headers, b"no-cache")?;
            }
        }
        if self.is_no_transform || own.is_no_transform {
            add(headers, b"no-transform")?;
        }
        Ok(())
    }
}

/// Whether a field tells caches how long a response lives, or whether they may store it.
pub(crate) fn is_of_caches(name: &str) -> bool {
    let known = ["Cache-Control", "Expires"];
    known.iter().any(|known| known.eq_ignore_ascii_case(name)) || is_targeted(name)
}

/// Adds a directive to `Cache-Control`.
fn add(headers: &mut Headers, directive: &[u8]) -> Result<(), InvalidHeader> {
    if directives(headers).any(|known| known.eq_ignore_ascii_case(directive)) {
        return Ok(());
    }
    let value = list(directives(headers).chain([directive]));
    headers.set("Cache-Control", value)
}

/// Whether `Expires` gives a response no life at all: it has passed, or is no date, such as `0`
/// (RFC 9111 section 5.3). With `max-age`, it does not count.
fn has_expired(headers: &Headers) -> bool {
    let has_passed = |value: Value<'_>| {
        parse_http_date(value).is_none_or(|expires| expires <= SystemTime::now())
    };
    headers.get_all("Expires").any(has_passed)
        && !directives(headers).any(|directive| is_named(directive, "max-age"))
}

/// Whether a directive gives a response no life at all. Then caches ask for it each time.
fn is_no_life(directive: &[u8]) -> bool {
    let Some(equals) = directive.iter().position(|&byte| byte == b'=') else {
        return false;
    };
    let seconds = directive[equals + 1..].trim_ascii();
    (is_named(directive, "max-age") || is_named(directive, "s-maxage"))
        && !seconds.is_empty()
        && seconds.iter().all(|&byte| matches!(byte, b'0' | b'"'))
}
