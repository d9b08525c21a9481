//! The program's folder in the user's data directory.

use std::{
    env, fs, io,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
};

/// The permissions of a folder for its owner alone.
const OWNER_ONLY: u32 = 0o700;

/// The folder `wsgi` in the user's data directory (XDG Base Directory Specification). A missing one
/// is created, for its owner alone.
///
/// # Errors
///
/// The data directory is unknown, or the folder cannot be created.
pub(crate) fn data_dir() -> io::Result<PathBuf> {
    let folder = folder()?;
    create(&folder).map_err(|error| {
        let message = format!("cannot create {}: {error}", folder.display());
        io::Error::new(error.kind(), message)
    })?;
    Ok(folder)
}

/// The path of a file in the folder, which may be missing.
///
/// # Errors
///
/// The data directory is unknown.
pub(crate) fn data_path(name: &str) -> io::Result<PathBuf> {
    folder().map(|folder| folder.join(name))
}

fn folder() -> io::Result<PathBuf> {
    let absolute = |name| {
        let path = env::var_os(name).map(PathBuf::from);
        path.filter(|path| path.is_absolute())
    };
    let home = || Some(absolute("HOME")?.join(".local/share"));
    let Some(data) = absolute("XDG_DATA_HOME").or_else(home) else {
        let message = "neither XDG_DATA_HOME nor HOME is an absolute path; name the places with \
            --session-store and --cookie-key";
        return Err(io::Error::other(message));
    };
    Ok(data.join("wsgi"))
}

fn create(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    fs::DirBuilder::new()
        .recursive(true)
        .mode(OWNER_ONLY)
        .create(folder)
}
