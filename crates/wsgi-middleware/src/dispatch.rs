//! The choice among several applications: by path, by host, or by name.

#[cfg(feature = "hosts")]
pub(crate) mod host_pattern;
#[cfg(feature = "hosts")]
pub(crate) mod hosts;
pub(crate) mod invalid_prefix;
pub(crate) mod mounts;
pub(crate) mod publisher;
