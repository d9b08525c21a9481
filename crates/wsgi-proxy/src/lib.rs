// The README is always shown, but its examples are tested only with the feature they need.
#![cfg_attr(any(not(doctest), feature = "tls"), doc = include_str!("../README.md"))]
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "tls")]
mod client_tls;
mod connection;
mod connection_options;
mod encoded_path;
mod exchange;
mod failure;
mod forwarded;
mod invalid_upstream;
mod lookup;
mod max_forwards;
mod plain_socket;
mod pool;
mod proxy;
mod refusal;
mod request_head;
mod response_body;
mod response_framing;
mod response_head;
mod settings;
mod socket;
mod target;
#[cfg(feature = "tls")]
mod tls_socket;
mod translation;
#[cfg(unix)]
mod unix_socket;
mod upload;
mod upstream;
mod via;
mod waiting;

pub use invalid_upstream::InvalidUpstream;
pub use proxy::Proxy;
