//! Why there is no key.

use std::error::Error;
use std::{fmt, io};

/// Why a key was not made. None of it tells of the key's bytes.
#[derive(Debug)]
#[non_exhaustive]
pub enum InvalidKey {
    /// The key has fewer than 32 bytes: make one with `Key::generate` or `openssl rand -base64 32`.
    TooShort {
        /// How many bytes it has.
        length: usize,
    },
    /// The key has more than 1,024 bytes, or its file more than 2,048: it is likely no key.
    TooLong,
    /// The text is not base64.
    Base64,
    /// Others may read the key's file, or its group may write it: `chmod 600` it.
    Exposed {
        /// The permission bits of the file.
        mode: u32,
    },
    /// The key's file could not be read or written.
    File(io::Error),
    /// The system gave no random bytes.
    Random,
}

impl fmt::Display for InvalidKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooShort { length } => {
                write!(f, "the key has {length} bytes, it needs at least 32")
            }
            Self::TooLong => f.write_str("the key is longer than keys are"),
            Self::Base64 => f.write_str("the key is not base64"),
            Self::Exposed { mode } => {
                write!(f, "the key's file has mode {mode:03o}, set it to 600")
            }
            Self::File(_) => f.write_str("the key's file could not be read or written"),
            Self::Random => f.write_str("the system gave no random bytes for a key"),
        }
    }
}

impl Error for InvalidKey {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::File(error) => Some(error),
            _ => None,
        }
    }
}

impl From<io::Error> for InvalidKey {
    fn from(error: io::Error) -> Self {
        Self::File(error)
    }
}
