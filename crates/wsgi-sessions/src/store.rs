//! The contract of a store.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use crate::{key::Key, listed::Listed, record::Record, store_error::StoreError, version::Version};

/// The result of [`Store::load`].
///
/// ```
/// use std::time::SystemTime;
/// use wsgi_sessions::{Key, Load, MemoryStore, Store};
///
/// let status = |load| match load {
///     Load::Found(_) => "a visitor",
///     Load::Retired(_) => "a visitor with a new id",
///     Load::Absent => "a stranger",
/// };
/// let loaded = MemoryStore::new().load(&Key::of("an id"), SystemTime::now())?;
/// assert_eq!(status(loaded), "a stranger");
/// # Ok::<(), wsgi_sessions::StoreError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub enum Load {
    /// A live session.
    Found(Record),
    /// A session that was renewed a moment ago, as it was before: without any change of the
    /// renewing request. It can be read, and renewed into a session of its own, but not changed.
    Retired(Record),
    /// No session: it never existed, was ended, or is over.
    Absent,
}

/// The result of a conditional write.
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use wsgi_sessions::{Key, MemoryStore, Record, Store, Version, Write};
///
/// let (store, key) = (MemoryStore::new(), Key::of("an id"));
/// let (now, hour) = (SystemTime::now(), Duration::from_secs(3600));
/// let first = Record::new("visits=1", hour, hour, now)?;
/// store.create(&key, &first, now)?;
///
/// // Two writers have read the first record.
/// let second = Record::new("visits=2", hour, hour, now)?;
/// assert_eq!(store.save(&key, first.version, &second, now)?, Write::Done);
/// let other = Record::new("visits=2", hour, hour, now)?;
/// let late = store.save(&key, first.version, &other, now)?;
/// assert!(matches!(late, Write::Conflict(current) if current.version == second.version));
/// # Ok::<(), wsgi_sessions::StoreError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub enum Write {
    /// The write is done, and as durable as the store is.
    Done,
    /// Nothing was written: another write came first and left this record. A retry costs one trip
    /// to the store, not two.
    Conflict(Record),
    /// Nothing was written: the key is retired and cannot be changed.
    Retired,
    /// Nothing was written: there is no session under the key, or no longer.
    Gone,
}

/// A store of records under keys.
///
/// A key stands for a live session, is *retired*, or is unknown to the store. After a renewal the
/// old key is retired for the grace, a few seconds, so that running requests with the old id can
/// still read the session. An ended session is unknown at once:
///
/// ```text
///            create                renew, with a grace
///   unknown ────────▶ lives ──────────────────────────▶ retired
///      ▲                │                                  │
///      │                │ end, a deadline,                 │ end of it or of its successor,
///      └────────────────┴ renew without a grace ◀──────────┘ the grace is over
/// ```
///
/// Each operation is atomic: of two writers that expect the same version, one is
/// [`Done`](Write::Done) and the other meets a [`Conflict`](Write::Conflict). A store reads no
/// clock: the caller passes `now`. A record lives while [`Record::is_live`]. Afterwards it counts
/// as absent, even before it is swept. The same holds for a retired key whose grace is over, or
/// whose record would no longer be live.
///
/// A new session is *unproved* until its cookie has come back, that is, until it is touched, saved
/// or renewed. A full store makes room in this order: it removes records that are over, then the
/// copies that retired keys read, then unproved sessions, the oldest first. If that is not enough,
/// it is [`Full`](StoreError::Full): a client that asks for many sessions ends none in use. A store
/// that leaves eviction to another program need not know which sessions are unproved, because their
/// idle deadline is early.
///
/// Operations may block. Every store passes the test suite of the `conformance` module.
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use wsgi_sessions::{Key, Load, MemoryStore, Record, Store, Version, Write};
///
/// let (store, now) = (MemoryStore::new(), SystemTime::now());
/// let (minute, grace) = (Duration::from_secs(60), Duration::from_secs(5));
/// let [old, new] = ["an id", "another"].map(Key::of);
/// let first = Record::new("1", minute, 10 * minute, now)?;
/// store.create(&old, &first, now)?;
///
/// let second = Record::new("2", minute, 10 * minute, now)?;
/// assert_eq!(store.save(&old, first.version, &second, now)?, Write::Done);
/// let late = Record::new("3", minute, 10 * minute, now)?;
/// assert_eq!(store.save(&old, first.version, &late, now)?, Write::Conflict(second.clone()));
///
/// let login = Record::new("3", minute, 10 * minute, now)?;
/// assert_eq!(store.renew(&old, second.version, &new, &login, grace, now)?, Write::Done);
/// assert_eq!(store.load(&new, now)?, Load::Found(login));
/// assert_eq!(store.save(&old, second.version, &late, now)?, Write::Retired);
/// assert_eq!(store.load(&old, now)?, Load::Retired(second));
/// assert_eq!(store.load(&old, now + grace)?, Load::Absent);
///
/// assert!(store.end(&new, now)?);
/// assert_eq!(store.load(&new, now)?, Load::Absent);
/// # Ok::<_, wsgi_sessions::StoreError>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a store of sessions",
    label = "this is not a store of sessions",
    note = "a store is `MemoryStore::new()`, or one of the features `file`, `redis` and `socket`",
    note = "a store that is opened, such as `FileStore::open(path)?`, needs a `?`"
)]
pub trait Store: Send + Sync {
    /// Stores a new record, unproved.
    ///
    /// If a record with the same version is already there, the call is a repetition and succeeds.
    ///
    /// # Errors
    ///
    /// [`StoreError::Exists`] if the key has another live record or is retired. Also
    /// [`StoreError::TooLarge`], [`StoreError::Full`] and [`StoreError::Unavailable`].
    fn create(&self, key: &Key, record: &Record, now: SystemTime) -> Result<(), StoreError>;

    /// Loads the record under a key.
    ///
    /// # Errors
    ///
    /// [`StoreError::Corrupt`] and [`StoreError::Unavailable`], never [`Load::Absent`] in their
    /// place.
    fn load(&self, key: &Key, now: SystemTime) -> Result<Load, StoreError>;

    /// Replaces the record under a key, if its version is still `expected`. The session is proved
    /// from then on.
    ///
    /// If the stored record already has the version of `record`, the call is a repetition, and is
    /// [`Done`](Write::Done). A store that repeats a call by itself after a connection broke must
    /// not return the [`Conflict`](Write::Conflict) of the repetition. It cannot know whether its
    /// first write is part of the stored record, so it returns [`StoreError::Unavailable`].
    ///
    /// # Errors
    ///
    /// [`StoreError::Full`] if the record has grown. Also [`StoreError::TooLarge`],
    /// [`StoreError::Corrupt`] and [`StoreError::Unavailable`].
    fn save(
        &self,
        key: &Key,
        expected: Version,
        record: &Record,
        now: SystemTime,
    ) -> Result<Write, StoreError>;

    /// Moves the idle deadline of a live record later. Returns whether there is such a record. A
    /// deadline earlier than the stored one changes nothing. The version and the data stay the
    /// same. The session is proved from then on.
    ///
    /// # Errors
    ///
    /// [`StoreError::Corrupt`], [`StoreError::Unavailable`].
    ///
    /// ```
    /// use std::time::{Duration, SystemTime};
    /// use wsgi_sessions::{Key, MemoryStore, Record, Store};
    ///
    /// let (store, key) = (MemoryStore::new(), Key::of("an id"));
    /// let (now, hour) = (SystemTime::now(), Duration::from_secs(3600));
    /// assert!(!store.touch(&key, now + 2 * hour, now)?);
    /// store.create(&key, &Record::new("", hour, 24 * hour, now)?, now)?;
    /// assert!(store.touch(&key, now + 2 * hour, now)?);
    /// # Ok::<(), wsgi_sessions::StoreError>(())
    /// ```
    fn touch(&self, key: &Key, idle_until: SystemTime, now: SystemTime)
    -> Result<bool, StoreError>;

    /// Gives a session a new key: stores `record` under `new`, and retires `old` for `grace`.
    ///
    /// If `old` has a live record with the version `expected`, `old` then reads that record until
    /// the grace is over, but no longer than the record would have lived. The new session is
    /// proved. It never needs a place that the old one did not have: a store without room for the
    /// copy does not keep one. A grace of zero keeps no copy, and also ends the
    /// [`retired_keys`](Record::retired_keys) of the stored record.
    ///
    /// If `old` has a retired record with the version `expected`, the call makes a separate session
    /// under `new`. It is unproved, and needs a place like every new one. `old` stays retired until
    /// its own time, whatever `grace` is, except that a grace of zero ends it as above. Two
    /// requests that both renew one id, for example by a double click, are therefore both
    /// [`Done`](Write::Done).
    ///
    /// Whatever `old` is, if the record under `new` has the version of `record`, the call is a
    /// repetition and is [`Done`](Write::Done). If there is a grace, the caller has put `old` into
    /// the [`retired_keys`](crate::Annex::retired_keys) of `record`. If the session has an owner,
    /// the new key is among the owner's before the call returns. No [`end_all`](Store::end_all) of
    /// the old record's owner may miss the session by looking between the two keys.
    ///
    /// The result is [`Conflict`](Write::Conflict) if the live or retired record has another
    /// version, and [`Gone`](Write::Gone) if `old` has neither. It is never [`Write::Retired`].
    ///
    /// # Errors
    ///
    /// [`StoreError::Exists`] if `new` has another record. [`StoreError::Full`] if `old` is retired
    /// or the record has grown. Also [`StoreError::TooLarge`], [`StoreError::Corrupt`] and
    /// [`StoreError::Unavailable`].
    fn renew(
        &self,
        old: &Key,
        expected: Version,
        new: &Key,
        record: &Record,
        grace: Duration,
        now: SystemTime,
    ) -> Result<Write, StoreError>;

    /// Ends the session under a key, whether live, retired or corrupt, and its
    /// [`retired_keys`](Record::retired_keys). All are unknown at once. Returns whether the key was
    /// known. A repeated call may return the wrong answer.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`].
    fn end(&self, key: &Key, now: SystemTime) -> Result<bool, StoreError>;

    /// Ends every session of an owner, as [`end`](Store::end) does, and returns how many were live.
    /// All sessions saved with this owner before the call have ended when it returns, including one
    /// that is being renewed at that moment, and the copies that retired keys read.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`]. Some sessions may have ended and others not.
    fn end_all(&self, owner: &str, now: SystemTime) -> Result<usize, StoreError>;

    /// Returns the live sessions of an owner, in no particular order.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`].
    ///
    /// ```
    /// use std::time::SystemTime;
    /// use wsgi_sessions::{Cookies, MemoryStore, Scheme, Sessions};
    ///
    /// let sessions = Sessions::new(MemoryStore::new());
    /// let now = SystemTime::now();
    /// let session = sessions.open(&Cookies::default(), Scheme::Https, now);
    /// session.login("user-17")?;
    /// session.finish(now)?;
    ///
    /// let store = sessions.store();
    /// assert_eq!(store.list("user-17", now)?.len(), 1);
    /// assert_eq!(store.end_all("user-17", now)?, 1);
    /// assert!(store.list("user-17", now)?.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    fn list(&self, owner: &str, now: SystemTime) -> Result<Vec<Listed>, StoreError>;

    /// Removes records and retired keys that are over, looking at no more than about `at_most`
    /// entries, and returns the number removed. Repeated calls eventually look at all of them.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`].
    fn sweep(&self, now: SystemTime, at_most: usize) -> Result<usize, StoreError>;
}

/// A shared store is a store.
impl<S: Store + ?Sized> Store for Arc<S> {
    fn create(&self, key: &Key, record: &Record, now: SystemTime) -> Result<(), StoreError> {
        (**self).create(key, record, now)
    }

    fn load(&self, key: &Key, now: SystemTime) -> Result<Load, StoreError> {
        (**self).load(key, now)
    }

    fn save(
        &self,
        key: &Key,
        expected: Version,
        record: &Record,
        now: SystemTime,
    ) -> Result<Write, StoreError> {
        (**self).save(key, expected, record, now)
    }

    fn touch(
        &self,
        key: &Key,
        idle_until: SystemTime,
        now: SystemTime,
    ) -> Result<bool, StoreError> {
        (**self).touch(key, idle_until, now)
    }

    fn renew(
        &self,
        old: &Key,
        expected: Version,
        new: &Key,
        record: &Record,
        grace: Duration,
        now: SystemTime,
    ) -> Result<Write, StoreError> {
        (**self).renew(old, expected, new, record, grace, now)
    }

    fn end(&self, key: &Key, now: SystemTime) -> Result<bool, StoreError> {
        (**self).end(key, now)
    }

    fn end_all(&self, owner: &str, now: SystemTime) -> Result<usize, StoreError> {
        (**self).end_all(owner, now)
    }

    fn list(&self, owner: &str, now: SystemTime) -> Result<Vec<Listed>, StoreError> {
        (**self).list(owner, now)
    }

    fn sweep(&self, now: SystemTime, at_most: usize) -> Result<usize, StoreError> {
        (**self).sweep(now, at_most)
    }
}
