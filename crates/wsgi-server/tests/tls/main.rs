//! HTTPS: handshakes, requests, and ends.

mod client;
mod client_certificates;
mod ends;
mod handshakes;
mod proxied;
mod reloads;
mod requests;
#[path = "../support/mod.rs"]
mod support;
