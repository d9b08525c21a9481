//! The suite, through every gateway.

mod http;
mod in_process;
mod serving;
