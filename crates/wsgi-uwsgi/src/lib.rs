#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

pub mod encode;
mod head;
mod limits;
mod packet;
mod param;
mod parse;
mod rejection;

pub use head::RequestHead;
pub use limits::Limits;
pub use param::{Param, Span};
pub use rejection::Rejection;
