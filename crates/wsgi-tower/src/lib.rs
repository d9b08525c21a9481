// The README is always shown, but its examples are tested only with the features they need.
#![cfg_attr(any(not(doctest), feature = "sessions"), doc = include_str!("../README.md"))]
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod application_service;
mod application_service_builder;
mod body_error;
mod chunk_bytes;
mod conversation;
mod outlet;
mod park;
mod pool;
mod request_body;
mod request_reader;
mod request_source;
mod response_body;
mod response_future;
mod service_application;
#[cfg(feature = "sessions")]
mod session_layer;
mod shared;
mod turn;
mod unavailable;

pub use application_service::ApplicationService;
pub use application_service_builder::ApplicationServiceBuilder;
pub use body_error::BodyError;
pub use park::park;
pub use pool::{Pool, PoolStopped, Run};
pub use request_body::RequestBody;
pub use response_body::ResponseBody;
pub use response_future::ResponseFuture;
pub use service_application::ServiceApplication;
#[cfg(feature = "sessions")]
pub use session_layer::{SessionFuture, SessionLayer, SessionService};
