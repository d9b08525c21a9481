#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod mounts;

pub use mounts::{Mounts, not_found};
