//! Field names as text.

use crate::octets::is_token;

/// The text of a name that is a token, and therefore ASCII.
#[inline]
pub(crate) fn as_str(name: &[u8]) -> &str {
    // Mutant: an unknown name gives the same text.
    match known(name) {
        Some(name) => name,
        None => str::from_utf8(name).expect("tokens are ASCII"),
    }
}

/// Whether a name is a token.
#[inline]
pub(crate) fn is_valid(name: &[u8]) -> bool {
    known(name).is_some() || is_token(name)
}

/// The text of a name that nearly every response has. Recognising it takes a tenth of the
/// instructions of checking each byte.
#[inline]
fn known(name: &[u8]) -> Option<&'static str> {
    Some(match name {
        b"Content-Type" => "Content-Type",
        b"Content-Length" => "Content-Length",
        b"Cache-Control" => "Cache-Control",
        b"Set-Cookie" => "Set-Cookie",
        b"Location" => "Location",
        b"Server" => "Server",
        b"Date" => "Date",
        b"ETag" => "ETag",
        b"Vary" => "Vary",
        _ => return None,
    })
}
