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
use wsgi_sessions::{InUse, StoreError, StoreMetrics};

use crate::{
    command::Visitors,
    data_dir::data_dir,
    failure::{cannot, cannot_read_key},
    kept::Kept,
    processes::program::sessions_of_parent,
    say::say,
    store_address::StoreAddress,
};

/// The time to wait for a file that another process has. A request holds it for milliseconds.
const PATIENCE: Duration = Duration::from_secs(5);

/// The pause between two attempts to open the file.
const PAUSE: Duration = Duration::from_millis(2);

/// The reason that sessions cannot be opened.
#[derive(Debug)]
pub(crate) enum Unopened {
    /// Another process has the file.
    InUse(io::Error),
    /// No place is named, and none can be created.
    NoPlace(io::Error),
    /// The place is named, or exists, but cannot be used.
    Other(io::Error),
}

/// The sessions of the visitors, and where they are kept.
pub(crate) struct Opened {
    pub(crate) sessions: Sessions,
    pub(crate) kept: Kept,
    /// The numbers of the store's operations.
    pub(crate) metrics: StoreMetrics,
    /// The reason why they are in memory, if nobody asked for that.
    pub(crate) problem: Option<io::Error>,
}

/// Opens the store and reads the key. Missing ones are created.
///
/// The default store is a file in the data directory. If it cannot be created, sessions are kept in
/// memory and the reason is returned with them, so that the site can still be shown. A file that
/// exists but cannot be used is an error instead, because it may hold visitors.
///
/// # Errors
///
/// The store or the key is named, or exists, but cannot be opened.
pub(crate) fn open(options: &Visitors) -> io::Result<Opened> {
    let opened = |(sessions, kept, metrics), problem| Opened {
        sessions,
        kept,
        metrics,
        problem,
    };
    match open_named_or_default(options) {
        Ok(sessions) => Ok(opened(sessions, None)),
        Err(Unopened::NoPlace(error)) => {
            let sessions = at(&StoreAddress::Memory, options)?;
            Ok(opened(sessions, Some(error)))
        }
        Err(Unopened::InUse(error)) => Err(io::Error::other(format!(
            "{error}; end that process, or name another store with --session-store"
        ))),
        Err(Unopened::Other(error)) => Err(error),
    }
}

/// Starts a thread that tells the user if the server with the sessions cannot be reached. The site
/// does not wait for the answer, and goes on without it.
///
/// # Errors
///
/// The system refuses the thread.
pub(crate) fn warn_of_unreachable(options: &Visitors) -> io::Result<()> {
    let address = match &options.session_store {
        Some(address @ (StoreAddress::Unix(_) | StoreAddress::Redis(_))) => address.clone(),
        _ => return Ok(()),
    };
    let warn = move || {
        if let Ok(Some(problem)) = address.problem() {
            let action = format!("reach the session store {address}");
            let error = match &problem {
                StoreError::Unavailable(cause) => cannot(&action, &**cause),
                problem => cannot(&action, problem),
            };
            say(format_args!(
                "wsgi demo: warning: {error}; pages with a session fail until its server runs"
            ));
        }
    };
    let thread = thread::Builder::new().name("wsgi-warning".to_owned());
    thread.spawn(warn).map(drop)
}

/// Opens what several processes share: a file of sessions, and the key, which is created if it is
/// missing.
///
/// # Errors
///
/// Those of [`open`], and if no place for a file can be created.
pub(crate) fn keep(options: &Visitors) -> io::Result<Kept> {
    let (_, kept, _) = open_named_or_default(options)?;
    Ok(kept)
}

/// Opens the store as [`open`] does, but waits for a file that another process has. Keeps sessions
/// in memory only if the options say so.
///
/// # Errors
///
/// [`Unopened::InUse`] if the file is still in use after some seconds. Another error if the store
/// or the key cannot be opened.
pub(crate) fn open_in_turn(options: &Visitors) -> Result<Sessions, Unopened> {
    let end = Instant::now() + PATIENCE;
    loop {
        match open_named_or_default(options) {
            Err(Unopened::InUse(_)) if Instant::now() < end => thread::sleep(PAUSE),
            other => return other.map(|(sessions, ..)| sessions),
        }
    }
}

/// Sessions, the place where they are kept, and the numbers of their store.
type At = (Sessions, Kept, StoreMetrics);

fn open_named_or_default(options: &Visitors) -> Result<At, Unopened> {
    if let Some(address) = &options.session_store {
        return at(address, options);
    }
    let path = data_dir().map_err(Unopened::NoPlace)?.join("sessions.redb");
    at(&StoreAddress::File(path), options)
}

fn at(address: &StoreAddress, options: &Visitors) -> Result<At, Unopened> {
    let keyring = Keyring::new(key(options, address)?);
    // On a full disk, an attempt to open the file leaves an empty one.
    let has_visitors = matches!(address, StoreAddress::File(path) if is_filled(path));
    let opened = match (address, sessions_of_parent()) {
        (StoreAddress::File(_), Some(socket)) => StoreAddress::Unix(socket).open(),
        _ => address.open(),
    };
    let (store, kept) = opened.map_err(|error| {
        let action = format!("open the session store {address}");
        let message = match &error {
            StoreError::Unavailable(cause) => cannot(&action, &**cause),
            error => cannot(&action, error),
        };
        match (error, address) {
            (StoreError::Unavailable(cause), _) if cause.is::<InUse>() => Unopened::InUse(message),
            _ if has_visitors || options.session_store.is_some() => Unopened::Other(message),
            (StoreError::Full, _) => Unopened::NoPlace(message),
            (_, StoreAddress::File(path)) if !exists(path) => Unopened::NoPlace(message),
            _ => Unopened::Other(message),
        }
    })?;
    let metrics = StoreMetrics::new(address.kind());
    Sessions::builder(metrics.around(store))
        .signed(keyring)
        .persistent(true)
        .build()
        .map(|sessions| (sessions, kept, metrics))
        .map_err(|error| Unopened::Other(cannot("keep sessions", &error)))
}

/// The key that signs cookies. For sessions in memory it is a new one.
fn key(options: &Visitors, address: &StoreAddress) -> Result<Key, Unopened> {
    let (path, is_named): (PathBuf, bool) = match &options.cookie_key {
        Some(path) => (path.clone(), true),
        None if *address == StoreAddress::Memory => {
            let key = Key::generate();
            return key.map_err(|error| Unopened::Other(cannot("create a key", &error)));
        }
        None => {
            let folder = data_dir().map_err(Unopened::NoPlace)?;
            (folder.join("cookie.key"), false)
        }
    };
    Key::from_file_or_new(&path).map_err(|error| {
        let error = cannot_read_key(&path, &error);
        if is_named || exists(&path) {
            Unopened::Other(error)
        } else {
            Unopened::NoPlace(error)
        }
    })
}

fn is_filled(path: &Path) -> bool {
    path.metadata().is_ok_and(|file| file.len() > 0)
}

fn exists(path: &Path) -> bool {
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
