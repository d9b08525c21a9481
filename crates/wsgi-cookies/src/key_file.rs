//! Keys in files.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::{
    invalid_key::InvalidKey,
    key::{Key, random},
};

/// The maximum length of a key's file in bytes, which is more than the base64 of the longest key.
const MAX_FILE_LENGTH: usize = 2048;

impl Key {
    /// Reads a key from a file, which must contain only base64 and whitespace.
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
        at(path, File::open(path).map_err(Into::into).and_then(read))
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
    /// let text = Keyring::new(key).sign("login", "user", b"ada", now);
    /// assert!(Keyring::new(same).verify("login", "user", &text, None, now).is_ok());
    /// # std::fs::remove_file(path)?;
    /// # Ok::<_, wsgi_cookies::InvalidKey>(())
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
                at(path, create(path))?;
                Self::from_file(path)
            }
            file => at(path, file.map_err(Into::into).and_then(read)),
        }
    }
}

/// A result whose error names the path of the file.
fn at<T>(path: &Path, result: Result<T, InvalidKey>) -> Result<T, InvalidKey> {
    result.map_err(|error| match error {
        InvalidKey::File(error) => {
            let text = format!("{}: {error}", path.display());
            InvalidKey::File(io::Error::new(error.kind(), text))
        }
        InvalidKey::Exposed { mode, .. } => InvalidKey::Exposed {
            path: path.to_owned(),
            mode,
        },
        error => error,
    })
}

fn read(file: File) -> Result<Key, InvalidKey> {
    if file.metadata()?.is_dir() {
        return Err(io::Error::from(io::ErrorKind::IsADirectory).into());
    }
    check_mode(&file)?;
    // One byte more tells that a file is too long. A buffer that grows would leave copies in
    // memory.
    let room = MAX_FILE_LENGTH + 1;
    let mut text = Zeroizing::new(String::with_capacity(room));
    file.take(room as u64).read_to_string(&mut text)?;
    if text.len() > MAX_FILE_LENGTH {
        return Err(InvalidKey::TooLong);
    }
    Key::from_base64(&text)
}

/// Writes a new key to a draft beside `path` and links it into place. If another process was
/// faster, its key stays.
fn create(path: &Path) -> Result<(), InvalidKey> {
    let mut draft = Draft::create(path)?;
    let text = Zeroizing::new(STANDARD.encode(**random()?));
    draft.file.write_all(text.as_bytes())?;
    // Not appended to the text, which would leave a copy in memory when it grows.
    draft.file.write_all(b"\n")?;
    draft.file.sync_all()?;
    match fs::hard_link(&draft.path, path) {
        // Mutant: without this error, reading the file would fail next.
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error.into()),
        // The key is used from now on, and a faster process may not have synced it yet.
        _ => sync_parent(path)?,
    }
    Ok(())
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
    fn create(beside: &Path) -> Result<Self, InvalidKey> {
        let name = u64::from_ne_bytes(*random()?.first_chunk().expect("eight of 32 bytes"));
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
fn check_mode(file: &File) -> Result<(), InvalidKey> {
    let mode = std::os::unix::fs::MetadataExt::mode(&file.metadata()?) & 0o777;
    if mode & 0o027 != 0 {
        let path = PathBuf::new(); // Mutant: the caller fills it in.
        return Err(InvalidKey::Exposed { path, mode });
    }
    Ok(())
}

#[cfg(not(unix))]
fn check_mode(_: &File) -> Result<(), InvalidKey> {
    Ok(())
}
