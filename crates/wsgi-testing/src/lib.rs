#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod received;
mod recording;
mod request;
mod response;
mod target;

pub use request::Request;
pub use response::Response;

pub use wsgi_gateway::{Delimiter, Framing};
