//! Large bodies that are taken in whole before the application is called.

#[path = "../support/mod.rs"]
mod support;

mod ends;
mod room;
mod storage;
mod way;
mod whole;
