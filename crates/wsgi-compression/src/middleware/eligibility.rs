//! The responses that may be compressed.

use wsgi_application::Head;
use wsgi_headers::{Value, list_members};

use super::{settings::Settings, wishes::Wishes};

/// A response that may be compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Eligible {
    /// The length of the body, if it is declared.
    pub(crate) length: Option<u64>,
}

impl Eligible {
    /// `None` if the response must stay as it is, or is better so.
    pub(crate) fn check(head: &Head, settings: &Settings, wishes: &Wishes) -> Option<Self> {
        if matches!(head.status.code(), 204 | 205 | 206 | 304) {
            return None;
        }
        let mut length = None;
        let mut is_worth_it = wishes.refuses_identity;
        for (name, value) in &head.headers {
            let is = |other: &str| name.eq_ignore_ascii_case(other);
            match name.len() {
                // Digests are those of the bytes as they are (RFC 9530).
                6 if is("Digest") => return None,
                // A front server sends a file in place of the body.
                10 if is("X-Sendfile") => return None,
                11 if is("Content-MD5") || is("Repr-Digest") => return None,
                12 if is("Content-Type") => is_worth_it |= is_compressible(settings, value),
                13 if is("Content-Range") => return None,
                13 if is("Cache-Control") && has_no_transform(value) => return None,
                14 if is("Content-Digest") => return None,
                14 if is("Content-Length") => length = Some(value.to_str().ok()?.parse().ok()?),
                16 if is("Content-Encoding") || is("X-Accel-Redirect") => return None,
                _ => {}
            }
        }
        let minimum = match wishes.refuses_identity {
            true => 1,
            false => settings.min_bytes,
        };
        (is_worth_it && length.is_none_or(|length| length >= minimum)).then_some(Self { length })
    }
}

fn is_compressible(settings: &Settings, content_type: Value<'_>) -> bool {
    content_type
        .to_str()
        .is_ok_and(|text| (settings.types)(text))
}

/// Whether `Cache-Control` forbids to change the content (RFC 9111, section 5.2.2.6).
fn has_no_transform(cache_control: Value<'_>) -> bool {
    let mut directives = list_members(cache_control.as_bytes());
    directives.any(|directive| directive.eq_ignore_ascii_case(b"no-transform"))
}
