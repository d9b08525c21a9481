//! The codec as a whole: the bytes of web servers, and their results.

mod connection;
mod debug_forms;
mod interleaved;
mod limits;
mod management;
mod properties;
mod refusals;
mod rejection;
mod requests;
