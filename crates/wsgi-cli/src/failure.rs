//! Errors that say what failed and why.

use std::{error::Error, io, iter, path::Path};

use wsgi::cookies::InvalidKey;

/// An error whose message is "cannot `action`", the error, and each of its causes. If a folder is
/// missing, it says so.
pub(crate) fn cannot(action: &str, error: &(dyn Error + 'static)) -> io::Error {
    let mut message = format!("cannot {action}: {error}");
    let mut cause = error.source();
    while let Some(error) = cause {
        let text = format!(": {error}");
        // Some errors name their cause themselves.
        if !message.ends_with(&text) {
            message += &text;
        }
        cause = error.source();
    }
    let creates = ["open ", READ_KEY];
    if creates.iter().any(|start| action.starts_with(start)) && is_missing(error) {
        message += CREATE_FOLDER;
    }
    io::Error::other(message)
}

/// The start of the action that reads the key at a path.
const READ_KEY: &str = "read the cookie key ";

/// An error of reading the key that signs cookies. It names the path once, which most errors of
/// keys name themselves.
pub(crate) fn cannot_read_key(path: &Path, error: &InvalidKey) -> io::Error {
    let action = format!("{READ_KEY}{}", path.display());
    match error {
        InvalidKey::File { error, .. } => cannot(&action, error),
        InvalidKey::Exposed { mode, .. } => io::Error::other(format!(
            "cannot {action}: the file has mode {mode:03o}; set it to 600"
        )),
        error => cannot(&action, error),
    }
}

/// The error of a library that names the file it cannot open or create. If a folder is missing,
/// it says so.
pub(crate) fn cannot_create(error: io::Error) -> io::Error {
    match error.kind() {
        io::ErrorKind::NotFound => io::Error::other(format!("{error}{CREATE_FOLDER}")),
        _ => error,
    }
}

/// A file that is opened is created, too, if only its folder is there. So is a key.
const CREATE_FOLDER: &str = "; create its folder first";

/// Whether an error or one of its causes is that a file or folder does not exist.
pub(crate) fn is_missing(error: &(dyn Error + 'static)) -> bool {
    iter::successors(Some(error), |&error| error.source())
        .filter_map(|error| error.downcast_ref::<io::Error>())
        .any(|error| error.kind() == io::ErrorKind::NotFound)
}

/// An error of listening on an address, with what the user can do about one of this kind.
pub(crate) fn cannot_listen(kind: io::ErrorKind, error: &io::Error) -> io::Error {
    let advice = match kind {
        io::ErrorKind::AddrInUse => {
            "; end the program that listens there, or choose another address"
        }
        io::ErrorKind::AddrNotAvailable => {
            "; choose an address of this machine, or only a port, such as :8000, for all of them"
        }
        io::ErrorKind::NotFound => "; create the folder of the socket first",
        io::ErrorKind::PermissionDenied => {
            "; choose another port or folder, or start the program with the permission: a port \
             below 1024 may need CAP_NET_BIND_SERVICE"
        }
        _ => "",
    };
    io::Error::new(kind, format!("{error}{advice}"))
}

#[cfg(test)]
mod tests {
    use std::{
        fs::{self, Permissions},
        os::unix::fs::PermissionsExt,
    };

    use wsgi::{cookies::Key, sessions::StoreError};

    use super::*;

    #[test]
    fn a_cause_that_an_error_names_itself_appears_once() {
        let refused = io::Error::from(io::ErrorKind::ConnectionRefused);
        let wrapped = cannot("reach it", &refused);
        let message = cannot("serve", &StoreError::unavailable(wrapped)).to_string();
        assert!(
            message.starts_with("cannot serve: the session store"),
            "{message}"
        );
        assert_eq!(
            message.matches("connection refused").count(),
            1,
            "{message}"
        );
    }

    #[test]
    fn a_file_in_a_missing_folder_says_what_to_do() {
        let error = fs::File::create("/no/such/folder/a").expect_err("no folder");
        let error = StoreError::unavailable(error);
        let message = cannot("open the store", &error).to_string();
        assert!(message.ends_with("; create its folder first"), "{message}");
        let message = cannot("read the certificate", &error).to_string();
        assert!(!message.contains("create"), "{message}");
    }

    #[test]
    fn a_key_is_named_once() {
        let folder = tempfile::tempdir().expect("a folder");
        let (exposed, empty) = (folder.path().join("exposed"), folder.path().join("empty"));
        for (path, mode) in [(&exposed, 0o644), (&empty, 0o600)] {
            fs::write(path, "").expect("a file");
            fs::set_permissions(path, Permissions::from_mode(mode)).expect("a mode");
        }
        for (path, reason) in [
            (
                Path::new("/no/such/key"),
                "No such file or directory (os error 2); create its folder first",
            ),
            (&exposed, "the file has mode 644; set it to 600"),
            (&empty, "the key has 0 bytes, but needs at least 32"),
        ] {
            let error = Key::from_file_or_new(path).expect_err("no key");
            assert_eq!(
                cannot_read_key(path, &error).to_string(),
                format!("cannot read the cookie key {}: {reason}", path.display())
            );
        }
    }

    #[test]
    fn an_address_without_permission_says_what_to_do() {
        let error = io::Error::from(io::ErrorKind::PermissionDenied);
        let message = cannot_listen(error.kind(), &error).to_string();
        assert!(message.contains("choose another port"), "{message}");
        assert!(message.ends_with("CAP_NET_BIND_SERVICE"), "{message}");
    }
}
