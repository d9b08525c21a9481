//! The fields of a request that a response depends on.

use wsgi_headers::{Headers, InvalidHeader};

use crate::members::{list, members};

/// Says in `Vary` that the response depends on a field of the request (RFC 9110 section 12.5.5).
pub(crate) fn vary_by(headers: &mut Headers, name: impl AsRef<[u8]>) -> Result<(), InvalidHeader> {
    let name = name.as_ref();
    let says_so = |member: &[u8]| member == b"*" || member.eq_ignore_ascii_case(name);
    if members(headers, "Vary").any(says_so) {
        return Ok(());
    }
    let value = list(members(headers, "Vary").chain([name]));
    headers.set("Vary", value)
}
