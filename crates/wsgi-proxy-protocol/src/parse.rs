//! Parsing a complete header of either version.

use crate::{binary, header::Header, limits::Limits, line, rejection::Rejection};

impl<'a> Header<'a> {
    /// Parses the header at the start of `bytes`. Returns `None` if its end has not come yet.
    ///
    /// After `None`, call it again with the same bytes followed by more. The result does not
    /// depend on how the bytes are cut. The caller never needs to hold more bytes than
    /// [`Limits::header_limit`]. If the connection ends after `None`, the header is incomplete, and
    /// nobody knows who the client is.
    ///
    /// # Errors
    ///
    /// The bytes are not a header, or the header is malformed or above the limit: see
    /// [`Rejection`].
    pub fn parse(bytes: &'a [u8], limits: &Limits) -> Result<Option<Self>, Rejection> {
        // Both signatures differ in their first byte, and are read no further than that goes.
        for (signature, parse) in [
            (&line::SIGNATURE[..], line::parse as Parse<'a>),
            (&binary::SIGNATURE[..], binary::parse),
        ] {
            let begun = signature.len().min(bytes.len());
            if bytes[..begun] == signature[..begun] {
                return match begun == signature.len() {
                    true => parse(bytes, limits),
                    false => Ok(None),
                };
            }
        }
        Err(Rejection::NotProxy)
    }
}

/// A parser of one version, for bytes that begin with its signature.
type Parse<'a> = fn(&'a [u8], &Limits) -> Result<Option<Header<'a>>, Rejection>;
