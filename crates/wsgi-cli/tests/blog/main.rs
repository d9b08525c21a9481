//! The blog of the demo as a process: by curl, in a browser, under kills, and by several processes.

#![cfg(unix)]

#[path = "../support/browser.rs"]
mod browser;
mod chromium;
mod client;
mod curl;
mod kills;
mod processes;
#[path = "../support/mod.rs"]
mod support;
