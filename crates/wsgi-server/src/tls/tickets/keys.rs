//! The keys of tickets.

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

#[cfg(feature = "restart")]
use zeroize::Zeroizing;

use crate::tls::{
    error::{TlsError, TlsErrorKind},
    tickets::{
        chain::Chain,
        key::{Binding, TicketKey},
        key_file,
        limits::{MAX_KEYS, MAX_LENGTH, MIN_LENGTH},
    },
};

/// The keys that tickets of TLS sessions are encrypted with. They are cheap to clone: a clone is a
/// handle to the same keys.
///
/// A client that comes again with a ticket saves most of the handshake. The server keeps nothing of
/// its session, and every process with the same keys can resume it. A thief of the keys can pretend
/// to such clients to be the server and, over TLS 1.2, decrypt what they sent. So the keys must be
/// as secret as that of the certificate, and replaced often.
///
/// A ticket is good only for the address of the listener, the server name and the client
/// authorities that it was issued under, and until the [lifetime](Self::lifetime) ends.
///
/// ```
/// use std::time::Duration;
/// use wsgi_server::TicketKeys;
///
/// let keys = TicketKeys::random()?.lifetime(Duration::from_secs(3600));
/// assert_eq!(format!("{keys:?}"), "TicketKeys(..)");
/// let shared = TicketKeys::from_bytes([b"thirty-two bytes, kept elsewhere"])?;
/// assert!(TicketKeys::from_bytes([b"too short"]).is_err());
/// # let _ = shared;
/// # Ok::<(), wsgi_server::TlsError>(())
/// ```
#[derive(Clone)]
pub struct TicketKeys {
    shared: Arc<Shared>,
    /// In seconds.
    lifetime: u64,
}

struct Shared {
    /// The file that the keys are read from.
    path: Option<PathBuf>,
    set: Mutex<Set>,
}

enum Set {
    /// Keys that the process makes for itself.
    Chain(Chain),
    /// Keys that were given. The first encrypts, all decrypt.
    Given(Arc<[TicketKey]>),
}

/// The byte before each kind of keys that are passed on.
#[cfg(feature = "restart")]
const CHAIN: u8 = b'C';
#[cfg(feature = "restart")]
const GIVEN: u8 = b'G';

/// Room for all keys that are passed on: a buffer that grows would leave copies in memory.
#[cfg(feature = "restart")]
const PASSED_ROOM: usize = 64 + (MAX_KEYS + 2) * TicketKey::LENGTH;

/// Keys that were read, and are not yet in use.
pub(crate) struct Fresh(Option<Arc<[TicketKey]>>);

impl TicketKeys {
    /// The minimum length of a given key in bytes.
    pub const MIN_LENGTH: usize = MIN_LENGTH;
    /// The maximum length of a given key in bytes.
    pub const MAX_LENGTH: usize = MAX_LENGTH;
    /// The maximum number of given keys.
    pub const MAX_KEYS: usize = MAX_KEYS;
    /// The default lifetime: 12 hours.
    pub const DEFAULT_LIFETIME: Duration = Duration::from_secs(12 * 60 * 60);
    /// The longest lifetime: 7 days (RFC 8446 section 4.6.1).
    pub const MAX_LIFETIME: Duration = Duration::from_secs(7 * 24 * 60 * 60);
    /// The shortest lifetime.
    const MIN_LIFETIME: Duration = Duration::from_secs(60);

    /// Creates random keys. This is what a [`Tls`](crate::Tls) has by default.
    ///
    /// A new key follows each [lifetime](Self::lifetime). The one before it still decrypts until
    /// the last of its tickets has expired, and then it is erased from memory. The keys survive a
    /// reload, and end with the process. Processes that are forked from this one afterwards share
    /// them, also those to come.
    ///
    /// # Errors
    ///
    /// [`TlsErrorKind::Random`].
    pub fn random() -> Result<Self, TlsError> {
        Self::random_at(now())
    }

    /// Creates random keys, of which the first one's period begins at this time, in seconds since
    /// 1970.
    pub(crate) fn random_at(now: u64) -> Result<Self, TlsError> {
        let lifetime = Self::DEFAULT_LIFETIME.as_secs();
        Ok(Self::new(None, Set::Chain(Chain::new(lifetime, now)?)))
    }

    /// Creates keys from random bytes, for processes or machines that share them. The first one
    /// encrypts, all of them decrypt. They stay as they are.
    ///
    /// # Errors
    ///
    /// [`TlsErrorKind::TicketKeys`] if there is no key, if there are more than
    /// [`MAX_KEYS`](Self::MAX_KEYS), or if one is shorter than [`MIN_LENGTH`](Self::MIN_LENGTH) or
    /// longer than [`MAX_LENGTH`](Self::MAX_LENGTH).
    pub fn from_bytes(keys: impl IntoIterator<Item = impl AsRef<[u8]>>) -> Result<Self, TlsError> {
        let keys: Vec<_> = keys.into_iter().collect();
        let refuse = |problem: String| {
            let text = format!("the given ticket keys cannot be used: {problem}");
            TlsError::new(TlsErrorKind::TicketKeys, None, text)
        };
        Ok(Self::new(None, Set::Given(checked(&keys).map_err(refuse)?)))
    }

    /// Reads keys from a file, for processes or machines that share it. The first one encrypts, all
    /// of them decrypt. [`Tls::reload`](crate::Tls::reload) reads the file again.
    ///
    /// Each line of the file is a key in base64, such as `openssl rand -base64 48` prints. Empty
    /// lines and those that begin with `#` are skipped. To replace a key, put a new one into a line
    /// in front of it, let every process reload, and remove the old one after a
    /// [lifetime](Self::lifetime). Machines that do not reload at the same time first need the new
    /// key in second place. A file that is not text is a single key, such as
    /// `openssl rand 48` prints.
    ///
    /// The file must be secret: only its owner and group may read it, and only its owner may write
    /// it.
    ///
    /// ```
    /// # use std::{fs::OpenOptions, io::Write, os::unix::fs::OpenOptionsExt};
    /// use wsgi_server::{TicketKeys, TlsErrorKind};
    ///
    /// # let path = std::env::temp_dir().join(format!("ticket-{}.keys", std::process::id()));
    /// # let mut file = OpenOptions::new().write(true).create(true).mode(0o600).open(&path)?;
    /// # writeln!(file, "# new\n{}\n# old\n{}", "YWJj".repeat(16), "ZGVm".repeat(16))?;
    /// assert!(TicketKeys::from_file(&path).is_ok());
    /// # std::fs::remove_file(&path)?;
    /// let error = TicketKeys::from_file(&path).unwrap_err();
    /// assert_eq!(error.kind(), TlsErrorKind::Unreadable, "the file is gone");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`TlsErrorKind::Unreadable`], [`TlsErrorKind::Exposed`] and [`TlsErrorKind::TicketKeys`], as
    /// for [`from_bytes`](Self::from_bytes).
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, TlsError> {
        let path = path.as_ref();
        let keys = read(path)?;
        Ok(Self::new(Some(path.to_owned()), Set::Given(keys)))
    }

    fn new(path: Option<PathBuf>, set: Set) -> Self {
        Self {
            shared: Arc::new(Shared {
                path,
                set: Mutex::new(set),
            }),
            lifetime: Self::DEFAULT_LIFETIME.as_secs(),
        }
    }

    /// Sets how long a ticket is good for, from one minute to 7 days; by default 12 hours. Keys of
    /// [`random`](Self::random) are replaced as often: the present ones stay, and the next one
    /// follows accordingly. Clones that were made before keep their lifetime.
    ///
    /// Processes to which random keys are passed on have the same lifetime. If they set it, they
    /// should set the same one: with different ones, they agree only on the present keys.
    #[must_use]
    pub fn lifetime(self, lifetime: Duration) -> Self {
        let lifetime = lifetime.clamp(Self::MIN_LIFETIME, Self::MAX_LIFETIME);
        let lifetime = lifetime.as_secs();
        let set = match &*self.set() {
            Set::Chain(chain) => Set::Chain(chain.with_period(lifetime)),
            Set::Given(keys) => Set::Given(keys.clone()),
        };
        Self {
            lifetime,
            ..Self::new(self.shared.path.clone(), set)
        }
    }

    /// Erases the keys whose tickets have expired. A server does so by itself, when it uses its
    /// keys. This is for a process that only holds keys for others.
    ///
    /// ```
    /// use wsgi_server::{Tls, TicketKeys};
    ///
    /// let keys = TicketKeys::random()?;
    /// keys.erase_expired(); // from time to time
    /// # let own = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    /// # let (certificate, key) = (own.cert.pem(), own.signing_key.serialize_pem());
    /// let tls = Tls::builder().certificate_pem(certificate, key).ticket_keys(keys);
    /// assert!(tls.build().is_ok(), "the key is still there");
    /// # Ok::<(), wsgi_server::TlsError>(())
    /// ```
    pub fn erase_expired(&self) {
        if let Set::Chain(chain) = &mut *self.set() {
            chain.advance(now());
        }
    }

    /// The keys as bytes, for another process.
    #[cfg(feature = "restart")]
    pub(crate) fn to_be_passed(&self) -> Zeroizing<Vec<u8>> {
        self.erase_expired();
        let mut bytes = Zeroizing::new(Vec::with_capacity(PASSED_ROOM));
        bytes.extend_from_slice(&self.lifetime.to_be_bytes());
        match &*self.set() {
            Set::Chain(chain) => {
                bytes.push(CHAIN);
                chain.write(&mut bytes);
            }
            Set::Given(keys) => {
                bytes.push(GIVEN);
                keys.iter().for_each(|key| key.write(&mut bytes));
            }
        }
        bytes
    }

    /// The keys that another process has passed on. `None` if the bytes are something else.
    #[cfg(feature = "restart")]
    pub(crate) fn from_passed(bytes: &[u8]) -> Option<Self> {
        let (lifetime, rest) = bytes.split_first_chunk()?;
        let lifetime = u64::from_be_bytes(*lifetime);
        let range = Self::MIN_LIFETIME.as_secs()..=Self::MAX_LIFETIME.as_secs();
        let set = match rest.split_first()? {
            (&CHAIN, rest) => Set::Chain(Chain::read(rest)?),
            (&GIVEN, rest) => {
                let keys = rest.chunks(TicketKey::LENGTH).map(TicketKey::read);
                Set::Given(keys.collect::<Option<_>>()?)
            }
            _ => return None,
        };
        range.contains(&lifetime).then(|| Self {
            lifetime,
            ..Self::new(None, set)
        })
    }

    /// The lifetime of a ticket in seconds.
    pub(crate) fn lifetime_in_seconds(&self) -> u32 {
        u32::try_from(self.lifetime).expect("seven days are a small number of seconds")
    }

    /// Reads the file again, if the keys are from one.
    pub(crate) fn read_again(&self) -> Result<Fresh, TlsError> {
        let path = self.shared.path.as_deref();
        path.map(read).transpose().map(Fresh)
    }

    /// Uses keys that were read again.
    pub(crate) fn replace(&self, fresh: Fresh) {
        if let Some(keys) = fresh.0 {
            *self.set() = Set::Given(keys);
        }
    }

    /// Encrypts a session.
    pub(crate) fn seal(&self, session: &[u8], binding: &Binding, now: u64) -> Option<Vec<u8>> {
        let key = match &mut *self.set() {
            Set::Chain(chain) => chain.current(now).clone(),
            Set::Given(keys) => keys.first()?.clone(),
        };
        key.seal(session, binding, now)
    }

    /// Decrypts a ticket, unless it has expired. One from the future is refused like one as old as
    /// it is early, because clocks differ.
    pub(crate) fn open(&self, ticket: &[u8], binding: &Binding, now: u64) -> Option<Vec<u8>> {
        let key = {
            let find = |key: &&TicketKey| key.is_of(ticket);
            match &mut *self.set() {
                Set::Chain(chain) => chain.accepted(now).find(find).cloned(),
                Set::Given(keys) => keys.iter().find(find).cloned(),
            }
        };
        let (issued, session) = key?.open(ticket, binding)?;
        (now.abs_diff(issued) < self.lifetime).then_some(session)
    }

    fn set(&self) -> MutexGuard<'_, Set> {
        let set = &self.shared.set;
        set.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn read(path: &Path) -> Result<Arc<[TicketKey]>, TlsError> {
    let keys = key_file::read(path)?;
    checked(&keys).map_err(|problem| key_file::refused(path, &format!("cannot be used: {problem}")))
}

/// Creates keys from bytes, or says why not.
fn checked(keys: &[impl AsRef<[u8]>]) -> Result<Arc<[TicketKey]>, String> {
    let count = keys.len();
    if count == 0 {
        return Err("there is no key".to_owned());
    }
    if count > TicketKeys::MAX_KEYS {
        return Err(format!("there are {count} keys"));
    }
    let keys = keys.iter().enumerate().map(|(index, key)| {
        let key = key.as_ref();
        match (TicketKeys::MIN_LENGTH..=TicketKeys::MAX_LENGTH).contains(&key.len()) {
            true => Ok(TicketKey::new(key)),
            false => Err(format!("key {} has {} bytes", index + 1, key.len())),
        }
    });
    keys.collect()
}

/// The present time, in seconds since 1970.
fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs())
}

impl fmt::Debug for TicketKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TicketKeys(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn has_key(keys: &TicketKeys) -> bool {
        matches!(&*keys.set(), Set::Chain(chain) if chain.has_current())
    }

    #[test]
    fn keys_that_are_only_held_and_passed_on_are_not_made() {
        let keys = TicketKeys::random().unwrap();
        keys.erase_expired();
        #[cfg(feature = "restart")]
        assert!(TicketKeys::from_passed(&keys.to_be_passed()).is_some());
        assert!(!has_key(&keys));
        keys.seal(b"session", &[1; 32], now()).unwrap();
        assert!(has_key(&keys));
    }
}
