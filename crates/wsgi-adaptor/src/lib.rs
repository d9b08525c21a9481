#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod adaptor;
mod body;
mod debug_page;
mod error;
mod escape;
mod handler;
mod into_response;
mod media_type;
mod methods;
mod query;
mod request;
mod response;
mod rooted;
mod routes;
mod settings;
mod status;

#[cfg(feature = "json")]
mod json;

pub use adaptor::Adaptor;
pub use error::Error;
pub use escape::escape;
pub use into_response::IntoResponse;
pub use query::Query;
pub use request::Request;
pub use response::Response;
