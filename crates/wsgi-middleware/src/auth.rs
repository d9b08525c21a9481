//! Users, by name and password: Basic and Digest authentication, and their defence against guesses.

#[cfg(feature = "basic-auth")]
pub(crate) mod basic_auth;
pub(crate) mod constant_time;
#[cfg(feature = "basic-auth")]
pub(crate) mod credentials;
#[cfg(feature = "digest-auth")]
pub(crate) mod digest_auth;
mod findings;
#[cfg(feature = "htpasswd")]
pub(crate) mod htpasswd;
#[cfg(feature = "basic-auth")]
pub(crate) mod password_check;
mod realm;
mod remembered;
pub(crate) mod throttle;
