#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod begin;
mod body;
mod decoded;
pub mod encode;
mod head;
mod header;
mod limits;
mod management;
mod param;
mod params;
mod parse;
mod parsed;
mod protocol_status;
mod record;
mod record_type;
mod rejection;
mod role;

pub use body::BodyDecoder;
pub use decoded::Decoded;
pub use head::RequestHead;
pub use header::{Header, MAX_CONTENT, NULL_REQUEST_ID};
pub use limits::Limits;
pub use param::{Param, Span};
pub use params::Params;
pub use parsed::Parsed;
pub use protocol_status::ProtocolStatus;
pub use record_type::RecordType;
pub use rejection::Rejection;
pub use role::Role;
