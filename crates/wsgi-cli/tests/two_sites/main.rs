//! Pages of one site that send requests to another, in a browser. The demo's browser is the client
//! of small sites, each in this process.

#![cfg(unix)]

#[path = "../support/browser.rs"]
mod browser;
mod site;

/// Tests that need `chromium`.
mod chromium {
    mod cors;
    mod sessions;
}
