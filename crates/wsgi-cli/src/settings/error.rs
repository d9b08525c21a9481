//! Errors of a file of settings.

use std::{fmt, path::PathBuf};

/// The kind of a fault of a file of settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// The text is wrong, whatever there is on this machine.
    Text,
    /// Something that the text names, or the file itself, is missing or cannot be used.
    Place,
}

/// A fault of a file of settings, at one of its lines if that is known.
#[derive(Debug)]
pub(crate) struct SettingsError {
    pub(super) path: PathBuf,
    pub(super) line: Option<usize>,
    pub(super) problem: String,
    pub(super) fault: Fault,
}

impl SettingsError {
    /// Whether the text is right, and something that it names is missing.
    pub(crate) fn is_about_a_place(&self) -> bool {
        self.fault == Fault::Place
    }
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
