//! The socket a server listens on, from the first client to none being left behind.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions, TryLockError};
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::{DirBuilderExt, FileTypeExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::os::unix::net::{SocketAddr, UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::stores::dial::dial;

/// A listening socket with a path of its own.
///
/// A socket file says nothing about whether someone listens. The lock beside it does: it goes with
/// the process, however that ends, and two servers that start at the same time cannot both replace
/// the socket of a third.
#[derive(Debug)]
pub(super) struct Listener {
    socket: UnixListener,
    path: PathBuf,
    /// Which file is ours: another may stand at the path by the time it is removed.
    inode: (u64, u64),
    _lock: File,
}

impl Listener {
    pub(super) fn bind(path: &Path, mode: u32) -> io::Result<Self> {
        // A socket is open to anyone its permissions let in from the moment it is bound. So it is
        // bound where nobody else comes, and moved once the permissions are right.
        let nursery = beside(path, ".new");
        let newborn = nursery.join("s");
        if SocketAddr::from_pathname(&newborn).is_err() {
            return Err(too_long(path));
        }
        let lock = lock(path)?;
        check_vacant(path)?;
        match fs::remove_dir_all(&nursery) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => DirBuilder::new().mode(0o700).create(&nursery)?,
        }
        let socket = UnixListener::bind(&newborn)?;
        socket.set_nonblocking(true)?;
        fs::set_permissions(&newborn, Permissions::from_mode(mode))?;
        let inode = inode(&newborn)?;
        fs::rename(&newborn, path)?;
        fs::remove_dir(&nursery)?;
        Ok(Self {
            socket,
            path: path.to_owned(),
            inode,
            _lock: lock,
        })
    }

    /// The next client, `None` where it has left again.
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

    /// Takes the socket from its path, and hands those who came before that to `serve`.
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

/// Locks what stands beside the socket.
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

/// Checks that nothing stands at the path, or a socket that nobody listens on.
fn check_vacant(path: &Path) -> io::Result<()> {
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Ok(found) if !found.file_type().is_socket() => {
            let problem = format!("{} is no socket, and is not replaced", path.display());
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, problem));
        }
        found => found?,
    };
    match dial(path, Duration::ZERO) {
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => Ok(()),
        // Whoever is too busy to take a client, or takes none of ours, lives.
        _ => Err(in_use(path)),
    }
}

fn in_use(path: &Path) -> io::Error {
    let problem = format!("another server listens at {}", path.display());
    io::Error::new(io::ErrorKind::AddrInUse, problem)
}

fn too_long(path: &Path) -> io::Error {
    let problem = format!("{} is too long for the path of a socket", path.display());
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
