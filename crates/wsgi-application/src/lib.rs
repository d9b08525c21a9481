#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod application;
mod body;
mod channel;
mod chunk;
mod disconnected;
mod error;
mod error_fields;
mod error_page;
mod exchange;
mod filter;
mod filtered;
mod gathered;
mod head;
mod invalid_status;
mod live_filter;
mod named_frames;
mod reason;
mod receiver;
mod result;
mod send_error;
mod sender;
mod start_error;
mod start_response;
mod status;
mod writer;

pub use application::{Application, application};
pub use body::{Body, Content, IntoChunk};
pub use chunk::Chunk;
pub use disconnected::Disconnected;
pub use error::Error;
pub use error_fields::{ErrorFields, ErrorFieldsCheckpoint};
pub use error_page::ErrorPage;
pub use exchange::Exchange;
pub use filter::{Filter, Scope};
pub use filtered::filtered;
pub use head::Head;
pub use invalid_status::InvalidStatus;
pub use reason::Reason;
pub use receiver::{Received, Receiver};
pub use result::Result;
pub use send_error::SendError;
pub use sender::Sender;
pub use start_error::StartError;
pub use start_response::StartResponse;
pub use status::Status;
pub use writer::{MAX_GATHERED_BYTES, Outlet, Writer};

pub use wsgi_environ::Environ;
pub use wsgi_file_wrapper::FileWrapper;
pub use wsgi_headers::Headers;
