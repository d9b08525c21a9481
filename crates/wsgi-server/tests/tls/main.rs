//! HTTPS: handshakes, requests, and ends.

mod client;
mod ends;
mod handshakes;
mod proxied;
mod requests;
#[path = "../support/mod.rs"]
mod support;
