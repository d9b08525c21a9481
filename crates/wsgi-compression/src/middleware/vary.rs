//! The field `Vary` (RFC 9110, section 12.5.5).

use wsgi_application::Result;
use wsgi_headers::{Headers, list_members};

/// Adds `Accept-Encoding` to `Vary`, unless it or `*` is there.
pub(crate) fn by_accept_encoding(headers: &mut Headers) -> Result<()> {
    let varies = headers.get_all("Vary").any(|value| {
        list_members(value.as_bytes())
            .any(|name| name == b"*" || name.eq_ignore_ascii_case(b"Accept-Encoding"))
    });
    if !varies {
        headers.append("Vary", "Accept-Encoding")?;
    }
    Ok(())
}
