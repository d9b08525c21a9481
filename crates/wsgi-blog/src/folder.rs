//! Folders whose names are on the disk.

use std::{
    fs::{self, File},
    io,
    path::Path,
};

/// Creates a folder, and those above it that are missing. They are on the disk when this returns.
pub(crate) fn create(folder: &Path) -> io::Result<()> {
    let above = folder.ancestors().skip(1);
    let missing = above.clone().take_while(|folder| !is_there(folder)).count();
    let is_new = !folder.exists();
    fs::create_dir_all(folder)?;
    if is_new {
        for changed in above.take(missing + 1) {
            sync(changed)?;
        }
    }
    Ok(())
}

/// Waits until the names in a folder are on the disk.
#[cfg(unix)]
pub(crate) fn sync(folder: &Path) -> io::Result<()> {
    let here = Path::new(".");
    let is_here = folder.as_os_str().is_empty();
    File::open(if is_here { here } else { folder })?.sync_all()
}

/// A folder cannot be opened here.
#[cfg(not(unix))]
pub(crate) fn sync(_folder: &Path) -> io::Result<()> {
    Ok(())
}

/// The parent of a relative path of one name is the working directory, as an empty path.
fn is_there(folder: &Path) -> bool {
    folder.as_os_str().is_empty() || folder.exists()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_folders_are_created_and_others_are_left_alone() {
        let outer = tempfile::tempdir().expect("a folder");
        let inner = outer.path().join("a/b/c");
        for _ in 0..2 {
            create(&inner).expect("a folder");
            assert!(inner.is_dir());
        }
        fs::write(inner.join("file"), "").expect("a file");
        let error = create(&inner.join("file")).expect_err("it is a file");
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
        assert!(create(&inner.join("file/d")).is_err());
    }

    #[test]
    fn the_working_directory_is_synced_too() {
        sync(Path::new("")).expect("it is a folder");
    }
}
