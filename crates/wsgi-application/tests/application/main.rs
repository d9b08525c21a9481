//! Applications, the start of a response, and bodies.

mod application;
mod channel;
mod chunk;
mod error_fields;
mod filtered;
mod gathered;
mod start_response;
mod writer;
