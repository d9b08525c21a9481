#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

#[cfg(any(test, feature = "conformance"))]
pub mod conformance;
#[cfg(any(feature = "file", feature = "redis"))]
mod entry;
#[cfg(feature = "file")]
mod file;
mod key;
mod memory;
mod record;
#[cfg(all(unix, feature = "server"))]
mod server;
#[cfg(all(unix, feature = "socket"))]
mod socket;
mod store;
mod store_error;
mod version;
#[cfg(any(feature = "server", feature = "socket"))]
pub mod wire;

#[cfg(feature = "file")]
pub use file::{FileStore, InUse};
pub use key::Key;
pub use memory::MemoryStore;
pub use record::Record;
#[cfg(all(unix, feature = "server"))]
pub use server::{SessionServer, SessionServerBuilder, StopHandle};
#[cfg(all(unix, feature = "socket"))]
pub use socket::SocketStore;
pub use store::{Load, Store, Write};
pub use store_error::StoreError;
pub use version::Version;
