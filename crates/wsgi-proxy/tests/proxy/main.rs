//! The proxy in front of servers that behave, and of those that do not.

mod clients;
mod connections;
mod live;
mod malformed;
mod requests;
mod responses;
mod streaming;
mod timeouts;
#[cfg(feature = "tls")]
mod tls;
#[cfg(unix)]
mod unix_sockets;
mod upstream;
