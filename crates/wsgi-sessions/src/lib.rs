#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

#[cfg(any(test, feature = "conformance"))]
pub mod conformance;
mod key;
mod memory;
mod record;
mod store;
mod store_error;
mod version;

pub use key::Key;
pub use memory::MemoryStore;
pub use record::Record;
pub use store::{Load, Store, Write};
pub use store_error::StoreError;
pub use version::Version;
