#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod engine;
mod failure;
mod finished;
mod framing;
mod log;
mod sending;
mod transport;

pub use engine::{Engine, Exchange, Finished, Rest};
pub use failure::{Failure, Panic, diagnostics, error_output};
pub use finished::finished;
pub use framing::{Delimiter, Framing, Rules};
pub use transport::Transport;
