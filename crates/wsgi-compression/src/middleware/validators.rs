//! Validators of a representation that is compressed (RFC 9110, section 8.8).

use wsgi_application::Result;
use wsgi_headers::Headers;

/// Makes a strong `ETag` weak. The compressed bytes differ from those that it was made for, and may
/// differ from one time to the next (RFC 9110, section 8.8.3.3).
pub(crate) fn weaken_tag(headers: &mut Headers) -> Result<()> {
    let weak = match headers.get("ETag") {
        Some(tag) if tag.as_bytes().starts_with(b"\"") => [b"W/", tag.as_bytes()].concat(),
        _ => return Ok(()),
    };
    headers.set("ETag", weak)?;
    Ok(())
}

/// Whether a list of tags, as in `If-None-Match`, has a weak one.
pub(crate) fn has_weak_tag(tags: &[u8]) -> bool {
    tags.windows(3).any(|bytes| bytes == b"W/\"")
}
