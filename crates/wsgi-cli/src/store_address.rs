//! The address of a session store.

#[cfg(not(feature = "redis"))]
use std::io;
use std::{fmt, path::PathBuf, str::FromStr, sync::Arc, time::SystemTime};

use wsgi_sessions::{FileStore, Key, MemoryStore, SocketStore, Store, StoreError};

use crate::{kept::Kept, path::path};

/// `memory`, `file:PATH`, `unix:PATH` of a session server, or a URL of Redis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum StoreAddress {
    Memory,
    File(PathBuf),
    Unix(PathBuf),
    Redis(String),
}

/// The schemes of URLs of Redis and Valkey.
const REDIS: &[&str] = &[
    "redis://",
    "rediss://",
    "valkey://",
    "valkeys://",
    "redis-cluster://",
    "rediss-cluster://",
    "redis+unix://",
    "valkey+unix://",
];

impl StoreAddress {
    /// The kind of the store, in a word.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            StoreAddress::Memory => "memory",
            StoreAddress::File(_) => "file",
            StoreAddress::Unix(_) => "socket",
            StoreAddress::Redis(_) => "redis",
        }
    }

    /// Opens the store. A server is not contacted before the first request.
    pub(crate) fn open(&self) -> Result<(Arc<dyn Store>, Kept), StoreError> {
        Ok(match self {
            StoreAddress::Memory => (Arc::new(MemoryStore::new()), Kept::Memory),
            StoreAddress::File(path) => {
                let store = Arc::new(FileStore::open(path)?);
                (store.clone(), Kept::File(store))
            }
            StoreAddress::Unix(path) => (Arc::new(SocketStore::new(path)), Kept::Elsewhere),
            StoreAddress::Redis(url) => (open_redis(url)?, Kept::Elsewhere),
        })
    }

    /// Opens the store and asks it for a session. Returns the reason why it cannot be used now, if
    /// there is one.
    pub(crate) fn problem(&self) -> Result<Option<StoreError>, StoreError> {
        let (store, _) = self.open()?;
        let nobody = Key::of("a session that does not exist");
        Ok(store.load(&nobody, SystemTime::now()).err())
    }
}

#[cfg(feature = "redis")]
fn open_redis(url: &str) -> Result<Arc<dyn Store>, StoreError> {
    Ok(Arc::new(wsgi_sessions::RedisStore::open(url)?))
}

#[cfg(not(feature = "redis"))]
fn open_redis(_url: &str) -> Result<Arc<dyn Store>, StoreError> {
    Err(StoreError::unavailable(io::Error::other(
        "this program was built without the feature redis; install it with \
         `cargo install wsgi-cli --features redis`, or name another store",
    )))
}

impl FromStr for StoreAddress {
    type Err = NoStoreAddress;

    fn from_str(text: &str) -> Result<Self, NoStoreAddress> {
        if text == "memory" {
            return Ok(StoreAddress::Memory);
        }
        if REDIS.iter().any(|scheme| text.starts_with(scheme)) {
            return Ok(StoreAddress::Redis(text.to_owned()));
        }
        let (kind, place) = text.split_once(':').ok_or(NoStoreAddress)?;
        let place = path(place).ok_or(NoStoreAddress)?;
        match kind {
            "file" => Ok(StoreAddress::File(place)),
            "unix" => Ok(StoreAddress::Unix(place)),
            _ => Err(NoStoreAddress),
        }
    }
}

/// Without the user and the password of a URL, which may also be in its query: messages must not
/// show them.
impl fmt::Display for StoreAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StoreAddress::Memory => f.write_str("memory"),
            StoreAddress::File(path) => write!(f, "file:{}", path.display()),
            StoreAddress::Unix(path) => write!(f, "unix:{}", path.display()),
            StoreAddress::Redis(url) => {
                let (scheme, rest) = url.split_once("://").unwrap_or_default();
                write!(f, "{scheme}://{}", place(scheme, rest))
            }
        }
    }
}

/// The part of a URL's `rest` that says where Redis is. The path of a socket has the user and the
/// password in the query after it. Others have them before the last `@`, and if that is in what
/// looks like a query, it is part of a password, perhaps.
fn place<'a>(scheme: &str, rest: &'a str) -> &'a str {
    let end = rest.find(['?', '#']).unwrap_or(rest.len());
    let (place, query) = rest.split_at(end);
    match place.rsplit_once('@') {
        _ if scheme.ends_with("+unix") => place,
        _ if query.contains('@') => "...",
        Some((_, place)) => place,
        None => place,
    }
}

/// The text is not the address of a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NoStoreAddress;

#[cfg(test)]
mod tests {
    use super::{NoStoreAddress, StoreAddress};

    #[track_caller]
    fn check(text: &str, address: &StoreAddress, shown: &str) {
        assert_eq!(text.parse(), Ok(address.clone()));
        assert_eq!(address.to_string(), shown);
    }

    #[test]
    fn the_first_word_names_the_kind_of_store() {
        check("memory", &StoreAddress::Memory, "memory");
        check("file:a:b", &StoreAddress::File("a:b".into()), "file:a:b");
        check("unix:/s", &StoreAddress::Unix("/s".into()), "unix:/s");
        for url in [
            "redis://h/1",
            "rediss://h",
            "valkey://h:1",
            "redis+unix:///s",
        ] {
            check(url, &StoreAddress::Redis(url.to_owned()), url);
        }
    }

    #[test]
    fn a_password_is_not_shown() {
        let url = "redis://user:p@ss@host:6379/0";
        let address = StoreAddress::Redis(url.to_owned());
        check(url, &address, "redis://host:6379/0");
        for (url, shown) in [
            ("redis+unix:///s?pass=hush", "redis+unix:///s"),
            ("redis+unix:///s?db=1&user=a&pass=hush@h", "redis+unix:///s"),
            ("redis://:hush@h/1?protocol=resp3", "redis://h/1"),
            ("redis://h?password=hush", "redis://h"),
            ("redis://h#hush", "redis://h"),
            // Characters that a password may not have, but does: nobody can tell where it ends.
            ("redis://user:hu?sh@h", "redis://..."),
            ("redis://user:hu#sh@h", "redis://..."),
            ("redis://user:hu/sh@h", "redis://h"),
        ] {
            check(url, &StoreAddress::Redis(url.to_owned()), shown);
        }
    }

    #[test]
    fn any_other_text_is_refused() {
        for text in [
            "", "Memory", "file", "file:", "unix:", "http://h", "/path", "redis:h",
        ] {
            assert_eq!(text.parse::<StoreAddress>(), Err(NoStoreAddress), "{text}");
        }
    }
}
