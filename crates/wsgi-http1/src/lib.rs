#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod any_case;
mod authority;
mod body;
mod body_length;
mod byte_set;
mod chunked;
mod connection;
mod decoded;
pub mod encode;
mod escape;
mod expect;
mod framing;
mod head;
mod known_fields;
mod limits;
mod line;
mod parse;
mod rejection;
mod scan;
mod span;
mod target;
mod token;
mod version;

pub use body::BodyDecoder;
pub use body_length::BodyLength;
pub use decoded::Decoded;
pub use head::{Field, RequestHead};
pub use limits::Limits;
pub use rejection::Rejection;
pub use span::Span;
pub use target::TargetForm;
pub use version::Version;
