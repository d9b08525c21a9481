//! The sessions of the demo's visitors.

use std::{
    fmt, io,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use wsgi::{
    cookies::{Key, Keyring},
    sessions::Sessions,
};
use wsgi_sessions::{InUse, StoreError};

use crate::{command::Visitors, data_dir::data_dir, failure::cannot, store_address::StoreAddress};

/// How long to wait for a file that another process has: a request holds it for milliseconds.
const PATIENCE: Duration = Duration::from_secs(5);

/// The rest between two looks at whether the file is free.
const REST: Duration = Duration::from_millis(2);

/// Why there are no sessions.
#[derive(Debug)]
pub(crate) enum Unopened {
    /// Another process has the file.
    InUse(io::Error),
    /// There is no place to keep them, and nobody named one.
    NoPlace(io::Error),
    /// What is there, or was named, cannot be used.
    Other(io::Error),
}

/// Opens the store and reads the key, or makes them where they are not there yet.
///
/// Who names no store gets one in the data directory. Where there is no place for it, sessions are
/// in memory, and the reason is given beside them: that is no reason not to show the rest of the
/// site. A file that is there and cannot be used is one: visitors may be in it.
///
/// # Errors
///
/// What was named, or is in the data directory, cannot be opened; the message says what and why.
pub(crate) fn open(options: &Visitors) -> io::Result<(Sessions, Option<io::Error>)> {
    match open_named_or_default(options) {
        Ok(sessions) => Ok((sessions, None)),
        Err(Unopened::NoPlace(error)) => {
            let sessions = at(&StoreAddress::Memory, options)?;
            Ok((sessions, Some(error)))
        }
        Err(Unopened::InUse(error)) => Err(io::Error::other(format!(
            "{error}; end that process, or name another store with --session-store"
        ))),
        Err(Unopened::Other(error)) => Err(error),
    }
}

/// Opens the store as [`open`] does, but waits for a file that another process has, and keeps
/// nothing in memory unless told to.
///
/// # Errors
///
/// [`Unopened::InUse`] where the file is not free after some seconds, and whatever else keeps the
/// store from being opened.
pub(crate) fn open_in_turn(options: &Visitors) -> Result<Sessions, Unopened> {
    let end = Instant::now() + PATIENCE;
    loop {
        match open_named_or_default(options) {
            Err(Unopened::InUse(_)) if Instant::now() < end => thread::sleep(REST),
            other => return other,
        }
    }
}

fn open_named_or_default(options: &Visitors) -> Result<Sessions, Unopened> {
    if let Some(address) = &options.session_store {
        return at(address, options);
    }
    let path = data_dir().map_err(Unopened::NoPlace)?.join("sessions.redb");
    at(&StoreAddress::File(path), options)
}

fn at(address: &StoreAddress, options: &Visitors) -> Result<Sessions, Unopened> {
    let keyring = Keyring::new(key(options, address)?);
    // An attempt to open leaves a file without anything in it where the disk is full.
    let has_visitors = matches!(address, StoreAddress::File(path) if is_filled(path));
    let store = address.open().map_err(|error| {
        let message = cannot(&format!("open the session store {address}"), &error);
        match (error, address) {
            (StoreError::Unavailable(cause), _) if cause.is::<InUse>() => Unopened::InUse(message),
            _ if has_visitors || options.session_store.is_some() => Unopened::Other(message),
            (StoreError::Full, _) => Unopened::NoPlace(message),
            (_, StoreAddress::File(path)) if !is_there(path) => Unopened::NoPlace(message),
            _ => Unopened::Other(message),
        }
    })?;
    Sessions::builder(store)
        .signed(keyring)
        .persistent(true)
        .build()
        .map_err(|error| Unopened::Other(cannot("keep sessions", &error)))
}

/// The key that signs cookies. Sessions in memory need none that outlives them.
fn key(options: &Visitors, address: &StoreAddress) -> Result<Key, Unopened> {
    let (path, is_named): (PathBuf, bool) = match &options.cookie_key {
        Some(path) => (path.clone(), true),
        None if *address == StoreAddress::Memory => {
            let key = Key::generate();
            return key.map_err(|error| Unopened::Other(cannot("make a key", &error)));
        }
        None => {
            let folder = data_dir().map_err(Unopened::NoPlace)?;
            (folder.join("cookie.key"), false)
        }
    };
    Key::from_file_or_new(&path).map_err(|error| {
        let error = cannot(&format!("read the cookie key {}", path.display()), &error);
        if is_named || is_there(&path) {
            Unopened::Other(error)
        } else {
            Unopened::NoPlace(error)
        }
    })
}

fn is_filled(path: &Path) -> bool {
    path.metadata().is_ok_and(|file| file.len() > 0)
}

fn is_there(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

impl From<Unopened> for io::Error {
    fn from(unopened: Unopened) -> Self {
        match unopened {
            Unopened::InUse(error) | Unopened::NoPlace(error) | Unopened::Other(error) => error,
        }
    }
}

impl fmt::Display for Unopened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unopened::InUse(error) | Unopened::NoPlace(error) | Unopened::Other(error) => {
                error.fmt(f)
            }
        }
    }
}
