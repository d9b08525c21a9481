//! Proxies that may speak for a client, and the fields in which they do.

mod forwarded;
pub(crate) mod forwarded_by;
mod forwarding;
pub(crate) mod node;
mod scheme;
pub(crate) mod trusted_peers;
pub(crate) mod trusted_proxies;
mod url_prefix;
mod x_forwarded;
