//! The signs by which a file is known to be unchanged.

use std::{
    fs::{self, File, Metadata},
    io::Read,
    path::Path,
    time::{Duration, SystemTime},
};

use super::htpasswd_error::HtpasswdError;

/// The largest file that is read, in bytes.
const MAX_BYTES: u64 = 16 << 20;

/// The time within which some file systems give two changes the same time.
const COARSE: Duration = Duration::from_secs(2);

/// The signs of a file when it was read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    length: u64,
    modified: Option<SystemTime>,
    /// The number of the file, which another gets that is renamed to its place.
    number: u64,
    /// Whether the file could not change without another time since.
    is_settled: bool,
}

impl Stamp {
    fn of(metadata: &Metadata) -> Self {
        let modified = metadata.modified().ok();
        let age = modified.and_then(|modified| modified.elapsed().ok());
        Self {
            length: metadata.len(),
            modified,
            number: number(metadata),
            is_settled: age.is_some_and(|age| age > COARSE),
        }
    }
}

#[cfg(unix)]
fn number(metadata: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(metadata)
}

#[cfg(not(unix))]
fn number(_: &Metadata) -> u64 {
    0
}

/// Whether the file is the one with this stamp.
pub(super) fn is_unchanged(path: &Path, stamp: &Stamp) -> Result<bool, HtpasswdError> {
    let metadata = fs::metadata(path)?;
    let now = Stamp {
        is_settled: stamp.is_settled,
        ..Stamp::of(&metadata)
    };
    Ok(stamp.is_settled && now == *stamp)
}

/// Reads a file.
pub(super) fn read(path: &Path) -> Result<(Vec<u8>, Stamp), HtpasswdError> {
    // Opening a pipe would wait for its writer.
    if !fs::metadata(path)?.is_file() {
        return Err(HtpasswdError::NotAFile);
    }
    let file = File::open(path)?;
    // The stamp is taken before the contents, so that a change meanwhile is noticed later.
    let stamp = Stamp::of(&file.metadata()?);
    let mut text = Vec::new();
    file.take(MAX_BYTES + 1).read_to_end(&mut text)?;
    if text.len() as u64 > MAX_BYTES {
        return Err(HtpasswdError::TooLarge);
    }
    Ok((text, stamp))
}
