//! Single crates of the family in other frameworks.
//!
//! Each file of the tests is an example, which a README shows, and the test of it.
#![forbid(unsafe_code)]
