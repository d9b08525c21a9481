// The README is always shown, but its examples are tested only with the features they need.
#![cfg_attr(
    any(not(doctest), all(feature = "http", feature = "log")),
    doc = include_str!("../README.md")
)]
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod base;
mod changes;
mod client_watch;
mod connection;
mod content_length;
mod deadline;
mod discard;
mod end;
mod environ;
mod errors;
mod extensions;
mod hook;
#[cfg(feature = "http")]
mod http;
mod input;
mod invalid_variable;
mod live;
mod network;
mod outcome;
mod shown;
mod utilities;

pub use base::Base;
pub use client_watch::ClientWatch;
pub use connection::{Connection, WatchedConnection};
pub use deadline::{Deadline, DeadlinePassed, Overdue};
pub use end::End;
pub use environ::{Checkpoint, Environ, SharedHook};
pub use errors::{Errors, ErrorsBuffer};
pub use extensions::ReusableExtension;
pub use input::{Input, InputError};
pub use invalid_variable::InvalidVariable;
pub use live::{Encoded, Field, ReadVariables, Received};
pub use network::{InvalidNetwork, Network};
pub use outcome::Outcome;
pub use utilities::{
    HOP_BY_HOP, MethodMistake, MissingVariable, PathMistake, Variables, application_uri,
    guess_scheme, iri_to_uri, is_hop_by_hop, is_host, is_standard_method, request_uri,
    setup_testing_defaults, shift_path_info,
};
pub use wsgi_headers::{Redacted, Value, ValueBuf, is_secret};
