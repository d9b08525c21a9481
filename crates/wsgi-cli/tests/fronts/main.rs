//! The demo behind each front server, by the configurations of the pages about deployment.
//!
//! The client is at another address than the front server: 127.0.0.2, which Linux has without
//! further settings.

#![cfg(target_os = "linux")]

#[path = "../support/mod.rs"]
mod support;

mod apache2;
mod browser;
mod check;
mod h2o;
mod haproxy;
mod lighttpd;
mod nginx;
