//! Files of users and passwords, as Apache's `htpasswd` writes them.

mod contents;
mod htpasswd_error;
mod line;
mod secret;
mod stamp;

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use wsgi_application::Result;

use self::{contents::Contents, secret::Secret, stamp::Stamp};
use crate::auth::{password_check::PasswordCheck, remembered::Remembered};

pub use self::htpasswd_error::{HtpasswdError, HtpasswdLine};

/// The number of verified users and passwords that are remembered. They take 64 KiB.
const MAX_VERIFIED: usize = 4096;

/// The time between two looks at the file.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// A file of users and passwords, as Apache's `htpasswd -B` writes it.
///
/// Each line is a user, a colon, and a hash of the password by bcrypt (`$2y$`, `$2b$` or `$2a$`).
/// Empty lines, and lines that begin with `#`, do not count. Other hashes that `htpasswd` can write
/// are refused: those of MD5 (`$apr1$`, which is its default), SHA (`{SHA}`) and `crypt` can be
/// guessed quickly by anybody who gets hold of the file. `htpasswd -B` replaces them.
///
/// # Changes
///
/// A file that changed is read again, after a second at most, so that a new password works and an
/// old one no longer does. Replace the file by renaming another, as editors do, so that nobody
/// reads half of it. In a file that changed, a malformed line keeps out its own user alone:
/// [`BasicAuth`](crate::BasicAuth) answers as to a wrong password, and writes the problem to the
/// request's errors stream. While the file cannot be read, nobody gets in, and all requests with
/// a password fail. It is tried again after a second.
///
/// # Time
///
/// A check takes as long as the hash is meant to: with bcrypt's cost 5, which `htpasswd` uses by
/// default, some milliseconds, and with each further unit twice the time. A cost of 10 or more
/// (`htpasswd -B -C 10`) makes guesses from a stolen file slow. The check runs on the thread of the
/// request. So that not every request costs a check, the 4,096 users whose passwords were right
/// most recently are remembered, as HMAC-SHA-256 with a random key of the process, until their line
/// changes.
///
/// For a user who is not in the file, or whose line is malformed, the check takes as long as for
/// any other.
///
/// Like most programs, bcrypt ignores what follows the first 72 bytes of a password.
///
/// ```
/// use wsgi_middleware::{BasicAuth, Htpasswd, Mounts};
/// use wsgi_testing::Request;
///
/// # let folder = std::env::temp_dir().join(format!("wsgi-htpasswd-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// # let path = folder.join("htpasswd");
/// // By `htpasswd -B`, with the password "open sesame":
/// # let hash = bcrypt::hash("open sesame", 4)?;
/// # std::fs::write(&path, format!("ada:{hash}\n"))?;
/// let passwords = Htpasswd::open(&path)?;
/// assert!(passwords.verify("ada", "open sesame")?);
/// assert!(!passwords.verify("ada", "open barley")?);
///
/// let app = BasicAuth::with_check(Mounts::new(), "Cave", passwords);
/// assert_eq!(Request::get("/").call(&app).status().code(), 401);
/// # std::fs::remove_dir_all(&folder)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Htpasswd {
    path: PathBuf,
    secret: Secret,
    verified: Remembered,
    state: Mutex<State>,
}

/// The contents that count now.
struct State {
    /// The error of the last look while the file cannot be read.
    contents: Result<Arc<Contents>, HtpasswdError>,
    /// Identifies the file and the version that was read.
    stamp: Stamp,
    looked: Instant,
}

impl Htpasswd {
    /// Reads a file. All of its lines must be well-formed.
    ///
    /// # Errors
    ///
    /// [`HtpasswdError`], with the number of the first line that is malformed.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, HtpasswdError> {
        let path = path.as_ref().to_owned();
        let (contents, stamp) = stamp::read(&path)?;
        let contents = Contents::parse(&contents);
        if let Some((line, problem)) = contents.problem {
            return Err(HtpasswdError::Line { line, problem });
        }
        Ok(Self {
            path,
            secret: Secret::random()?,
            verified: Remembered::new(MAX_VERIFIED),
            state: Mutex::new(State {
                contents: Ok(Arc::new(contents)),
                stamp,
                looked: Instant::now(),
            }),
        })
    }

    /// Whether the password is that of the user. It may block for as long as bcrypt takes.
    ///
    /// # Errors
    ///
    /// [`HtpasswdError`] if the file has changed, and cannot be read or has a malformed line for
    /// this user.
    pub fn verify(&self, user: &str, password: &str) -> Result<bool, HtpasswdError> {
        let contents = self.contents()?;
        let hash = match contents.find(user).map(|line| (line.number, &line.hash)) {
            Some((_, Ok(hash))) => hash,
            unusable => {
                // It takes the time of a user who exists, and always the same one's.
                if let Some(hash) = contents.stand_in(self.secret.tag(&[user.as_bytes()])) {
                    let _ = hash.verify(password);
                }
                return match unusable {
                    Some((line, &Err(problem))) => Err(HtpasswdError::Line { line, problem }),
                    _ => Ok(false),
                };
            }
        };
        let parts = [user, hash.as_str(), password].map(str::as_bytes);
        let tag = self.secret.tag(&parts);
        if self.verified.contains(tag) {
            return Ok(true);
        }
        let is_right = hash.verify(password);
        if is_right {
            self.verified.insert(tag);
        }
        Ok(is_right)
    }

    /// The contents of the file, read again if it has changed. No lock is held meanwhile.
    fn contents(&self) -> Result<Arc<Contents>, HtpasswdError> {
        let now = Instant::now();
        let known = {
            let mut state = self.state();
            if now.duration_since(state.looked) < LOOK_EVERY {
                return state.known();
            }
            state.looked = now;
            state.known().map(|contents| (contents, state.stamp))
        };
        let read = match known {
            Ok((contents, stamp)) => match stamp::is_unchanged(&self.path, &stamp) {
                Ok(true) => return Ok(contents),
                Ok(false) => stamp::read(&self.path),
                Err(error) => Err(error),
            },
            Err(_) => stamp::read(&self.path),
        };
        let mut state = self.state();
        match read {
            Ok((text, stamp)) => {
                let contents = Arc::new(Contents::parse(&text));
                state.contents = Ok(Arc::clone(&contents));
                state.stamp = stamp;
                Ok(contents)
            }
            Err(error) => {
                state.contents = Err(error.again());
                Err(error)
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn known(&self) -> Result<Arc<Contents>, HtpasswdError> {
        match &self.contents {
            Ok(contents) => Ok(Arc::clone(contents)),
            Err(error) => Err(error.again()),
        }
    }
}

impl PasswordCheck for Htpasswd {
    fn check(&self, user: &str, password: &str) -> Result<bool> {
        Ok(self.verify(user, password)?)
    }
}

/// Shows neither users nor hashes.
impl fmt::Debug for Htpasswd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Htpasswd")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}
