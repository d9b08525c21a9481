//! The file that a Unix socket is reached by.

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

/// The file of a socket that this process has bound. It goes when the server
/// ends, unless another one has been put in its place.
#[derive(Debug)]
pub(crate) struct SocketFile {
    path: PathBuf,
    /// Which file is ours.
    inode: (u64, u64),
    /// The process that has bound it: those that it forks leave it alone.
    maker: u32,
    removed: AtomicBool,
}

/// How many bytes the path of a socket may have, or nobody can name it to connect: those of
/// `sun_path` (unix(7)), less the NUL after them.
const LONGEST_PATH: usize = if cfg!(target_vendor = "apple") {
    103
} else {
    107
};

/// How long another process may keep us from a folder of sockets.
const LOCK_TIMEOUT: Duration = Duration::from_secs(2);

impl SocketFile {
    /// Binds a socket at `path`, for those whom `access` lets in. A socket that nobody
    /// listens on any more is replaced.
    pub(crate) fn bind(path: &Path, access: SocketAccess) -> io::Result<(UnixListener, Self)> {
        let path = std::path::absolute(path)?;
        let (Some(folder), Some(_)) = (path.parent(), path.file_name()) else {
            let problem = format!("{} is no path of a socket", path.display());
            return Err(io::Error::new(io::ErrorKind::InvalidInput, problem));
        };
        let length = path.as_os_str().len();
        if length > LONGEST_PATH {
            let problem =
                format!("the path has {length} bytes, and clients can name up to {LONGEST_PATH}");
            return Err(io::Error::new(io::ErrorKind::InvalidInput, problem));
        }
        // Of two servers that start at once, one must find the other's socket live.
        let lock = lock(folder)?;
        let is_taken = is_left_behind(&path)?;
        // A socket is open to whomever its permissions let in from the moment it
        // is bound: so it is bound where nobody else comes, and moved when they
        // are right.
        let nursery = Nursery::new(folder)?;
        let newborn = nursery.0.join("s");
        let listener = nursery.bind()?;
        let _newborn = RemoveOnDrop(&newborn);
        if access.owner.is_some() || access.group.is_some() {
            chown(&newborn, access.owner, access.group)?;
        }
        fs::set_permissions(&newborn, Permissions::from_mode(access.mode))?;
        let inode = inode(&newborn)?;
        match is_taken {
            true => fs::rename(&newborn, &path)?,
            // Nothing is replaced, whoever puts something there at this moment.
            false => fs::hard_link(&newborn, &path)?,
        }
        drop(lock);
        let file = SocketFile {
            path,
            inode,
            maker: process::id(),
            removed: AtomicBool::new(false),
        };
        Ok((listener, file))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Takes the file away, so that no further client finds the socket; those
    /// that wait to be accepted still can be.
    pub(crate) fn remove(&self) {
        if self.maker == process::id()
            && !self.removed.swap(true, Relaxed)
            && inode(&self.path).is_ok_and(|at| at == self.inode)
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

/// A folder that only we may look into, for as long as it is needed.
struct Nursery(PathBuf);

impl Nursery {
    fn new(folder: &Path) -> io::Result<Self> {
        // Short, because the path of a socket may hardly have more than a hundred bytes.
        for number in 0..16 {
            let nursery = folder.join(format!(".{}{number:x}", process::id()));
            match DirBuilder::new().mode(0o700).create(&nursery) {
                Ok(()) => return Ok(Nursery(nursery)),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }

    /// Binds a socket in it, by a path that is short enough wherever the folder is.
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

/// Locks a folder against others that bind a socket there.
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

/// Whether a socket stands at the path that nobody listens on. Anything else that
/// stands there is an error.
fn is_left_behind(path: &Path) -> io::Result<bool> {
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Ok(found) if !found.file_type().is_socket() => {
            let problem = format!("{} is no socket, and is not replaced", path.display());
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, problem));
        }
        found => found?,
    };
    let probe = socket(AddressFamily::UNIX, SocketType::STREAM, None)?;
    // A server that is too busy to take a client must not hold us up.
    ioctl_fionbio(&probe, true)?;
    match connect(&probe, &SocketAddrUnix::new(path)?) {
        Err(Errno::CONNREFUSED) => Ok(true),
        // Its server has ended at this moment.
        Err(Errno::NOENT) => Ok(false),
        // Whoever is too busy, or takes none of ours, lives.
        _ => {
            let problem = format!("another server listens at {}", path.display());
            Err(io::Error::new(io::ErrorKind::AddrInUse, problem))
        }
    }
}

fn inode(path: &Path) -> io::Result<(u64, u64)> {
    fs::symlink_metadata(path).map(|file| (file.dev(), file.ino()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_of_a_socket_goes_with_the_process_that_has_bound_it_and_with_no_child() {
        let folder = std::env::temp_dir().join(format!("socket-file-{}", process::id()));
        fs::create_dir(&folder).unwrap();
        let path = folder.join("s");
        let (_listener, bound) = SocketFile::bind(&path, SocketAccess::new(0o600)).unwrap();
        // What a fork would have made of it in a child.
        let of_child = SocketFile {
            path: bound.path.clone(),
            inode: bound.inode,
            maker: bound.maker + 1,
            removed: AtomicBool::new(false),
        };
        drop(of_child);
        assert!(path.exists(), "the first child to end takes it from nobody");
        drop(bound);
        assert!(!path.exists());
        fs::remove_dir(folder).unwrap();
    }
}
