//! One suite for every gateway: pairs of a client and an application, and what
//! comes of them, whatever stands between the two.
#![forbid(unsafe_code)]

mod client;
mod expected;
mod gateway;
mod notes;
mod pair;
mod pairs;
mod request;
mod response;
mod suite;

pub use client::{exchange, receive_cgi};
pub use expected::Expected;
pub use gateway::{Front, Gateway, Protocol, Socket};
pub use notes::Notes;
pub use pair::{Difference, Pair};
pub use pairs::pairs;
pub use request::{Payload, Request};
pub use response::Response;
pub use suite::{PATIENCE, Run, run, site};

/// The README of the repository, whose code is compiled as a documentation test.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
