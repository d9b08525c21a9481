//! Tests that cross crates, and the front door's examples.
#![forbid(unsafe_code)]

/// The README of the repository, whose code is compiled as a documentation test.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
