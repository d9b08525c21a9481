// The README is always shown, but its examples are tested only with the features they need.
#![cfg_attr(any(not(doctest), all(feature = "encrypted", feature = "serde")), doc = include_str!("../README.md"))]
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod adaptor;
mod answer;
mod content;
mod content_coding;
mod debug_page;
mod early;
mod error_answers;
mod escape;
mod event;
mod extensions;
mod fault;
mod handler;
mod hooks;
mod http_error;
mod into_response;
mod invalid_value;
mod methods;
mod names;
mod pages;
mod parts;
mod pattern;
mod problem;
mod query;
mod request;
mod request_error;
mod response;
mod router;
mod routes;
mod scope;
mod shape;
mod slashes;
mod surroundings;
mod url_error;
mod with_state;

#[cfg(feature = "json")]
mod json_mistake;
#[cfg(feature = "json")]
mod json_pointer;
#[cfg(feature = "json")]
mod json_text;
#[cfg(feature = "serde")]
mod reasons;
#[cfg(feature = "serde")]
mod typed;

pub use adaptor::Adaptor;
pub use escape::escape;
pub use event::{Event, InvalidEvent};
pub use http_error::HttpError;
pub use into_response::IntoResponse;
pub use invalid_value::InvalidValue;
pub use query::{Query, QueryIter};
pub use request::Request;
pub use request_error::RequestError;
pub use response::Response;
pub use url_error::UrlError;
pub use with_state::with_state;

pub use wsgi_application::{Error, Result};
