//! The names of other frameworks, those of this family, and what differs.

#[doc = include_str!("../coming-from/python.md")]
pub mod python {}

// The programs of others on this page are tests of the workspace.
#[doc = include_str!("../coming-from/rust.md")]
pub mod rust {}
