//! TLS: certificates, the authorities of clients, tickets of sessions, and the configurations of
//! listeners that are made of them.

pub(crate) mod builder;
pub(crate) mod certificates;
pub(crate) mod clients;
pub(crate) mod contents;
pub(crate) mod error;
pub(crate) mod facts;
pub(crate) mod listener_tls;
pub(crate) mod pem;
pub(crate) mod server_name;
pub(crate) mod setup;
pub(crate) mod sources;
pub(crate) mod tickets;
pub(crate) mod version;

#[cfg(test)]
mod tests;
