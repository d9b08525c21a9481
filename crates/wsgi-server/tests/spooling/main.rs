//! Large bodies that are taken in whole before the application is called.

#[path = "../support/mod.rs"]
mod support;

mod ends;
mod room;
#[cfg(target_os = "linux")] // the open files are those of its `/proc`
mod storage;
mod storm;
mod way;
mod whole;
