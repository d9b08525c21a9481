//! TLS: certificates, and the configurations of listeners.

pub(crate) mod builder;
pub(crate) mod error;
pub(crate) mod listener_tls;
pub(crate) mod pem;
pub(crate) mod setup;
