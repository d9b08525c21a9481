//! The codec as a whole: what web servers send, and what has to come of it.

mod connection;
mod interleaved;
mod limits;
mod management;
mod properties;
mod refusals;
mod requests;
