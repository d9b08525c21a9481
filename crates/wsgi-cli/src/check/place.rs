//! The places that a command would write to or listen on.

use std::{io, net::ToSocketAddrs, path::Path};

use rustix::fs::{Access, access};

use crate::{address::Address, failure::cannot};

/// Checks that this process may write a file, or create it if it is missing.
///
/// # Errors
///
/// It may not, or there is no such folder.
pub(super) fn check_file(what: &str, path: &Path) -> io::Result<()> {
    let action = || format!("write {what} {}", path.display());
    if path.is_dir() {
        return Err(cannot(
            &action(),
            &io::Error::from(io::ErrorKind::IsADirectory),
        ));
    }
    let (place, wish) = match path.exists() {
        true => (path, Access::READ_OK | Access::WRITE_OK),
        false => (folder_of(path), Access::WRITE_OK | Access::EXEC_OK),
    };
    access(place, wish).map_err(|error| cannot(&action(), &io::Error::from(error)))
}

/// Checks that this process may write into a folder, or create it if it is missing.
///
/// # Errors
///
/// It may not, or the folder is a file.
pub(super) fn check_folder(what: &str, path: &Path) -> io::Result<()> {
    let action = || format!("write {what} in {}", path.display());
    let places = path
        .ancestors()
        .map(|place| match place.as_os_str().is_empty() {
            true => Path::new("."),
            false => place,
        });
    let place = places.into_iter().find(|place| place.exists());
    let place = place.unwrap_or(path);
    if !place.is_dir() {
        let error = io::Error::from(io::ErrorKind::NotADirectory);
        return Err(cannot(&action(), &error));
    }
    let may = access(place, Access::WRITE_OK | Access::EXEC_OK);
    may.map_err(|error| cannot(&action(), &io::Error::from(error)))
}

/// Checks that an address has a host with a known address, or a folder for its socket.
///
/// # Errors
///
/// It has not.
pub(super) fn check_address(address: &Address) -> io::Result<()> {
    match address {
        Address::Tcp { host, .. } if host.is_empty() => Ok(()),
        Address::Tcp { host, port } => match (&**host, *port).to_socket_addrs() {
            Ok(_) => Ok(()),
            Err(error) => Err(cannot(&format!("find the address of {host}"), &error)),
        },
        Address::Unix(path) => {
            let action = format!("listen on {}", path.display());
            let wish = Access::WRITE_OK | Access::EXEC_OK;
            let may = access(folder_of(path), wish);
            may.map_err(|error| cannot(&action, &io::Error::from(error)))
        }
    }
}

/// The folder of a path.
fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}
