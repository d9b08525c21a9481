//! The certificates of clients.

pub(crate) mod client_auth;
pub(crate) mod verifier;
