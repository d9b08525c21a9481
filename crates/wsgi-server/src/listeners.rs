//! Listening sockets: their origin, their addresses and their files.

pub(crate) mod address;
pub(crate) mod allowed_peers;
pub(crate) mod inherited;
pub(crate) mod listener;
#[cfg(feature = "restart")]
pub(crate) mod needs;
#[cfg(feature = "fastcgi")]
mod passed;
pub(crate) mod proxies;
#[cfg(feature = "proxy-protocol")]
pub(crate) mod proxy_protocol;
pub(crate) mod server_name;
pub(crate) mod socket_access;
pub(crate) mod socket_file;
