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

/// Refuses a code that no response has.
#[track_caller]
fn check_code(code: u16) {
    let status = wsgi_application::Status::from_code(code);
    assert!(status.is_ok(), "{code} is not the code of a response");
}
