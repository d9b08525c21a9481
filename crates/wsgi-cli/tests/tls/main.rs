//! The demo over https: as clients see it, when its files change, and when they are wrong.

#![cfg(unix)]

mod authority;
mod chromium;
mod client;
mod curl;
#[cfg(target_os = "linux")] // whose `/proc` has the figures
mod downloads;
mod errors;
mod openssl;
#[path = "../support/profile.rs"]
mod profile;
mod redirect;
mod reload;
mod self_signed;
#[path = "../support/mod.rs"]
mod support;
