//! One suite for every gateway. A case is an application, a request, and the response that a client
//! must see through each gateway.
#![forbid(unsafe_code)]

mod case;
mod cases;
mod client;
mod expected;
pub mod fronts;
mod gateway;
mod notes;
mod patience;
mod request;
mod response;
mod served;
mod suite;
mod tls_stream;

pub use case::{Case, Difference};
pub use cases::cases;
pub use client::{exchange, receive_cgi};
pub use expected::Expected;
pub use gateway::{Front, Gateway, Protocol, Scheme, Socket};
pub use notes::Notes;
pub use patience::{PATIENCE, eventually};
pub use request::{Payload, Request};
pub use response::Response;
pub use served::Served;
pub use suite::{Run, run, site};
pub use tls_stream::TlsStream;

/// The README of the repository, whose code is compiled as a documentation test.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
