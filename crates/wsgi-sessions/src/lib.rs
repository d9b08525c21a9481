#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod clock;
#[cfg(any(test, feature = "conformance"))]
pub mod conformance;
mod cookie;
mod data;
#[cfg(all(unix, any(feature = "server", feature = "socket")))]
mod dial;
mod ending;
#[cfg(any(feature = "file", feature = "redis"))]
mod entry;
mod error;
#[cfg(feature = "file")]
mod file;
mod id;
mod kept;
mod key;
mod lifetimes;
mod memory;
#[cfg(any(feature = "redis", all(unix, feature = "socket")))]
mod pool;
mod record;
#[cfg(feature = "redis")]
mod redis;
#[cfg(any(feature = "redis", all(unix, feature = "socket")))]
mod reply;
mod seal;
#[cfg(all(unix, feature = "server"))]
mod server;
mod session;
mod sessions;
mod sessions_builder;
#[cfg(all(unix, feature = "socket"))]
mod socket;
mod state;
mod store;
mod store_error;
mod version;
#[cfg(any(
    feature = "redis",
    all(unix, any(feature = "server", feature = "socket"))
))]
mod wait;
#[cfg(any(feature = "server", feature = "socket"))]
pub mod wire;

#[cfg(feature = "redis")]
pub use self::redis::RedisStore;
pub use cookie::Secure;
pub use error::Error;
#[cfg(feature = "file")]
pub use file::{FileStore, InUse, SyncFailed};
pub use key::Key;
pub use memory::MemoryStore;
pub use record::Record;
#[cfg(all(unix, feature = "server"))]
pub use server::{SessionServer, SessionServerBuilder, StopHandle};
pub use session::Session;
pub use sessions::Sessions;
pub use sessions_builder::SessionsBuilder;
#[cfg(all(unix, feature = "socket"))]
pub use socket::SocketStore;
pub use store::{Load, Store, Write};
pub use store_error::StoreError;
pub use version::Version;
pub use wsgi_cookies::{Cookies, InvalidCookie, SameSite, SetCookie};
