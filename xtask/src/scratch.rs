//! A folder for the files of one run.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
    process,
    time::SystemTime,
};

/// A temporary folder of its own, removed on drop.
#[derive(Debug)]
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    /// Creates a folder, with its purpose in its name.
    pub(crate) fn new(purpose: &str) -> io::Result<Self> {
        let since_epoch = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
        let name = format!(
            "wsgi-{purpose}-{}-{}",
            process::id(),
            since_epoch.as_nanos()
        );
        let path = env::temp_dir().join(name);
        fs::create_dir(&path)?;
        Ok(Self(path))
    }

    /// The path of a file in the folder.
    pub(crate) fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // A folder that stays fails nothing.
        drop(fs::remove_dir_all(&self.0));
    }
}
