//! Files without a name.

use std::{
    fs::{self, File, OpenOptions},
    hash::{BuildHasher, Hasher, RandomState},
    io,
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

#[cfg(target_os = "linux")]
use rustix::io::Errno;

/// The number of names that are tried.
const ATTEMPTS: usize = 64;

/// Creates a file without a name in a folder, for reading and writing. The system removes it with
/// its last descriptor, even if the process is killed.
pub(crate) fn create(folder: &Path) -> io::Result<File> {
    #[cfg(target_os = "linux")]
    {
        use rustix::fs::{Mode, OFlags, open};

        // With O_EXCL, the file cannot get a name later (open(2)).
        let flags = OFlags::TMPFILE | OFlags::RDWR | OFlags::EXCL | OFlags::CLOEXEC;
        match open(folder, flags, Mode::RUSR | Mode::WUSR) {
            // This file system does not have such files.
            Err(Errno::OPNOTSUPP | Errno::ISDIR | Errno::INVAL) => {}
            file => return Ok(file?.into()),
        }
    }
    create_and_remove(folder)
}

/// Creates a file with a name, and removes the name at once.
fn create_and_remove(folder: &Path) -> io::Result<File> {
    for _ in 0..ATTEMPTS {
        let random = RandomState::new().build_hasher().finish();
        let path = folder.join(format!(".wsgi-body-{random:016x}"));
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(true).mode(0o600);
        match options.open(&path) {
            Ok(file) => {
                fs::remove_file(&path)?;
                return Ok(file);
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

#[cfg(test)]
mod tests {
    use std::{
        io::{Read, Seek, Write},
        os::unix::fs::MetadataExt,
    };

    use super::*;

    #[test]
    fn a_file_has_no_name_and_only_its_owner_has_access() {
        let folder = std::env::temp_dir().join(format!("unnamed-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        for create in [create, create_and_remove] {
            let mut file = create(&folder).unwrap();
            assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
            let metadata = file.metadata().unwrap();
            assert_eq!((metadata.nlink(), metadata.mode() & 0o777), (0, 0o600));
            file.write_all(b"hello").unwrap();
            file.rewind().unwrap();
            let mut text = String::new();
            file.read_to_string(&mut text).unwrap();
            assert_eq!(text, "hello");
        }
        fs::remove_dir(&folder).unwrap();
        for create in [create, create_and_remove] {
            let error = create(&folder).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::NotFound);
        }
    }
}
