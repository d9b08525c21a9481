#![doc = include_str!("../README.md")]
#![deny(unsafe_code)]

mod acceptor;
mod answer;
mod builder;
mod clock;
mod connection;
mod core;
mod crew;
mod drive;
mod event_loop;
mod handle;
mod intake;
mod monitor;
mod options;
mod outgoing;
mod patience;
mod peer;
mod response;
mod server;
mod shared;
mod site;
mod slots;
mod stream;
mod sys;
mod timers;
mod worker;

pub use builder::Builder;
pub use handle::Handle;
pub use server::{Server, make_server};
pub use wsgi_http1::Limits;
