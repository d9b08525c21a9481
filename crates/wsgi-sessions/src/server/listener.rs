//! The listening socket of the server, until its last client has been accepted.

use std::{
    fs::{self, DirBuilder, File, OpenOptions, Permissions, TryLockError},
    io,
    os::{
        fd::{AsFd, BorrowedFd},
        unix::{
            fs::{DirBuilderExt, FileTypeExt, MetadataExt, OpenOptionsExt, PermissionsExt},
            net::{SocketAddr, UnixListener, UnixStream},
        },
    },
    path::{Path, PathBuf},
    time::Duration,
};

use crate::stores::dial::dial;

/// A listening socket with a path of its own.
///
/// A socket file does not show whether anyone listens. The lock beside it does: it ends with the
/// process, in whatever way that ends. With it, two servers that start at the same time cannot both
/// replace the socket of a third.
#[derive(Debug)]
pub(super) struct Listener {
    socket: UnixListener,
    path: PathBuf,
    /// Identifies our file: another may be at the path by the time it is removed.
    inode: (u64, u64),
    _lock: File,
}

impl Listener {
    pub(super) fn bind(path: &Path, mode: u32) -> io::Result<Self> {
        // From the moment it is bound, a socket is open to anyone its permissions admit. So it is
        // bound in a private folder, and moved once its permissions are set.
        let nursery = beside(path, ".new");
        let newborn = nursery.join("s");
        if SocketAddr::from_pathname(&newborn).is_err() {
            return Err(too_long(path));
        }
        let lock = lock(path)?;
        let is_taken = is_left_behind(path)?;
        clear(&nursery, &newborn)?;
        DirBuilder::new().mode(0o700).create(&nursery)?;
        let socket = UnixListener::bind(&newborn)?;
        socket.set_nonblocking(true)?;
        fs::set_permissions(&newborn, Permissions::from_mode(mode))?;
        let inode = inode(&newborn)?;
        if let Err(error) = publish(&newborn, path, is_taken) {
            let _ = fs::remove_file(&newborn); // otherwise the next start does
            let _ = fs::remove_dir(&nursery);
            return Err(error);
        }
        fs::remove_dir(&nursery)?;
        Ok(Self {
            socket,
            path: path.to_owned(),
            inode,
            _lock: lock,
        })
    }

    /// Accepts the next client. Returns `None` if it has disconnected already.
    pub(super) fn accept(&self) -> io::Result<Option<UnixStream>> {
        match self.socket.accept() {
            Ok((stream, _)) => {
                stream.set_nonblocking(false)?;
                Ok(Some(stream))
            }
            Err(error) => match error.kind() {
                io::ErrorKind::WouldBlock
                | io::ErrorKind::Interrupted
                | io::ErrorKind::ConnectionAborted => Ok(None),
                _ => Err(error),
            },
        }
    }

    /// Removes the socket from its path, and hands the clients that came before to `serve`.
    pub(super) fn close(&self, serve: impl Fn(UnixStream)) {
        if inode(&self.path).is_ok_and(|inode| inode == self.inode) {
            let _ = fs::remove_file(&self.path);
        }
        while let Ok(Some(stream)) = self.accept() {
            serve(stream);
        }
    }
}

impl AsFd for Listener {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

/// Locks the file beside the socket.
fn lock(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false).mode(0o600);
    let lock = options.open(beside(path, ".lock"))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(in_use(path)),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// Moves a socket to its path. If the path `is_taken` by a socket on which nobody listens, that one
/// is replaced in one step, so that clients always find one. Then, or if the file system has no
/// hard links to sockets, a file that somebody else puts there at this very moment is replaced
/// instead.
fn publish(newborn: &Path, path: &Path, is_taken: bool) -> io::Result<()> {
    if is_taken {
        return fs::rename(newborn, path);
    }
    // This does not replace what somebody else puts there at this moment.
    match fs::hard_link(newborn, path) {
        Ok(()) => fs::remove_file(newborn),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(in_the_way(path)),
        Err(_) => fs::rename(newborn, path), // on a file system without hard links to sockets
    }
}

/// Whether there is a socket at the path on which nobody listens. Anything else there is an error.
fn is_left_behind(path: &Path) -> io::Result<bool> {
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Ok(found) if !found.file_type().is_socket() => {
            let problem = format!("{} is not a socket and is not replaced", path.display());
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, problem));
        }
        found => found?,
    };
    match dial(path, Duration::ZERO) {
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => Ok(true),
        // A server that is too busy to accept us, or refuses us, is alive.
        _ => Err(in_use(path)),
    }
}

/// Removes the private folder that a killed server has left, perhaps with its socket. Anything else
/// in its place is somebody else's, and stays.
fn clear(nursery: &Path, newborn: &Path) -> io::Result<()> {
    match fs::symlink_metadata(nursery) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Ok(found) if !found.is_dir() => return Err(in_the_way(nursery)),
        found => found?,
    };
    for entry in fs::read_dir(nursery)? {
        let entry = entry?;
        if entry.path() != newborn || !entry.file_type()?.is_socket() {
            return Err(in_the_way(nursery));
        }
    }
    match fs::remove_file(newborn) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    match fs::remove_dir(nursery) {
        Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => Err(in_the_way(nursery)),
        result => result,
    }
}

fn in_the_way(path: &Path) -> io::Error {
    let problem = format!("{} is in the way and is not removed", path.display());
    io::Error::new(io::ErrorKind::AlreadyExists, problem)
}

fn in_use(path: &Path) -> io::Error {
    let problem = format!("another server is listening at {}", path.display());
    io::Error::new(io::ErrorKind::AddrInUse, problem)
}

fn too_long(path: &Path) -> io::Error {
    let problem = format!("{} is too long for a socket path", path.display());
    io::Error::new(io::ErrorKind::InvalidInput, problem)
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut beside = path.as_os_str().to_owned();
    beside.push(ending);
    beside.into()
}

fn inode(path: &Path) -> io::Result<(u64, u64)> {
    fs::symlink_metadata(path).map(|file| (file.dev(), file.ino()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_socket_does_not_replace_a_file_that_comes_to_its_path_meanwhile() {
        let folder = tempfile::tempdir().unwrap();
        let [newborn, path] = ["s", "path"].map(|name| folder.path().join(name));
        let _socket = UnixListener::bind(&newborn).unwrap();
        fs::write(&path, "a file").unwrap();
        let error = publish(&newborn, &path, false).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&path).unwrap(), b"a file");

        fs::remove_file(&path).unwrap();
        let identity = inode(&newborn).unwrap();
        publish(&newborn, &path, false).unwrap();
        assert_eq!(inode(&path).unwrap(), identity);
        assert!(!newborn.exists());
    }
}
