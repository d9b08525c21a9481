//! Errors that say what failed and why.

use std::{error::Error, io, iter};

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
    let creates = ["open ", "read the cookie key "];
    if creates.iter().any(|start| action.starts_with(start)) && is_missing(error) {
        message += CREATE_FOLDER;
    }
    io::Error::other(message)
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
    use wsgi::sessions::StoreError;

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
        let error = std::fs::File::create("/no/such/folder/a").expect_err("no folder");
        let error = StoreError::unavailable(error);
        let message = cannot("open the store", &error).to_string();
        assert!(message.ends_with("; create its folder first"), "{message}");
        let message = cannot("read the certificate", &error).to_string();
        assert!(!message.contains("create"), "{message}");
    }

    #[test]
    fn an_address_without_permission_says_what_to_do() {
        let error = io::Error::from(io::ErrorKind::PermissionDenied);
        let message = cannot_listen(error.kind(), &error).to_string();
        assert!(message.contains("choose another port"), "{message}");
        assert!(message.ends_with("CAP_NET_BIND_SERVICE"), "{message}");
    }
}
