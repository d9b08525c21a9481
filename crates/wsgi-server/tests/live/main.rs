//! Live bodies: pages that stay open, hold no thread, and send what comes.

#[path = "../support/mod.rs"]
mod support;

mod clients;
mod ends;
mod framing;
mod many;
mod open_pages;
#[cfg(all(feature = "fastcgi", feature = "scgi", feature = "uwsgi"))]
mod protocols;
mod threads;
