//! Challenges in files.

use std::{
    fs::{self, File, Metadata},
    io::{self, Read},
    path::{Path, PathBuf},
};

/// The largest file, in bytes. A key authorization has at most 299.
const MAX_FILE_BYTES: u64 = 4096;

/// The folder in which an ACME client keeps files for challenges.
#[derive(Debug)]
pub(super) struct Webroot {
    /// The folder of the files themselves.
    folder: PathBuf,
}

impl Webroot {
    pub(super) fn new(webroot: &Path) -> Self {
        let folder = webroot.join(".well-known/acme-challenge");
        Self { folder }
    }

    /// The content of the file with this name, which is a token. `None` if there is none.
    ///
    /// # Errors
    ///
    /// The file cannot be read, is not a regular file, or is too large.
    pub(super) fn challenge(&self, token: &str) -> io::Result<Option<Vec<u8>>> {
        let path = self.folder.join(token);
        match Self::read(&path) {
            Ok(content) => Ok(Some(content)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => {
                let message = format!("cannot answer with the file {}: {error}", path.display());
                Err(io::Error::new(error.kind(), message))
            }
        }
    }

    fn read(path: &Path) -> io::Result<Vec<u8>> {
        // Before opening: opening a pipe would wait for somebody who writes to it.
        check(&fs::symlink_metadata(path)?)?;
        let file = File::open(path)?;
        check(&file.metadata()?)?;
        let mut content = Vec::new();
        file.take(MAX_FILE_BYTES).read_to_end(&mut content)?;
        Ok(content)
    }
}

fn check(metadata: &Metadata) -> io::Result<()> {
    let refuse = |problem| Err(io::Error::new(io::ErrorKind::InvalidData, problem));
    match (metadata.is_file(), metadata.len()) {
        (false, _) => refuse("it is not a regular file"),
        (true, ..=MAX_FILE_BYTES) => Ok(()),
        (true, _) => refuse("it has more than 4,096 bytes"),
    }
}
