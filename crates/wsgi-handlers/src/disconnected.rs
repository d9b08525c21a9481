//! Errors of an output whose reader went away.

use std::io::{self, ErrorKind};

/// Whether the error means that the reader of the output went away.
pub(crate) fn is_disconnected(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::BrokenPipe | ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted
    )
}
