//! Files that the blog has not written.

use std::{error::Error, fmt};

/// The reason why a file of the folder cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Damage {
    /// It does not begin as entries do.
    Foreign,
    /// It is not what was written, by its SHA-256.
    Torn,
    /// It has the name of another file.
    Renamed,
    /// It is longer than any entry.
    TooLong,
    /// It is a folder, a device, or another thing.
    NotAFile,
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Foreign => "this version of the blog has not written it",
            Self::Torn => "it was cut or changed",
            Self::Renamed => "it is the file of another entry",
            Self::TooLong => "it is too long for an entry",
            Self::NotAFile => "it is not a file",
        })
    }
}

impl Error for Damage {}
