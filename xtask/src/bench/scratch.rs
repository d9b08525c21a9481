//! A directory for the files of one run.

use std::path::{Path, PathBuf};
use std::{env, fs, io, process};

/// A temporary directory that is removed on drop.
#[derive(Debug)]
pub(super) struct Scratch(PathBuf);

impl Scratch {
    pub(super) fn new() -> io::Result<Self> {
        let path = env::temp_dir().join(format!("wsgi-bench-{}", process::id()));
        fs::create_dir(&path)?;
        Ok(Self(path))
    }

    /// The path of a file in the directory.
    pub(super) fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // A directory that stays must not cost the figures.
        drop(fs::remove_dir_all(&self.0));
    }
}
