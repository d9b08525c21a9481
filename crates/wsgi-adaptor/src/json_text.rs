//! JSON texts of clients.

use std::str;

use serde::de::{DeserializeOwned, Error as _, IgnoredAny};
use serde_json::{Error, from_slice, from_str};

use crate::{json_pointer::pointer, request_error::RequestError};

/// Parses a JSON text, which is UTF-8 (RFC 8259 section 8.1).
pub(crate) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, RequestError> {
    let parsed = match str::from_utf8(bytes) {
        // The parser stops at a value that does not fit, and what follows may be malformed.
        Ok(text) => from_str(text).map_err(|unfit| match from_str::<IgnoredAny>(text) {
            Ok(_) => (unfit, true),
            Err(malformed) => (malformed, false),
        }),
        Err(invalid) => Err((not_utf8(bytes, invalid.valid_up_to()), false)),
    };
    parsed.map_err(|(cause, is_well_formed)| RequestError::Json {
        pointer: pointer(bytes, &cause),
        cause,
        is_well_formed,
    })
}

/// The error of the parser for a text with a byte that is not UTF-8.
fn not_utf8(bytes: &[u8], at: usize) -> Error {
    // This looks at no byte of a string, and everything outside of strings is ASCII.
    let Err(malformed) = from_slice::<IgnoredAny>(bytes) else {
        // A text of one string has the fault at the same place.
        let before = bytes.iter().take(at.saturating_sub(1));
        let blank = before.map(|&byte| if byte == b'\n' { byte } else { b' ' });
        let string = blank.chain(*b"\"\xff\"").collect::<Vec<_>>();
        let error = from_slice::<String>(&string).err();
        return error.unwrap_or_else(|| Error::custom("it is not UTF-8"));
    };
    malformed
}
