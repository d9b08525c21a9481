//! The reason why a key was not created.

use std::{error::Error, fmt, io, path::PathBuf};

/// The reason why a key was not created. It reveals nothing about the key.
///
/// ```
/// use wsgi_cookies::{InvalidKey, Key};
///
/// let error = Key::from_bytes(b"secret").unwrap_err();
/// assert!(matches!(error, InvalidKey::TooShort { length: 6 }));
/// assert_eq!(error.to_string(), "the key has 6 bytes, but needs at least 32");
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum InvalidKey {
    /// The key has fewer than 32 bytes. Create one with `Key::generate` or
    /// `openssl rand -base64 32`.
    TooShort {
        /// The number of bytes of the key.
        length: usize,
    },
    /// The key has more than 1,024 bytes, or its file more than 2,048. It is probably not a key.
    TooLong,
    /// The text is not base64.
    Base64,
    /// The text has several lines that do not have 64 or 76 characters each, up to the last. It is
    /// probably several keys. Write one of them in one line.
    Lines,
    /// Other users may access the key's file, or its group may write it. Run `chmod 600` on it.
    Exposed {
        /// The path of the file, as it was given.
        path: PathBuf,
        /// The permission bits of the file.
        mode: u32,
    },
    /// The key's file could not be read or written.
    File {
        /// The path of the file, as it was given.
        path: PathBuf,
        /// The error of the system, which is the source of this one.
        error: io::Error,
    },
    /// The system provided no random bytes.
    Random,
}

impl fmt::Display for InvalidKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooShort { length } => {
                write!(f, "the key has {length} bytes, but needs at least 32")
            }
            Self::TooLong => f.write_str("the key is too long; it may have 1024 bytes"),
            Self::Base64 => f.write_str("the key is not base64"),
            Self::Lines => f.write_str(
                "the lines of the key do not have 64 or 76 characters; there may be several keys",
            ),
            Self::Exposed { path, mode } => {
                let path = path.display();
                write!(
                    f,
                    "the key's file {path} has mode {mode:03o}; set it to 600"
                )
            }
            Self::File { path, .. } => {
                let path = path.display();
                write!(f, "the key's file {path} could not be read or written")
            }
            Self::Random => f.write_str("the system provided no random bytes for a key"),
        }
    }
}

impl Error for InvalidKey {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::File { error, .. } => Some(error),
            _ => None,
        }
    }
}
