//! The sessions of the demo's visitors.

use std::{
    error::Error,
    io,
    path::PathBuf,
    sync::Arc,
    thread,
    time::{Duration, SystemTime},
};

use wsgi::{
    cookies::{Key, Keyring},
    sessions::{Sessions, Store},
};

use crate::{command::Demo, data_dir::data_dir, store_address::StoreAddress};

/// How often what has ended is looked for, and how many sessions are looked at then.
const SWEEP: (Duration, usize) = (Duration::from_secs(10), 1000);

/// Opens the store and reads the key, or makes them where they are not there yet.
///
/// Who names no store gets one in the data directory. Where that cannot be, because another demo
/// has it for instance, sessions are in memory, and the reason is given beside them: that is no
/// reason not to show the rest of the site.
///
/// # Errors
///
/// What was named cannot be opened; the message says what and why.
pub(crate) fn open(options: &Demo) -> io::Result<(Sessions, Option<io::Error>)> {
    match &options.session_store {
        Some(address) => Ok((at(address, options)?, None)),
        None => match default_address().and_then(|address| at(&address, options)) {
            Ok(sessions) => Ok((sessions, None)),
            Err(error) => Ok((at(&StoreAddress::Memory, options)?, Some(error))),
        },
    }
}

fn default_address() -> io::Result<StoreAddress> {
    Ok(StoreAddress::File(data_dir()?.join("sessions.redb")))
}

fn at(address: &StoreAddress, options: &Demo) -> io::Result<Sessions> {
    let keyring = Keyring::new(key(options, address)?);
    let store = address
        .open()
        .map_err(|error| cannot(&format!("open the session store {address}"), &error))?;
    let sessions = Sessions::builder(Arc::clone(&store))
        .signed(keyring)
        .persistent(true)
        .build()
        .map_err(|error| cannot("keep sessions", &error))?;
    keep_swept(store)?;
    Ok(sessions)
}

/// The key that signs cookies. Sessions in memory need none that outlives them.
fn key(options: &Demo, address: &StoreAddress) -> io::Result<Key> {
    let path: PathBuf = match &options.cookie_key {
        Some(path) => path.clone(),
        None if *address == StoreAddress::Memory => {
            return Key::generate().map_err(|error| cannot("make a key", &error));
        }
        None => data_dir()?.join("cookie.key"),
    };
    Key::from_file_or_new(&path)
        .map_err(|error| cannot(&format!("read the cookie key {}", path.display()), &error))
}

/// Removes what has ended, while the program runs. Where a store does not answer, requests say so.
fn keep_swept(store: Arc<dyn Store>) -> io::Result<()> {
    let (interval, at_most) = SWEEP;
    let sweep = move || {
        loop {
            thread::sleep(interval);
            let _ = store.sweep(SystemTime::now(), at_most);
        }
    };
    let thread = thread::Builder::new().name("wsgi-sweep".to_owned());
    thread.spawn(sweep).map(drop)
}

/// An error with its causes, after what cannot be done.
pub(crate) fn cannot(what: &str, error: &dyn Error) -> io::Error {
    let mut message = format!("cannot {what}: {error}");
    let mut cause = error.source();
    while let Some(error) = cause {
        let text = format!(": {error}");
        // Some errors tell their cause themselves.
        if !message.ends_with(&text) {
            message += &text;
        }
        cause = error.source();
    }
    io::Error::other(message)
}

#[cfg(test)]
mod tests {
    use wsgi::sessions::StoreError;

    use super::*;

    #[test]
    fn a_cause_that_an_error_tells_itself_is_told_once() {
        let refused = io::Error::from(io::ErrorKind::ConnectionRefused);
        let wrapped = cannot("reach it", &refused);
        let error = cannot("serve", &StoreError::unavailable(wrapped));
        let told = error.to_string();
        assert!(
            told.starts_with("cannot serve: the session store"),
            "{told}"
        );
        assert_eq!(told.matches("connection refused").count(), 1, "{told}");
    }
}
