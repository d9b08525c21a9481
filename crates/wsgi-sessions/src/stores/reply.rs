//! What a server says became of a request.

use crate::{Record, StoreError, Write};

/// The words of an answer.
///
/// A request that is repeated may have been done at its first try, and what stands in its way now
/// may have come after that. Where the words cannot tell, the answer is that nobody knows.
pub(crate) struct Reply<'a> {
    pub(crate) words: &'a [&'a [u8]],
    /// Whether the server may have done the request before.
    pub(crate) is_repeated: bool,
}

pub(crate) fn created(reply: &Reply<'_>) -> Result<(), StoreError> {
    match reply.words {
        [b"DONE"] => Ok(()),
        // The first try may have been done, and its session retired since.
        [b"EXISTS"] if reply.is_repeated => Err(unknown()),
        _ => Err(error(reply)),
    }
}

pub(crate) fn saved(reply: &Reply<'_>) -> Result<Write, StoreError> {
    match reply.words {
        // Whatever ended the session, the first try is not what is gone.
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

pub(crate) fn retired(reply: &Reply<'_>) -> Result<Write, StoreError> {
    match reply.words {
        // It may have gone by the first try, which then was done, or by another's.
        [b"GONE"] if reply.is_repeated => Err(unknown()),
        [b"GONE"] => Ok(Write::Gone),
        _ => written(reply),
    }
}

fn written(reply: &Reply<'_>) -> Result<Write, StoreError> {
    match reply.words {
        [b"DONE"] => Ok(Write::Done),
        [b"CONFLICT", _] if reply.is_repeated => Err(unknown()),
        [b"CONFLICT", record] => Record::decode(record).map(Write::Conflict),
        _ => Err(error(reply)),
    }
}

/// What an answer says that is none of the request's own.
pub(crate) fn error(reply: &Reply<'_>) -> StoreError {
    match reply.words {
        [b"CORRUPT"] => StoreError::Corrupt,
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
    StoreError::unavailable("the answer of the server is not understood")
}

fn unknown() -> StoreError {
    StoreError::unavailable("the connection broke, and what was written is not known")
}
