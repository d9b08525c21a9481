//! A folder that only this user can enter, for as long as the process lives.

use std::{
    fs::{self, DirEntry, File, Permissions, TryLockError},
    io,
    os::unix::fs::{MetadataExt, PermissionsExt},
    path::Path,
};

use rustix::process::geteuid;
use tempfile::TempDir;

/// A folder that only this user can enter. It is removed on drop.
///
/// A process that is killed leaves its folder. The next one removes it: a file in each folder is
/// locked for as long as its process lives.
pub(super) struct PrivateFolder {
    folder: TempDir,
    _lock: File,
}

/// The start of the names of these folders, and the name of the file that is locked.
const PREFIX: &str = "wsgi-parent-";
const LOCK: &str = "lock";

/// The number of attempts at a folder. Each other one was removed by a process that has just
/// started, before it was locked.
const ATTEMPTS: usize = 100;

impl PrivateFolder {
    /// Creates a folder within another one, and removes those that were left there.
    ///
    /// # Errors
    ///
    /// A folder cannot be created or locked.
    pub(super) fn new(within: &Path) -> io::Result<Self> {
        remove_left(within);
        for _ in 0..ATTEMPTS {
            if let Some(folder) = Self::try_new(within)? {
                return Ok(folder);
            }
        }
        Err(io::ErrorKind::ResourceBusy.into())
    }

    /// Creates a folder. `None` if another process has taken it for one that was left.
    fn try_new(within: &Path) -> io::Result<Option<Self>> {
        let folder = tempfile::Builder::new()
            .prefix(PREFIX)
            .permissions(Permissions::from_mode(0o700))
            .tempdir_in(within)?;
        let path = folder.path().join(LOCK);
        let lock = match File::create_new(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            lock => lock?,
        };
        lock.lock()?;
        Ok(path.exists().then_some(Self {
            folder,
            _lock: lock,
        }))
    }

    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// Removes the folders of processes that were killed. What cannot be removed stays.
fn remove_left(within: &Path) {
    let entries = fs::read_dir(within).into_iter().flatten().flatten();
    for entry in entries.filter(is_of_this_user) {
        let path = entry.path();
        match File::open(path.join(LOCK)) {
            Ok(lock) => match lock.try_lock() {
                Ok(()) => drop(fs::remove_dir_all(&path)),
                Err(TryLockError::WouldBlock | TryLockError::Error(_)) => {}
            },
            // It was killed, or has yet to create the file: then this fails, or it notices.
            Err(error) if error.kind() == io::ErrorKind::NotFound => drop(fs::remove_dir(&path)),
            Err(_) => {}
        }
    }
}

/// Whether it is a folder of this name that only this user can enter. Others may write to the
/// folder for temporary files, too.
fn is_of_this_user(entry: &DirEntry) -> bool {
    let name = entry.file_name();
    let has_name = name.as_encoded_bytes().starts_with(PREFIX.as_bytes());
    has_name
        && entry.metadata().is_ok_and(|metadata| {
            metadata.is_dir()
                && metadata.uid() == geteuid().as_raw()
                && metadata.mode() & 0o777 == 0o700
        })
}

#[cfg(test)]
mod tests {
    use std::{fs::create_dir, thread};

    use super::*;

    /// The number of folders within another one.
    fn count(within: &Path) -> usize {
        fs::read_dir(within).expect("a folder").count()
    }

    #[test]
    fn a_folder_is_removed_on_drop() {
        let within = TempDir::new().expect("a folder");
        let folder = PrivateFolder::new(within.path()).expect("a folder");
        let mode = folder.path().metadata().expect("metadata").mode();
        assert_eq!(mode & 0o777, 0o700);
        fs::write(folder.path().join("a"), "b").expect("a file");
        drop(folder);
        assert_eq!(count(within.path()), 0);
    }

    #[test]
    fn folders_that_were_left_are_removed_and_those_in_use_stay() {
        let within = TempDir::new().expect("a folder");
        let used = PrivateFolder::new(within.path()).expect("a folder");
        let names = [
            "wsgi-parent-left",
            "wsgi-parent-empty",
            "wsgi-other",
            "wsgi-parent-open",
        ];
        let [left, empty, other, open] = names.map(|name| within.path().join(name));
        for folder in [&left, &empty, &other, &open] {
            create_dir(folder).expect("a folder");
            fs::set_permissions(folder, Permissions::from_mode(0o700)).expect("its mode");
        }
        for folder in [&left, &other, &open] {
            fs::write(folder.join(LOCK), "").expect("a file");
            fs::write(folder.join("sessions"), "").expect("a file");
        }
        fs::set_permissions(&open, Permissions::from_mode(0o755)).expect("its mode");
        let link = within.path().join("wsgi-parent-link");
        std::os::unix::fs::symlink(&other, &link).expect("a link");
        let next = PrivateFolder::new(within.path()).expect("a folder");
        assert!(!left.exists() && !empty.exists());
        assert!(other.join("sessions").exists() && open.exists());
        assert!(link.exists() && used.path().exists() && next.path().exists());
    }

    #[test]
    fn many_at_once_leave_each_other_their_folders() {
        let within = TempDir::new().expect("a folder");
        let folders: Vec<_> = thread::scope(|scope| {
            let start = |_| {
                scope.spawn(|| {
                    let folder = PrivateFolder::new(within.path()).expect("a folder");
                    fs::write(folder.path().join("sessions"), "").expect("a file");
                    folder
                })
            };
            let threads: Vec<_> = (0..16).map(start).collect();
            let folders = threads.into_iter().map(thread::ScopedJoinHandle::join);
            folders.map(|folder| folder.expect("a folder")).collect()
        });
        assert_eq!(count(within.path()), 16);
        assert!(
            folders
                .iter()
                .all(|folder| folder.path().join("sessions").exists())
        );
    }
}
