#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod base;
mod changes;
mod connection;
mod content_length;
mod environ;
mod errors;
mod extensions;
mod field_name;
mod finished;
mod hop_by_hop;
#[cfg(feature = "http")]
mod http;
mod input;
mod invalid_variable;
mod live;
mod meta_variables;
mod path;
mod received;
mod repeated;
mod request;
mod span;
mod target;
mod testing;
mod uri;
mod variables;

pub use base::Base;
pub use connection::Connection;
pub use environ::Environ;
pub use errors::{Errors, ErrorsBuffer};
pub use finished::Outcome;
pub use hop_by_hop::is_hop_by_hop;
pub use input::{Input, InputError};
pub use invalid_variable::InvalidVariable;
pub use path::shift_path_info;
pub use received::{Field, Received};
pub use testing::setup_testing_defaults;
pub use uri::{MissingVariable, application_uri, guess_scheme, request_uri};
pub use variables::Variables;
pub use wsgi_headers::{Value, ValueBuf};
