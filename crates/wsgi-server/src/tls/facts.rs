//! The facts of a TLS connection in the environ.

pub(crate) mod cipher_name;
pub(crate) mod client_facts;
pub(crate) mod tls_facts;
