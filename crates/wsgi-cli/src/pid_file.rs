//! A file that says which process runs.

use std::{
    fs, io,
    path::{Path, PathBuf},
    process,
};

use crate::visitors::cannot;

/// A file with this process's id, which goes when this is dropped.
pub(crate) struct PidFile(PathBuf);

impl PidFile {
    /// Writes the file, in place of one that is there.
    pub(crate) fn write(path: &Path) -> io::Result<Self> {
        fs::write(path, text())
            .map_err(|error| cannot(&format!("write the file {}", path.display()), &error))?;
        Ok(Self(path.to_owned()))
    }
}

impl Drop for PidFile {
    fn drop(&mut self) {
        // One that another process has written since is not ours to remove.
        if fs::read_to_string(&self.0).is_ok_and(|found| found == text()) {
            let _ = fs::remove_file(&self.0);
        }
    }
}

fn text() -> String {
    format!("{}\n", process::id())
}
