//! The stores, and code that they share.

#[cfg(any(feature = "redis", all(unix, feature = "socket")))]
mod circuit;
#[cfg(all(unix, any(feature = "redis", feature = "server", feature = "socket")))]
pub(crate) mod dial;
#[cfg(any(feature = "file", feature = "redis"))]
mod entry;
#[cfg(feature = "file")]
pub(crate) mod file;
pub(crate) mod memory;
#[cfg(test)]
mod model;
#[cfg(any(feature = "redis", all(unix, feature = "socket")))]
mod patient;
#[cfg(any(feature = "redis", all(unix, feature = "socket")))]
mod pool;
#[cfg(feature = "redis")]
pub(crate) mod redis;
mod renewal;
#[cfg(any(feature = "redis", all(unix, feature = "socket")))]
mod reply;
#[cfg(all(unix, feature = "socket"))]
pub(crate) mod socket;
#[cfg(any(feature = "redis", all(unix, feature = "socket")))]
mod turn;
#[cfg(any(
    feature = "redis",
    all(unix, any(feature = "server", feature = "socket"))
))]
pub(crate) mod wait;
