//! The contract of a store.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::{Key, Record, StoreError, Version};

/// What [`Store::load`] found.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub enum Load {
    /// A session that lives.
    Found(Record),
    /// No session: there never was one, or a deadline has ended it.
    Absent,
    /// A session that was renewed or flushed a moment ago. The request came
    /// late: it gets no session, and sets no cookie.
    Retired,
}

/// What became of a conditional write.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub enum Write {
    /// It is done, and as durable as the store is.
    Done,
    /// Nothing was written: another write came first, and this is what it
    /// left. A retry costs one trip to the store, not two.
    Conflict(Record),
    /// Nothing was written: there is no session under the key, or not any more.
    Gone,
}

/// Keeps records under keys.
///
/// Each operation is atomic: of two writers that expect the same version, one is
/// [`Done`](Write::Done) and the other meets a [`Conflict`](Write::Conflict).
/// A store reads no clock: `now` is the caller's. A record lives while
/// [`Record::is_live`]; one that does not is as good as absent, also before it is
/// swept.
///
/// Operations may block. Every store passes the suite of the `conformance`
/// module.
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use wsgi_sessions::{Key, Load, MemoryStore, Record, Store, Version, Write};
///
/// let (store, key, now) = (MemoryStore::new(), Key::of("an id"), SystemTime::now());
/// let first = Record {
///     version: Version::random()?,
///     data: b"1".to_vec(),
///     idle: Duration::from_secs(60),
///     idle_until: now + Duration::from_secs(60),
///     absolute_until: now + Duration::from_secs(600),
/// };
/// store.create(&key, &first, now)?;
///
/// let second = Record { version: Version::random()?, data: b"2".to_vec(), ..first.clone() };
/// assert_eq!(store.save(&key, first.version, &second, now)?, Write::Done);
/// let late = Record { version: Version::random()?, ..first.clone() };
/// assert_eq!(store.save(&key, first.version, &late, now)?, Write::Conflict(second.clone()));
///
/// assert_eq!(store.retire(&key, None, Duration::from_secs(30), now)?, Write::Done);
/// assert_eq!(store.load(&key, now)?, Load::Retired);
/// assert_eq!(store.save(&key, second.version, &late, now)?, Write::Gone);
/// # Ok::<_, wsgi_sessions::StoreError>(())
/// ```
pub trait Store: Send + Sync {
    /// Keeps a new record.
    ///
    /// Where a record with the same version stands already, the call is a
    /// repetition, and succeeds.
    ///
    /// # Errors
    ///
    /// [`StoreError::Exists`] where the key has another live record or is
    /// retired, [`StoreError::TooLarge`], [`StoreError::Full`],
    /// [`StoreError::Unavailable`].
    fn create(&self, key: &Key, record: &Record, now: SystemTime) -> Result<(), StoreError>;

    /// Finds the record under a key.
    ///
    /// # Errors
    ///
    /// [`StoreError::Corrupt`], [`StoreError::Unavailable`]; never
    /// [`Load::Absent`] in their place.
    fn load(&self, key: &Key, now: SystemTime) -> Result<Load, StoreError>;

    /// Replaces the record under a key, if its version still is `expected`.
    ///
    /// Where the standing record already has the version of `record`, the call is
    /// a repetition, and is [`Done`](Write::Done). A store that repeats a call by
    /// itself after a connection broke must not answer with the
    /// [`Conflict`](Write::Conflict) of the repetition: it cannot know whether its
    /// first write is among what stands there, so the answer is
    /// [`StoreError::Unavailable`].
    ///
    /// # Errors
    ///
    /// [`StoreError::TooLarge`], [`StoreError::Full`], [`StoreError::Corrupt`],
    /// [`StoreError::Unavailable`].
    fn save(
        &self,
        key: &Key,
        expected: Version,
        record: &Record,
        now: SystemTime,
    ) -> Result<Write, StoreError>;

    /// Moves the idle deadline of a live record later, and says whether there is
    /// one. A deadline earlier than the one that stands changes nothing. The
    /// version and the data stay as they are.
    ///
    /// # Errors
    ///
    /// [`StoreError::Corrupt`], [`StoreError::Unavailable`].
    fn touch(&self, key: &Key, idle_until: SystemTime, now: SystemTime)
    -> Result<bool, StoreError>;

    /// Ends a session: its record and data go at once, and for `grace` its key is
    /// known as [retired](Load::Retired), after that as absent.
    ///
    /// With a version, only if the record still has it (an id is renewed);
    /// without, whatever stands there, also what is corrupt (a logout).
    /// [`Gone`](Write::Gone) where there is no live record; a key that is retired
    /// stays so for as long as it was.
    ///
    /// # Errors
    ///
    /// [`StoreError::Corrupt`] with a version, [`StoreError::Unavailable`].
    fn retire(
        &self,
        key: &Key,
        expected: Option<Version>,
        grace: Duration,
        now: SystemTime,
    ) -> Result<Write, StoreError>;

    /// Removes records and retired keys whose time is over, looking at no more
    /// than about `at_most` of them, and says how many were removed. Called again
    /// and again, it comes to all of them.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`].
    fn sweep(&self, now: SystemTime, at_most: usize) -> Result<usize, StoreError>;
}

/// A store that is shared is a store.
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

    fn retire(
        &self,
        key: &Key,
        expected: Option<Version>,
        grace: Duration,
        now: SystemTime,
    ) -> Result<Write, StoreError> {
        (**self).retire(key, expected, grace, now)
    }

    fn sweep(&self, now: SystemTime, at_most: usize) -> Result<usize, StoreError> {
        (**self).sweep(now, at_most)
    }
}
