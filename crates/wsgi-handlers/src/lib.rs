#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod base_cgi_handler;
mod cgi_handler;
mod disconnected;
mod handler;
mod http_version;
mod process;
mod simple_handler;
mod variables;

pub use base_cgi_handler::BaseCgiHandler;
pub use cgi_handler::CgiHandler;
pub use handler::Handler;
pub use http_version::HttpVersion;
pub use simple_handler::SimpleHandler;
