// The README is always shown, but its examples are tested only with the features they need.
#![cfg_attr(
    any(not(doctest), all(feature = "json", feature = "server", feature = "sessions")),
    doc = include_str!("../README.md")
)]
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod basic;
mod body;
mod client;
mod cookie;
mod cookie_date;
mod cookie_jar;
mod form;
mod host;
mod html;
mod link;
mod multipart;
mod query;
mod received;
mod recording;
mod request;
mod response;
mod shown;
mod target;
mod url;
mod urlencoded;

#[cfg(feature = "json")]
mod json;
#[cfg(feature = "server")]
mod live_server;

pub use client::Client;
pub use cookie::Cookie;
pub use cookie_jar::CookieJar;
pub use form::Form;
pub use link::Link;
#[cfg(feature = "server")]
pub use live_server::LiveServer;
pub use multipart::Multipart;
pub use request::Request;
pub use response::Response;

pub use wsgi_gateway::{Delimiter, Framing};
