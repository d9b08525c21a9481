//! Errors of a file of settings.

use std::{fmt, path::PathBuf};

/// A fault of a file of settings, at one of its lines if that is known.
#[derive(Debug)]
pub(crate) struct SettingsError {
    pub(super) path: PathBuf,
    pub(super) line: Option<usize>,
    pub(super) problem: String,
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.path.display())?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        write!(f, ": {}", self.problem)
    }
}
