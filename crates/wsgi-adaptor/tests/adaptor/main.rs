//! Requests to an adaptor, and their answers.

mod answers_of_the_gateway;
mod content_codings;
mod cross_origin;
mod debug_page;
mod dispatch;
#[cfg(feature = "encrypted")]
mod encrypted;
mod error_types;
mod error_types_and_faults;
mod errors;
mod failures;
mod files;
mod hooks;
mod json;
mod mounted;
mod mounted_urls;
mod names;
mod requests;
mod routes;
mod shared_bodies;
mod slashes;
mod state;
#[cfg(feature = "serde")]
mod typed;
