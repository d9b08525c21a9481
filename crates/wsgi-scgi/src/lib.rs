#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

pub mod encode;
mod head;
mod header;
mod limits;
mod parse;
mod rejection;
mod scan;

pub use head::RequestHead;
pub use header::{Header, Span};
pub use limits::Limits;
pub use rejection::Rejection;
