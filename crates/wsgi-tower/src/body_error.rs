//! The error of a body that ends too early.

use std::{error::Error, fmt};

/// The error of a [`ResponseBody`](crate::ResponseBody) that ends too early. The server must cut
/// the connection or reset the stream, so that the client notices. The application's own error is
/// in the errors stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BodyError;

impl fmt::Display for BodyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the application has failed within the body of its response")
    }
}

impl Error for BodyError {}
