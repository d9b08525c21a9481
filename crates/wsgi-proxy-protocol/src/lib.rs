#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod addresses;
mod binary;
mod checksum;
pub mod encode;
mod header;
mod limits;
mod line;
mod parse;
mod rejection;
mod ssl;
mod tlv;

pub use addresses::Addresses;
pub use header::{Header, Transport, Version};
pub use limits::Limits;
pub use rejection::Rejection;
pub use ssl::Ssl;
pub use tlv::{Tlv, TlvType, Tlvs};
