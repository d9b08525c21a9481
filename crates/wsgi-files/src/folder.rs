//! A folder of the system as a source.

use std::{
    ffi::OsStr,
    fs::File,
    io::{self, Read},
    os::{fd::OwnedFd, unix::ffi::OsStrExt},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use rustix::{
    fs::{AtFlags, Dir, DirEntry, FileType, OFlags, Stat, fstat, statat},
    io::Errno,
};

use wsgi_application::FileWrapper;

use crate::{
    entries::Entries,
    entry::Entry,
    file_path::FilePath,
    source::{Found, Source, SourceError},
    source_file::SourceFile,
    symlinks::Symlinks,
};

mod beneath;

/// The time after which the root is looked up again, so that a link to it may be changed.
const ROOT_LIFETIME: Duration = Duration::from_secs(1);

/// The names that are looked at for each entry that a listing may have. Those that cannot be
/// served, such as links that lead out, take the longest.
const MAX_NAMES_PER_ENTRY: usize = 2;

/// The longest file whose bytes the system makes as they are read.
const MAX_MADE_BYTES: u64 = 1024 * 1024;

/// A folder of the system, as a [`Source`].
///
/// No path leads out of it: on Linux the kernel itself refuses (`openat2`), elsewhere the path is
/// walked name by name. Only regular files are opened; pipes, sockets and devices are not found. A
/// path that is too long or has too many links is not found. A listing ends at twice as many names
/// as it may have entries, however few of them can be served, and says so.
///
/// If the folder is itself a link, and the link is changed to another folder, the new one is served
/// at most a second later.
///
/// A file whose bytes the system makes as they are read, such as those of `/proc` and `/sys`, is
/// read when it is opened. It has no validators, and at most 1 MiB.
///
/// ```
/// use wsgi_files::{FilePath, Folder, Found, Source, Symlinks};
///
/// let folder = Folder::open("src")?.symlinks(Symlinks::None);
/// let found = folder.open(&FilePath::new("lib.rs").unwrap())?;
/// assert!(matches!(found, Found::File(file) if file.len() > 0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    symlinks: Symlinks,
    root: Mutex<Root>,
}

#[derive(Debug)]
struct Root {
    folder: Arc<OwnedFd>,
    opened: Instant,
}

impl Folder {
    /// Opens a folder.
    ///
    /// # Errors
    ///
    /// There is no folder at this path, or the program may not enter it. The error names the path,
    /// from the root of the system.
    pub fn open(path: impl AsRef<Path>) -> io::Result<Self> {
        // The working directory may change later.
        let path = std::path::absolute(path)?;
        let root = Root::open(&path).map_err(|error| {
            let message = format!("cannot serve {}: {error}", path.display());
            io::Error::new(error.kind(), message)
        })?;
        let root = Mutex::new(root);
        Ok(Self {
            path,
            symlinks: Symlinks::default(),
            root,
        })
    }

    /// Sets which symbolic links are followed; [`Symlinks::Within`] by default.
    #[must_use]
    pub fn symlinks(mut self, symlinks: Symlinks) -> Self {
        self.symlinks = symlinks;
        self
    }

    /// The root, which is looked up again from time to time.
    fn root(&self) -> Arc<OwnedFd> {
        let mut root = self.root.lock().unwrap_or_else(PoisonError::into_inner);
        if root.opened.elapsed() >= ROOT_LIFETIME {
            match Root::open(&self.path) {
                Ok(new) => *root = new,
                // It may be replaced just now, or the program has given up the right to enter it.
                Err(_) => root.opened = Instant::now(),
            }
        }
        root.folder.clone()
    }

    fn open_at(
        &self,
        root: &OwnedFd,
        path: &FilePath<'_>,
        flags: OFlags,
    ) -> Result<OwnedFd, SourceError> {
        let opened = beneath::open(root, &self.path, relative(path), flags, self.symlinks);
        opened.map_err(refusal)
    }

    /// Whether nothing at a path may be opened: it is not there, or is a pipe, whose writer would
    /// take the server for a reader, or a device, which may do something when it is opened.
    ///
    /// It may follow links that are then refused, unless no link is followed. So it decides nothing
    /// else.
    fn has_no_file(&self, root: &OwnedFd, path: &FilePath<'_>) -> bool {
        let stat = match self.symlinks {
            Symlinks::None => beneath::look(root, relative(path)),
            Symlinks::Within | Symlinks::All => statat(root, relative(path), AtFlags::empty()),
        };
        match stat {
            Ok(stat) => !matches!(
                FileType::from_raw_mode(stat.st_mode),
                FileType::RegularFile | FileType::Directory
            ),
            Err(error) => error == Errno::NOENT,
        }
    }

    /// The entry of a name, if it is one that can be served.
    fn entry(
        &self,
        root: &OwnedFd,
        folder: &OwnedFd,
        path: &FilePath<'_>,
        name: &OsStr,
    ) -> Option<Entry> {
        let mut stat = statat(folder, name, AtFlags::SYMLINK_NOFOLLOW).ok()?;
        if FileType::from_raw_mode(stat.st_mode) == FileType::Symlink {
            let target = path.join(name.as_bytes())?;
            stat = fstat(self.open_at(root, &target, beneath::LOOK).ok()?).ok()?;
        }
        let length = match FileType::from_raw_mode(stat.st_mode) {
            FileType::RegularFile => Some(length(&stat)),
            FileType::Directory => None,
            _ => return None,
        };
        Some(Entry {
            name: name.to_owned(),
            length,
            modified: modified(&stat),
        })
    }
}

impl Source for Folder {
    fn open(&self, path: &FilePath<'_>) -> Result<Found, SourceError> {
        let root = self.root();
        if self.has_no_file(&root, path) {
            return Err(SourceError::NotFound);
        }
        // A pipe may come in between. Without a writer, it would wait for ever.
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY;
        let file = self.open_at(&root, path, flags)?;
        let stat = fstat(&file).map_err(refusal)?;
        match FileType::from_raw_mode(stat.st_mode) {
            FileType::RegularFile => Ok(Found::File(
                source_file(file.into(), &stat).map_err(SourceError::Io)?,
            )),
            FileType::Directory => Ok(Found::Folder),
            _ => Err(SourceError::NotFound),
        }
    }

    fn list(&self, path: &FilePath<'_>, limit: usize) -> Result<Entries, SourceError> {
        let root = self.root();
        let folder = self.open_at(&root, path, OFlags::RDONLY | OFlags::DIRECTORY)?;
        let is_name = |entry: &Result<DirEntry, Errno>| {
            let name = entry.as_ref().map(DirEntry::file_name);
            !name.is_ok_and(|name| matches!(name.to_bytes(), b"." | b".."))
        };
        let names = Dir::read_from(&folder).map_err(refusal)?.filter(is_name);
        let max_names = limit.saturating_mul(MAX_NAMES_PER_ENTRY);
        let mut entries = Vec::new();
        for (index, entry) in names.enumerate() {
            let entry = entry.map_err(refusal)?;
            let name = OsStr::from_bytes(entry.file_name().to_bytes());
            let found = match index < max_names {
                true => self.entry(&root, &folder, path, name),
                false => None,
            };
            let is_cut = index >= max_names || (found.is_some() && entries.len() == limit);
            if is_cut {
                return Ok(Entries { entries, is_cut });
            }
            entries.extend(found);
        }
        Ok(entries.into())
    }
}

impl Root {
    fn open(path: &Path) -> io::Result<Self> {
        Ok(Self {
            folder: Arc::new(beneath::open_root(path)?),
            opened: Instant::now(),
        })
    }
}

/// The reason why nothing is served if the system refuses with this error.
fn refusal(error: Errno) -> SourceError {
    match error {
        Errno::ACCESS | Errno::PERM => SourceError::Denied,
        // Not there; a path through a file; out of the root; too long; too many links; a socket or
        // a device without a driver; a name that the file system does not know.
        Errno::NOENT
        | Errno::NOTDIR
        | Errno::XDEV
        | Errno::NAMETOOLONG
        | Errno::LOOP
        | Errno::NXIO
        | Errno::NODEV
        | Errno::INVAL
        | Errno::ILSEQ
        | Errno::OPNOTSUPP => SourceError::NotFound,
        error => SourceError::Io(error.into()),
    }
}

fn relative<'a>(path: &'a FilePath<'_>) -> &'a Path {
    match path.is_root() {
        true => Path::new("."),
        false => Path::new(OsStr::from_bytes(path.as_bytes())),
    }
}

/// A regular file. One whose bytes the system makes as they are read, such as those of `/proc` and
/// `/sys`, is read at once: otherwise nobody knows its length. It has no blocks on a disk.
fn source_file(file: File, stat: &Stat) -> io::Result<SourceFile> {
    if stat.st_blocks > 0 || has_known_length(&file)? {
        return Ok(SourceFile::opened(file, length(stat), modified(stat)));
    }
    let mut bytes = Vec::new();
    file.take(MAX_MADE_BYTES + 1).read_to_end(&mut bytes)?;
    match bytes.len() as u64 > MAX_MADE_BYTES {
        true => Err(io::ErrorKind::FileTooLarge.into()),
        false => Ok(SourceFile::bytes(bytes)),
    }
}

fn has_known_length(file: &File) -> io::Result<bool> {
    let wrapper = FileWrapper::from_file(file.try_clone()?);
    Ok(wrapper.remaining().is_some())
}

fn length(stat: &Stat) -> u64 {
    u64::try_from(stat.st_size).unwrap_or_default()
}

/// The time of the last change, which may be before 1970.
#[allow(clippy::useless_conversion, clippy::unnecessary_cast)] // the types depend on the system
fn modified(stat: &Stat) -> Option<SystemTime> {
    let (seconds, nanos) = (stat.st_mtime as i64, stat.st_mtime_nsec as u64);
    let whole = Duration::from_secs(seconds.unsigned_abs());
    let time = match seconds >= 0 {
        true => UNIX_EPOCH.checked_add(whole),
        false => UNIX_EPOCH.checked_sub(whole),
    };
    time?.checked_add(Duration::from_nanos(nanos))
}
