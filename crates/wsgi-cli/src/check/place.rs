//! The places that a command would write to or listen on.

use std::{
    io,
    net::{SocketAddr, ToSocketAddrs, UdpSocket},
    os::unix::{fs::FileTypeExt, net},
    path::{self, Path},
};

use rustix::fs::{Access, access};

use crate::{
    address::Address,
    failure::{cannot, cannot_listen},
};

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

/// Checks that an address has a host with an address of this machine, or that there is room for its
/// socket. It does not listen.
///
/// # Errors
///
/// There is not.
pub(super) fn check_address(address: &Address) -> io::Result<()> {
    match address {
        Address::Tcp { host, .. } if host.is_empty() => Ok(()),
        Address::Tcp { host, port } => {
            let found = (&**host, *port).to_socket_addrs();
            let found = found
                .map_err(|error| cannot(&format!("find the address of {host}"), &error))?
                .collect::<Vec<_>>();
            check_is_own(&found).map_err(|error| {
                let problem = cannot(&format!("listen on {address}"), &error);
                cannot_listen(error.kind(), &problem)
            })
        }
        Address::Unix(path) => {
            check_socket(path).map_err(|error| cannot(&format!("listen on {address}"), &error))
        }
    }
}

/// Checks that one of these addresses belongs to this machine. A socket for datagrams at any port
/// finds that out, and nobody can connect to it.
fn check_is_own(addresses: &[SocketAddr]) -> io::Result<()> {
    let mut problem = None;
    for address in addresses {
        match UdpSocket::bind((address.ip(), 0)) {
            Err(error) if error.kind() == io::ErrorKind::AddrNotAvailable => problem = Some(error),
            _ => return Ok(()),
        }
    }
    problem.map_or(Ok(()), Err)
}

/// Checks that a Unix socket could be at this path.
fn check_socket(path: &Path) -> io::Result<()> {
    net::SocketAddr::from_pathname(path::absolute(path)?)?;
    if let Ok(file) = path.symlink_metadata()
        && !file.file_type().is_socket()
    {
        return Err(io::Error::other("it is not a socket and is not replaced"));
    }
    Ok(access(folder_of(path), Access::WRITE_OK | Access::EXEC_OK)?)
}

/// The folder of a path.
fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}
