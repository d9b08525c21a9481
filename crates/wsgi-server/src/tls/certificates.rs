//! The certificates of a server.

pub(crate) mod by_name;
pub(crate) mod certificate;
