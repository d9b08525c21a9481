//! Keys in files.

use std::{
    fs::{self, File, Metadata, OpenOptions},
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use zeroize::Zeroizing;

use crate::{
    invalid_key::InvalidKey,
    key::{Key, random},
};

/// The maximum length of a key's file in bytes, which is more than the base64 of the longest key.
const MAX_FILE_LENGTH: usize = 2048;

impl Key {
    /// Reads a key from a file, which must contain only its base64, in one line or several as
    /// `Key::from_base64` reads them, and whitespace around it. A file has one key: for a rotation,
    /// put the new one into another file. Two keys in a file are refused, unless they look like
    /// one.
    ///
    /// On Unix the file must be secret: only its owner and group may read it, and only its owner
    /// may write it. If a platform provides secrets with wider modes, read the file yourself and
    /// use `Key::from_base64`.
    ///
    /// # Errors
    ///
    /// `File`, `Exposed`, and the errors of `Key::from_base64`.
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, InvalidKey> {
        let path = path.as_ref();
        read(path, File::open(path).map_err(at(path))?)
    }

    /// Reads a key from a file like `Key::from_file`, or creates the file with a new key if it is
    /// missing.
    ///
    /// A new file has mode 0600 and is synced to disk. If several processes create it at the same
    /// time, all get the same key. So a file system without hard links, such as FAT, cannot create
    /// it; there, write the file before, with `openssl rand -base64 32`.
    ///
    /// ```
    /// use std::time::SystemTime;
    /// use wsgi_cookies::{Key, Keyring};
    ///
    /// # let now = SystemTime::now();
    /// # let name = format!("wsgi-cookies-{}.key", std::process::id());
    /// # let path = &std::env::temp_dir().join(name);
    /// let key = Key::from_file_or_new(path)?; // Creates the file.
    /// let same = Key::from_file(path)?; // Reads it.
    /// let text = Keyring::new(key).for_cookie("login", "user").sign("ada", now);
    /// assert!(Keyring::new(same).for_cookie("login", "user").verify(&text, None, now).is_ok());
    /// # std::fs::remove_file(path)?;
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// `File`, `Exposed`, `Random`, and the errors of `Key::from_base64`.
    pub fn from_file_or_new(path: impl AsRef<Path>) -> Result<Self, InvalidKey> {
        let path = path.as_ref();
        match File::open(path) {
            // Mutant: after any other error, reading the file would give the same error again.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                create(path)?;
                Self::from_file(path)
            }
            file => read(path, file.map_err(at(path))?),
        }
    }
}

/// Makes an error of the system one of the file at this path.
fn at(path: &Path) -> impl FnOnce(io::Error) -> InvalidKey {
    let path = path.to_owned();
    |error| InvalidKey::File { path, error }
}

fn read(path: &Path, file: File) -> Result<Key, InvalidKey> {
    let metadata = file.metadata().map_err(at(path))?;
    if metadata.is_dir() {
        return Err(at(path)(io::ErrorKind::IsADirectory.into()));
    }
    check_mode(path, &metadata)?;
    // One byte more tells that a file is too long. A buffer that grows would leave copies in
    // memory.
    let room = MAX_FILE_LENGTH + 1;
    let mut text = Zeroizing::new(String::with_capacity(room));
    let mut file = file.take(room as u64);
    file.read_to_string(&mut text).map_err(at(path))?;
    if text.len() > MAX_FILE_LENGTH {
        return Err(InvalidKey::TooLong);
    }
    Key::from_base64(&text)
}

/// Writes a new key to a draft beside `path` and links it into place. If another process was
/// faster, its key stays.
fn create(path: &Path) -> Result<(), InvalidKey> {
    let text = Zeroizing::new(STANDARD.encode(**random()?));
    let name = u64::from_ne_bytes(*random()?.first_chunk().expect("eight of 32 bytes"));
    write(path, &text, name).map_err(at(path))
}

fn write(path: &Path, text: &str, draft_name: u64) -> io::Result<()> {
    let mut draft = Draft::create(path, draft_name)?;
    draft.file.write_all(text.as_bytes())?;
    // Not appended to the text, which would leave a copy in memory when it grows.
    draft.file.write_all(b"\n")?;
    draft.file.sync_all()?;
    match fs::hard_link(&draft.path, path) {
        // Mutant: without this error, reading the file would fail next.
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        // The key is used from now on, and a faster process may not have synced it yet.
        _ => sync_parent(path),
    }
}

/// Syncs the entry of a file in its folder to disk, on platforms where folders can be synced.
fn sync_parent(path: &Path) -> io::Result<()> {
    // Mutant: only a loss of power tells whether a folder was synced.
    if !cfg!(unix) {
        return Ok(());
    }
    let parent = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    File::open(parent.unwrap_or(Path::new(".")))?.sync_all()
}

/// A file beside the final one. It is removed when dropped.
struct Draft {
    file: File,
    path: PathBuf,
}

impl Draft {
    fn create(beside: &Path, name: u64) -> io::Result<Self> {
        let mut path = beside.as_os_str().to_owned();
        path.push(format!(".{name:016x}"));
        let path = PathBuf::from(path);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&path)?;
        Ok(Self { file, path })
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        // A draft that cannot be removed is an unused key that only its owner can read.
        let _ = fs::remove_file(&self.path);
    }
}

#[cfg(unix)]
fn check_mode(path: &Path, metadata: &Metadata) -> Result<(), InvalidKey> {
    let mode = std::os::unix::fs::MetadataExt::mode(metadata) & 0o777;
    if mode & 0o027 != 0 {
        let path = path.to_owned();
        return Err(InvalidKey::Exposed { path, mode });
    }
    Ok(())
}

#[cfg(not(unix))]
fn check_mode(_: &Path, _: &Metadata) -> Result<(), InvalidKey> {
    Ok(())
}
