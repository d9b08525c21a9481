// The README is always shown, but its examples are tested only with the features they need.
#![cfg_attr(
    any(
        not(doctest),
        all(
            feature = "conformance",
            feature = "metrics",
            feature = "redis",
            feature = "server",
            feature = "signed",
            feature = "socket"
        )
    ),
    doc = include_str!("../README.md")
)]
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(any(test, feature = "conformance"))]
pub mod conformance;
mod error;
mod handle;
mod key;
mod listed;
#[cfg(feature = "metrics")]
mod measured_store;
mod method;
mod random;
mod record;
mod scheme;
#[cfg(all(unix, feature = "server"))]
mod server;
mod session;
mod sessions;
mod sessions_builder;
mod statistics;
mod store;
mod store_error;
#[cfg(feature = "metrics")]
mod store_metrics;
mod stores;
mod version;
#[cfg(any(feature = "server", feature = "socket"))]
pub mod wire;

pub use error::{Error, WrongValue};
pub use handle::{Handle, InvalidHandle};
pub use key::Key;
pub use listed::Listed;
#[cfg(feature = "metrics")]
pub use measured_store::MeasuredStore;
pub use method::Method;
pub use record::{Annex, OwnExpiry, Owned, Record, RetiredKey};
pub use scheme::Scheme;
#[cfg(all(unix, feature = "server"))]
pub use server::{SessionServer, StopHandle, builder::SessionServerBuilder};
pub use session::{Session, cookie::Secure, lifetimes::Expiry};
pub use sessions::{Sessions, owned::OwnedSession};
pub use sessions_builder::SessionsBuilder;
pub use statistics::Statistics;
pub use store::{Load, Store, Write};
pub use store_error::StoreError;
#[cfg(feature = "metrics")]
pub use store_metrics::StoreMetrics;
#[cfg(feature = "file")]
pub use stores::file::{Damaged, FileStore, InUse, SyncFailed};
pub use stores::memory::MemoryStore;
#[cfg(feature = "redis")]
pub use stores::redis::RedisStore;
#[cfg(all(unix, feature = "socket"))]
pub use stores::socket::SocketStore;
pub use version::Version;
pub use wsgi_cookies::{Cookies, InvalidCookie, SameSite, SetCookie};
