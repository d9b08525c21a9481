// The README is always shown, but its examples are tested only with the features they need.
#![cfg_attr(
    any(not(doctest), feature = "cgi-program"),
    doc = include_str!("../README.md")
)]
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod base_cgi_handler;
mod cgi_handler;
#[cfg(all(unix, feature = "cgi-program"))]
mod cgi_program;
mod disconnected;
mod handler;
mod http_version;
mod process;
mod simple_handler;
mod variables;

pub use base_cgi_handler::BaseCgiHandler;
pub use cgi_handler::CgiHandler;
#[cfg(all(unix, feature = "cgi-program"))]
pub use cgi_program::CgiProgram;
pub use handler::Handler;
pub use http_version::HttpVersion;
pub use simple_handler::SimpleHandler;
