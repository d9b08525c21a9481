#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod mounts;
mod request_id;

#[cfg(feature = "basic-auth")]
mod basic_auth;
#[cfg(feature = "basic-auth")]
mod constant_time;
#[cfg(feature = "basic-auth")]
mod credentials;

pub use mounts::{Mounts, not_found};
pub use request_id::RequestId;

#[cfg(feature = "basic-auth")]
pub use basic_auth::BasicAuth;
#[cfg(feature = "basic-auth")]
pub use constant_time::constant_time_eq;
#[cfg(feature = "basic-auth")]
pub use credentials::{Credentials, challenge};
