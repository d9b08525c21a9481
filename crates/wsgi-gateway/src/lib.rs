#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod delivery;
mod engine;
mod failure;
mod framing;
mod front_head;
mod hooks;
mod live;
mod live_report;
mod log;
mod panic;
mod rest;
mod sending;
mod transport;

pub use delivery::Delivery;
pub use engine::Engine;
pub use failure::{Failure, diagnostics, error_output};
pub use framing::{Delimiter, Framing, Rules};
pub use front_head::{write_cgi_head, write_uwsgi_head};
pub use hooks::run_hooks;
pub use live::{Live, Piece};
pub use log::{RequestLog, log_message};
pub use panic::Panic;
pub use rest::Rest;
pub use transport::Transport;
pub use wsgi_application::Exchange;
