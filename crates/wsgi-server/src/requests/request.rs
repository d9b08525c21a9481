//! A request's head with its bytes.

use crate::requests::head::Head;

/// A head, with the bytes that it was parsed from. The head of a refused request may be incomplete.
#[derive(Clone, Copy)]
pub(crate) struct Request<'a> {
    pub(crate) head: &'a Head,
    pub(crate) bytes: &'a [u8],
}
