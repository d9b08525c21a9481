//! The answers of a server.

use crate::{record::Record, store::Write, store_error::StoreError};

/// The words of an answer.
///
/// The first attempt of a repeated request may have been done, and another write may have followed
/// it. If the words cannot tell, the result is unknown.
pub(crate) struct Reply<'a> {
    pub(crate) words: &'a [&'a [u8]],
    /// Whether the server may already have done the request.
    pub(crate) is_repeated: bool,
}

pub(crate) fn created(reply: &Reply<'_>) -> Result<(), StoreError> {
    match reply.words {
        [b"DONE"] => Ok(()),
        // The first attempt may have been done, and its session retired since.
        [b"EXISTS"] if reply.is_repeated => Err(unknown()),
        _ => Err(error(reply)),
    }
}

pub(crate) fn saved(reply: &Reply<'_>) -> Result<Write, StoreError> {
    match reply.words {
        // Whatever ended the session, it was not the first attempt.
        [b"GONE"] => Ok(Write::Gone),
        [b"RETIRED"] => Ok(Write::Retired),
        _ => written(reply),
    }
}

pub(crate) fn touched(reply: &Reply<'_>) -> Result<bool, StoreError> {
    match reply.words {
        [b"DONE"] => Ok(true),
        [b"GONE"] => Ok(false),
        _ => Err(error(reply)),
    }
}

pub(crate) fn renewed(reply: &Reply<'_>) -> Result<Write, StoreError> {
    match reply.words {
        // The first attempt may have been done, and its session changed since.
        [b"EXISTS"] if reply.is_repeated => Err(unknown()),
        // If the first attempt was done, nothing conflicts with the second, and a session that is
        // gone ended after the first.
        [b"CONFLICT", rest @ ..] => record(rest).map(Write::Conflict),
        [b"GONE"] => Ok(Write::Gone),
        _ => written(reply),
    }
}

fn written(reply: &Reply<'_>) -> Result<Write, StoreError> {
    match reply.words {
        [b"DONE"] => Ok(Write::Done),
        [b"RETIRED"] => Ok(Write::Retired),
        [b"CONFLICT", ..] if reply.is_repeated => Err(unknown()),
        [b"CONFLICT", rest @ ..] => record(rest).map(Write::Conflict),
        _ => Err(error(reply)),
    }
}

/// Decodes a record, and the annex that may follow it.
pub(crate) fn record(words: &[&[u8]]) -> Result<Record, StoreError> {
    let (record, annex) = match words {
        [record] => (record, &b""[..]),
        [record, annex] => (record, *annex),
        _ => return Err(not_understood()),
    };
    Record::decode_with_annex(record, annex)
}

/// Converts an answer that is not specific to the request.
pub(crate) fn error(reply: &Reply<'_>) -> StoreError {
    match reply.words {
        [b"CORRUPT"] => StoreError::Corrupt,
        [b"FOREIGN"] => StoreError::Foreign,
        [b"EXISTS"] => StoreError::Exists,
        [b"FULL"] => StoreError::Full,
        [b"TOOLARGE"] => StoreError::TooLarge,
        [b"ERROR", why] => {
            let why = String::from_utf8_lossy(&why[..why.len().min(1000)]);
            StoreError::unavailable(format!("the session server says: {why}"))
        }
        _ => not_understood(),
    }
}

pub(crate) fn not_understood() -> StoreError {
    StoreError::unavailable("the server's answer is not understood")
}

pub(crate) fn unknown() -> StoreError {
    StoreError::unavailable("the connection broke, and it is unknown whether the write was done")
}
