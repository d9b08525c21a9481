//! The numbers of a server, after traffic that is known.

mod connections;
mod ends;
#[cfg(all(feature = "fastcgi", feature = "scgi", feature = "uwsgi"))]
mod gateways;
mod measured;
mod readings;
mod refusals;
mod requests;
#[path = "../support/mod.rs"]
mod support;
