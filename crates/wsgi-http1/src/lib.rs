#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod authority;
mod body;
mod chunked;
pub mod encode;
mod escape;
mod framing;
mod head;
mod limits;
mod line;
mod parse;
mod rejection;
mod scan;
mod target;
mod token;
mod version;

pub use body::{BodyDecoder, Decoded};
pub use framing::BodyLength;
pub use head::{Field, RequestHead, Span};
pub use limits::Limits;
pub use rejection::Rejection;
pub use target::TargetForm;
pub use version::Version;
