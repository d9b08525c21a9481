//! HTTP/1.1: what its responses have that others have not.

pub(crate) mod clock;
pub(crate) mod response;
