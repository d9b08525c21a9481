//! Where the program keeps what outlives it, unless it is told.

use std::{
    env, fs, io,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
};

/// The permissions of a folder for its owner alone.
const OWNER_ONLY: u32 = 0o700;

/// The folder `wsgi` in the user's data directory (XDG Base Directory Specification), made for its
/// owner alone where it is not there.
///
/// # Errors
///
/// It is not known where the user's data is, or the folder cannot be made.
pub(crate) fn data_dir() -> io::Result<PathBuf> {
    let absolute = |name| {
        let path = env::var_os(name).map(PathBuf::from);
        path.filter(|path| path.is_absolute())
    };
    let home = || Some(absolute("HOME")?.join(".local/share"));
    let Some(data) = absolute("XDG_DATA_HOME").or_else(home) else {
        let message = "neither XDG_DATA_HOME nor HOME says where to keep sessions and key; \
            see --session-store and --cookie-key";
        return Err(io::Error::other(message));
    };
    let folder = data.join("wsgi");
    make(&folder).map_err(|error| {
        let message = format!("cannot make {}: {error}", folder.display());
        io::Error::new(error.kind(), message)
    })?;
    Ok(folder)
}

fn make(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    fs::DirBuilder::new()
        .recursive(true)
        .mode(OWNER_ONLY)
        .create(folder)
}
