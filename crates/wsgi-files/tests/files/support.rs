//! A folder of a test.

use std::{
    fs::{self, File},
    os::unix::fs::symlink,
    path::Path,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use tempfile::TempDir;
use wsgi_files::Files;
use wsgi_testing::{Request, Response};

/// A folder with files, which is removed at the end of the test.
pub(crate) struct Site(TempDir);

impl Site {
    /// A folder with these files. Their folders are made.
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        let site = Self(tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap());
        for (path, text) in files {
            site.write(path, text);
        }
        site
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn write(&self, path: &str, bytes: impl AsRef<[u8]>) {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        set_modified(&path, day(1));
    }

    pub(crate) fn link(&self, target: impl AsRef<Path>, path: &str) {
        symlink(target, self.path().join(path)).unwrap();
    }

    pub(crate) fn files(&self) -> Files {
        Files::folder(self.path()).unwrap()
    }
}

pub(crate) fn set_modified(path: impl AsRef<Path>, time: SystemTime) {
    File::open(path).unwrap().set_modified(time).unwrap();
}

/// A day in November 1994, at 08:49:37.
pub(crate) fn day(number: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(784_111_777 - 6 * 86_400 + 86_400 * number)
}

pub(crate) fn get(files: &Files, target: &str) -> Response {
    Request::get(target).call(files)
}

#[track_caller]
pub(crate) fn status(files: &Files, target: &str) -> u16 {
    let response = get(files, target);
    assert!(response.is_complete());
    response.status().code()
}

/// The value of a field, or an empty one.
pub(crate) fn field(response: &Response, name: &str) -> String {
    let value = response.headers().get(name);
    value.map(|value| value.to_string()).unwrap_or_default()
}
