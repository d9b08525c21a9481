//! TLS: certificates, and the configurations of listeners.

pub(crate) mod builder;
pub(crate) mod error;
pub(crate) mod facts;
pub(crate) mod listener_tls;
pub(crate) mod pem;
pub(crate) mod server_name;
pub(crate) mod setup;
