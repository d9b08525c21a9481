//! Files that cannot be used.

use std::{error::Error, fmt, io};

/// The reason why a file of passwords cannot be used.
///
/// ```
/// use wsgi_middleware::{Htpasswd, HtpasswdError, HtpasswdLine};
///
/// let missing = Htpasswd::open("/nonexistent/users");
/// assert!(matches!(missing, Err(HtpasswdError::Unreadable(_))));
///
/// # let path = std::env::temp_dir().join(format!("wsgi-users-{}", std::process::id()));
/// std::fs::write(&path, "ada:secret\n")?;
/// let HtpasswdError::Line { line, problem } = Htpasswd::open(&path).unwrap_err() else {
///     panic!("a line");
/// };
/// assert_eq!((line, problem), (1, HtpasswdLine::NotBcrypt));
/// # std::fs::remove_file(path)?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum HtpasswdError {
    /// The file cannot be read.
    Unreadable(io::Error),
    /// It is not a file, but for example a folder or a pipe.
    NotAFile,
    /// The file has more than 16 MiB.
    TooLarge,
    /// A line is malformed.
    Line {
        /// Its number, from 1.
        line: usize,
        /// The problem.
        problem: HtpasswdLine,
    },
    /// The operating system provides no randomness.
    Random,
}

/// The problem of a line in a file of passwords.
///
/// ```
/// use wsgi_middleware::HtpasswdLine;
///
/// assert_eq!(HtpasswdLine::Cost.to_string(), "the cost of bcrypt is not from 4 to 17");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HtpasswdLine {
    /// It is not UTF-8.
    NotUtf8,
    /// There is no colon after a user.
    NoUser,
    /// The user is in an earlier line, which counts.
    Repeated,
    /// The hash is not one of bcrypt: `htpasswd -B` makes one.
    NotBcrypt,
    /// The hash begins like one of bcrypt, but is malformed.
    Malformed,
    /// The cost of the hash is not from 4 to 17, which `htpasswd` allows at most.
    Cost,
}

impl HtpasswdError {
    /// The same error for another request. Of one of the system, it has the number or the kind.
    pub(super) fn again(&self) -> Self {
        match self {
            Self::Unreadable(error) => Self::Unreadable(match error.raw_os_error() {
                Some(number) => io::Error::from_raw_os_error(number),
                None => error.kind().into(),
            }),
            Self::NotAFile => Self::NotAFile,
            Self::TooLarge => Self::TooLarge,
            &Self::Line { line, problem } => Self::Line { line, problem },
            Self::Random => Self::Random,
        }
    }
}

impl fmt::Display for HtpasswdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(_) => f.write_str("the file of passwords cannot be read"),
            Self::NotAFile => f.write_str("the file of passwords is not a regular file"),
            Self::TooLarge => f.write_str("the file of passwords is larger than 16 MiB"),
            Self::Line { line, problem } => {
                write!(f, "line {line} of the file of passwords: {problem}")
            }
            Self::Random => f.write_str("the system provides no randomness"),
        }
    }
}

impl fmt::Display for HtpasswdLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotUtf8 => "it is not UTF-8",
            Self::NoUser => "it does not begin with a user and a colon",
            Self::Repeated => "the user is in an earlier line",
            Self::NotBcrypt => "the hash is not one of bcrypt, as `htpasswd -B` makes it",
            Self::Malformed => "the hash of bcrypt is malformed",
            Self::Cost => "the cost of bcrypt is not from 4 to 17",
        })
    }
}

impl Error for HtpasswdError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Unreadable(error) => Some(error),
            _ => None,
        }
    }
}

impl From<io::Error> for HtpasswdError {
    fn from(error: io::Error) -> Self {
        Self::Unreadable(error)
    }
}
