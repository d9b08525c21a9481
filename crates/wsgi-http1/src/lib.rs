#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod any_case;
mod authority;
mod body;
mod body_length;
mod chunked;
mod connection;
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
mod target;
mod token;
mod version;

pub use body::{BodyDecoder, Decoded};
pub use body_length::BodyLength;
pub use head::{Field, RequestHead, Span};
pub use limits::Limits;
pub use rejection::Rejection;
pub use target::TargetForm;
pub use version::Version;
