//! Middleware that calls applications more than once for one request.

#[cfg(feature = "internal-redirects")]
mod cache_limits;
mod carried;
#[cfg(feature = "cascade")]
pub(crate) mod cascade;
#[cfg(feature = "internal-redirects")]
pub(crate) mod error_documents;
mod gate;
#[cfg(feature = "internal-redirects")]
pub(crate) mod internal_redirects;
#[cfg(feature = "internal-redirects")]
mod internal_request;
#[cfg(feature = "internal-redirects")]
pub(crate) mod internal_target;
#[cfg(feature = "cascade")]
mod replay;
