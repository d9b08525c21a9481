//! Messages between an application and the test, apart from the response.
//!
//! They are files in a folder, so that the application can be in another process.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    time::Duration,
};

use tempfile::TempDir;
use wsgi::Environ;

use crate::patience::eventually;

/// The field of a request that names the folder.
pub(crate) const FIELD: &str = "X-Notes";

/// A folder of notes, each a small text with a name.
#[derive(Clone, Debug)]
pub struct Notes(PathBuf);

impl Notes {
    /// Creates a folder inside a temporary one. Processes of other users can write to it.
    ///
    /// # Panics
    ///
    /// The folder cannot be created.
    #[must_use]
    pub fn new(all: &TempDir, name: &str) -> Self {
        let folder = all.path().join(name);
        fs::create_dir(&folder).unwrap();
        // Other users also need access to the outer folder.
        fs::set_permissions(all.path(), fs::Permissions::from_mode(0o755)).unwrap();
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o777)).unwrap();
        Notes(folder)
    }

    /// The folder that a request names.
    ///
    /// # Panics
    ///
    /// The request does not name one.
    #[must_use]
    #[track_caller]
    pub fn of(environ: &Environ) -> Self {
        let path = environ.get("HTTP_X_NOTES").expect("a folder for notes");
        Notes(path.to_str().unwrap().into())
    }

    /// The folder itself.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Writes a note. Readers see the whole text or no note.
    ///
    /// # Panics
    ///
    /// The folder cannot be written to.
    pub fn write(&self, name: &str, text: &str) {
        let draft = self.0.join(format!(".{name}"));
        fs::write(&draft, text).unwrap();
        fs::rename(draft, self.0.join(name)).unwrap();
    }

    /// The note with this name, if it exists.
    #[must_use]
    pub fn read(&self, name: &str) -> Option<String> {
        fs::read_to_string(self.0.join(name)).ok()
    }

    /// Waits for a note. `None` if it does not appear in time.
    #[must_use]
    pub fn wait(&self, name: &str, patience: Duration) -> Option<String> {
        eventually(patience, || self.read(name))
    }
}
