//! HTTPS: handshakes, requests, and ends.

mod client;
mod client_certificates;
mod deadlines;
mod ends;
mod handshakes;
mod hostile_records;
mod live_pages;
#[cfg(feature = "metrics")]
mod metrics;
mod proxied;
mod random_records;
mod records;
mod reloads;
mod requests;
mod resets;
#[path = "../support/mod.rs"]
mod support;
