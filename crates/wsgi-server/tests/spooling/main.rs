//! Large bodies that are spooled before the application is called.

#[path = "../support/mod.rs"]
mod support;

mod ends;
mod room;
mod scarce;
#[cfg(target_os = "linux")] // counts open files in `/proc`
mod storage;
mod storm;
mod way;
mod whole;
