//! A request's head, where it was received.

use crate::requests::head::Head;

/// A head, with the bytes it was parsed from. Of a request that is refused, it need not be
/// complete.
#[derive(Clone, Copy)]
pub(crate) struct Request<'a> {
    pub(crate) head: &'a Head,
    pub(crate) bytes: &'a [u8],
}
