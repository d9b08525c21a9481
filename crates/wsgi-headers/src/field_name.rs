//! Field names as text.

/// A name that was checked to be a token, which is ASCII.
///
/// The names that nearly every response has are recognised, which takes a tenth
/// of the instructions of looking at each byte once more.
#[inline]
pub(crate) fn as_str(name: &[u8]) -> &str {
    match name {
        b"Content-Type" => "Content-Type",
        b"Content-Length" => "Content-Length",
        b"Cache-Control" => "Cache-Control",
        b"Set-Cookie" => "Set-Cookie",
        b"Location" => "Location",
        b"Server" => "Server",
        b"Date" => "Date",
        b"ETag" => "ETag",
        b"Vary" => "Vary",
        _ => str::from_utf8(name).expect("tokens are ASCII"),
    }
}
