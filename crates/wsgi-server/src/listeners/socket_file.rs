//! The file of a Unix socket.

use std::{
    fs::{self, DirBuilder, File, Permissions, TryLockError},
    io,
    os::{
        fd::AsRawFd,
        unix::{
            fs::{DirBuilderExt, FileTypeExt, MetadataExt, PermissionsExt, chown},
            net::UnixListener,
        },
    },
    path::{Path, PathBuf},
    process,
    sync::atomic::{AtomicBool, Ordering::Relaxed},
    thread,
    time::{Duration, Instant},
};

use rustix::{
    io::{Errno, ioctl_fionbio},
    net::{AddressFamily, SocketAddrUnix, SocketType, connect, socket},
};

use crate::listeners::socket_access::SocketAccess;

/// The file of a socket that this process has bound. It is removed when the server ends, unless
/// another file has taken its place.
#[derive(Debug)]
pub(crate) struct SocketFile {
    path: PathBuf,
    id: FileId,
    /// The process that has bound it. Processes that this one forks do not remove the file.
    maker: u32,
    removed: AtomicBool,
}

/// The identity of a file, whatever its path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct FileId {
    device: u64,
    inode: u64,
}

/// The number of bytes that the path of a socket may have for a client to name it: those of
/// `sun_path` (unix(7)) without the final NUL.
const LONGEST_PATH: usize = if cfg!(target_vendor = "apple") {
    103
} else {
    107
};

/// The time that this process waits for another one that has locked the folder.
const LOCK_TIMEOUT: Duration = Duration::from_secs(2);

impl SocketFile {
    /// Binds a socket at `path` with this access. A socket there is replaced if nobody listens on
    /// it any more.
    pub(crate) fn bind(path: &Path, access: SocketAccess) -> io::Result<(UnixListener, Self)> {
        let path = std::path::absolute(path)?;
        let (Some(folder), Some(_)) = (path.parent(), path.file_name()) else {
            let problem = format!("{} is not a path of a socket", path.display());
            return Err(io::Error::new(io::ErrorKind::InvalidInput, problem));
        };
        let length = path.as_os_str().len();
        if length > LONGEST_PATH {
            let problem =
                format!("the path has {length} bytes, but clients can name at most {LONGEST_PATH}");
            return Err(io::Error::new(io::ErrorKind::InvalidInput, problem));
        }
        // If two servers start at once, one of them must find the other's socket live.
        let lock = lock(folder)?;
        let is_taken = is_left_behind(&path)?;
        // Clients can connect from the moment a socket is bound. So it is bound in a folder of
        // this user alone, and moved once its permissions are right.
        let nursery = Nursery::new(folder)?;
        let newborn = nursery.0.join("s");
        let listener = nursery.bind()?;
        let _newborn = RemoveOnDrop(&newborn);
        if access.owner.is_some() || access.group.is_some() {
            chown(&newborn, access.owner, access.group)?;
        }
        fs::set_permissions(&newborn, Permissions::from_mode(access.mode))?;
        let id = FileId::of(&newborn)?;
        publish(&newborn, &path, is_taken)?;
        drop(lock);
        let file = Self {
            path,
            id,
            maker: process::id(),
            removed: AtomicBool::new(false),
        };
        Ok((listener, file))
    }

    /// The file of a socket that another process has bound and removes.
    #[cfg(feature = "restart")]
    pub(crate) fn of_another_process(path: PathBuf) -> Self {
        Self {
            path,
            id: FileId {
                device: 0,
                inode: 0,
            },
            maker: 0,
            removed: AtomicBool::new(true),
        }
    }

    /// Leaves the file to another process.
    #[cfg(feature = "restart")]
    pub(crate) fn leave(&self) {
        self.removed.store(true, Relaxed);
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Removes the file, so that no further client finds the socket. Clients that wait can still
    /// be accepted.
    pub(crate) fn remove(&self) {
        if self.maker == process::id()
            && !self.removed.swap(true, Relaxed)
            && FileId::of(&self.path).is_ok_and(|at| at == self.id)
        {
            let _ = fs::remove_file(&self.path);
        }
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        self.remove();
    }
}

/// A temporary folder that only this user can enter.
struct Nursery(PathBuf);

impl Nursery {
    fn new(folder: &Path) -> io::Result<Self> {
        // The name is short, because the path of a socket may have only a hundred bytes.
        for number in 0..16 {
            let nursery = folder.join(format!(".{}{number:x}", process::id()));
            match DirBuilder::new().mode(0o700).create(&nursery) {
                Ok(()) => return Ok(Self(nursery)),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }

    /// Binds a socket in the folder, by a path that is short enough even if that of the folder is
    /// long.
    fn bind(&self) -> io::Result<UnixListener> {
        let path = self.0.join("s");
        if cfg!(not(target_os = "linux")) || path.as_os_str().len() <= LONGEST_PATH {
            return UnixListener::bind(path);
        }
        let folder = File::open(&self.0)?;
        UnixListener::bind(format!("/proc/self/fd/{}/s", folder.as_raw_fd()))
    }
}

impl Drop for Nursery {
    fn drop(&mut self) {
        let _ = fs::remove_dir(&self.0);
    }
}

struct RemoveOnDrop<'a>(&'a Path);

impl Drop for RemoveOnDrop<'_> {
    fn drop(&mut self) {
        let _ = fs::remove_file(self.0);
    }
}

/// Locks a folder against other servers that bind a socket there.
fn lock(folder: &Path) -> io::Result<File> {
    let lock = File::open(folder)?;
    let end = Instant::now() + LOCK_TIMEOUT;
    loop {
        match lock.try_lock() {
            Ok(()) => return Ok(lock),
            Err(TryLockError::Error(error)) => return Err(error),
            Err(TryLockError::WouldBlock) if Instant::now() >= end => {
                let problem = format!("another process keeps {} locked", folder.display());
                return Err(io::Error::new(io::ErrorKind::WouldBlock, problem));
            }
            Err(TryLockError::WouldBlock) => thread::sleep(Duration::from_millis(5)),
        }
    }
}

/// Moves a socket to its path. What somebody else puts there at this moment is not replaced, unless
/// the path `is_taken` by a socket on which nobody listens, or the file system has no hard links to
/// sockets.
fn publish(newborn: &Path, path: &Path, is_taken: bool) -> io::Result<()> {
    if is_taken {
        return fs::rename(newborn, path);
    }
    match fs::hard_link(newborn, path) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let problem = format!("{} is in the way and is not removed", path.display());
            Err(io::Error::new(io::ErrorKind::AlreadyExists, problem))
        }
        Err(_) => fs::rename(newborn, path),
    }
}

/// Whether there is a socket at the path that nobody listens on. Anything else there is an error.
fn is_left_behind(path: &Path) -> io::Result<bool> {
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Ok(found) if !found.file_type().is_socket() => {
            let problem = format!("{} is not a socket and is not replaced", path.display());
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, problem));
        }
        found => found?,
    };
    let probe = socket(AddressFamily::UNIX, SocketType::STREAM, None)?;
    // The probe must not wait for a server that is too busy to accept it.
    ioctl_fionbio(&probe, true)?;
    match connect(&probe, &SocketAddrUnix::new(path)?) {
        Err(Errno::CONNREFUSED) => Ok(true),
        // The server has ended at this moment.
        Err(Errno::NOENT) => Ok(false),
        // A server that is too busy, or does not let this user connect, is alive.
        _ => {
            let problem = format!("another server listens at {}", path.display());
            Err(io::Error::new(io::ErrorKind::AddrInUse, problem))
        }
    }
}

impl FileId {
    fn of(path: &Path) -> io::Result<Self> {
        let file = fs::symlink_metadata(path)?;
        Ok(Self {
            device: file.dev(),
            inode: file.ino(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_process_that_bound_a_socket_removes_its_file() {
        let folder = std::env::temp_dir().join(format!("socket-file-{}", process::id()));
        fs::create_dir(&folder).unwrap();
        let path = folder.join("s");
        let (_listener, bound) = SocketFile::bind(&path, SocketAccess::new(0o600)).unwrap();
        // The value that a forked child would have.
        let of_child = SocketFile {
            path: bound.path.clone(),
            id: bound.id,
            maker: bound.maker + 1,
            removed: AtomicBool::new(false),
        };
        drop(of_child);
        assert!(path.exists(), "a child that ends leaves it");
        drop(bound);
        assert!(!path.exists());
        fs::remove_dir(folder).unwrap();
    }

    #[test]
    fn a_socket_does_not_replace_a_file_that_comes_to_its_path_meanwhile() {
        let folder = tempfile::tempdir().unwrap();
        let [newborn, path] = ["s", "path"].map(|name| folder.path().join(name));
        let _listener = UnixListener::bind(&newborn).unwrap();
        fs::write(&path, "a file").unwrap();
        let error = publish(&newborn, &path, false).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
        assert!(error.to_string().contains("path is in the way"), "{error}");
        assert_eq!(fs::read(&path).unwrap(), b"a file");

        fs::remove_file(&path).unwrap();
        let id = FileId::of(&newborn).unwrap();
        publish(&newborn, &path, false).unwrap();
        let published = FileId::of(&path).unwrap();
        assert_eq!((published.device, published.inode), (id.device, id.inode));
    }
}
