//! The contract of a store.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::{Key, Listed, Record, StoreError, Version};

/// The answer of [`Store::load`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub enum Load {
    /// A session that lives.
    Found(Record),
    /// A session that was renewed a moment ago, as the store had it then: nothing of it is the
    /// renewing request's. It can be read, and be renewed into a session of its own; it can be
    /// changed no more.
    Retired(Record),
    /// No session: there never was one, or it was ended, or its time is over.
    Absent,
}

/// The outcome of a conditional write.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub enum Write {
    /// It is done, and as durable as the store is.
    Done,
    /// Nothing was written: another write came first, and this is what it
    /// left. A retry costs one trip to the store, not two.
    Conflict(Record),
    /// Nothing was written: the key is retired, and takes no change.
    Retired,
    /// Nothing was written: there is no session under the key, or not any more.
    Gone,
}

/// Keeps records under keys.
///
/// A key stands for a session that lives, or it is *retired*, or the store knows nothing of it.
/// Retired is what a renewal leaves for its grace, a few seconds, so that requests which were
/// under way with the old id still read what they came for. What has ended is unknown at once:
///
/// ```text
///            create                renew, with a grace
///   unknown ────────▶ lives ──────────────────────────▶ retired
///      ▲                │                                  │
///      │                │ end, a deadline,                 │ end of it or of what came
///      └────────────────┴ renew without a grace ◀──────────┘ of it, the grace is over
/// ```
///
/// Each operation is atomic: of two writers that expect the same version, one is
/// [`Done`](Write::Done) and the other meets a [`Conflict`](Write::Conflict).
/// A store reads no clock: `now` is the caller's. A record lives while
/// [`Record::is_live`]; one that does not is as good as absent, also before it is
/// swept. The same holds for a retired key whose grace is over, or whose record would not live any
/// more.
///
/// A new session is *unproved* until its cookie has come back: that is, until it is touched, saved
/// or renewed. Where a store is full, room is made in this order: of what is over; of the copies
/// that retired keys read; of unproved sessions, the oldest first. Then the store is
/// [`Full`](StoreError::Full): whoever asks for many sessions ends none that is in use. A store that
/// leaves eviction to somebody else need not know which are unproved, since their idle deadline is
/// an early one.
///
/// Operations may block. Every store passes the suite of the `conformance`
/// module.
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
pub trait Store: Send + Sync {
    /// Keeps a new record, unproved.
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

    /// Replaces the record under a key, if its version still is `expected`. The session is proved
    /// from then on.
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
    /// [`StoreError::TooLarge`], [`StoreError::Full`] where the record has grown,
    /// [`StoreError::Corrupt`], [`StoreError::Unavailable`].
    fn save(
        &self,
        key: &Key,
        expected: Version,
        record: &Record,
        now: SystemTime,
    ) -> Result<Write, StoreError>;

    /// Moves the idle deadline of a live record later, and says whether there is
    /// one. A deadline earlier than the one that stands changes nothing. The
    /// version and the data stay as they are. The session is proved from then on.
    ///
    /// # Errors
    ///
    /// [`StoreError::Corrupt`], [`StoreError::Unavailable`].
    fn touch(&self, key: &Key, idle_until: SystemTime, now: SystemTime)
    -> Result<bool, StoreError>;

    /// Gives a session a new key: `record` stands under `new`, and `old` is retired for `grace`.
    ///
    /// Of a live record with the version `expected`, `old` then reads what the store had under it,
    /// until the grace is over, but no longer than that record would have lived. The new session is
    /// proved. It never needs a place that the old one did not have: a store without room for the
    /// copy does not keep it. A grace of zero keeps nothing, and ends what the standing record has
    /// in [`retired_keys`](Record::retired_keys), too.
    ///
    /// Of a retired record with the version `expected`, a session of its own comes to be under
    /// `new`, unproved, which needs a place as every new one does; `old` stays retired until its
    /// time, whatever `grace` is, except that with zero it is ended as above. So two requests with
    /// one id that both renew it, as by a double click, are both [`Done`](Write::Done).
    ///
    /// Whatever `old` is, where the record under `new` has the version of `record` the call is a
    /// repetition, and is [`Done`](Write::Done). The caller has put `old` into the
    /// [`retired_keys`](crate::Annex::retired_keys) of `record`, if there is a grace. With an owner, the new
    /// session is among the owner's before the call returns; and no [`end_all`](Store::end_all) of
    /// the owner that stands in the old record misses it by looking between the two keys.
    ///
    /// [`Conflict`](Write::Conflict) where the live or retired record has another version, and
    /// [`Gone`](Write::Gone) where there is none; never [`Write::Retired`].
    ///
    /// # Errors
    ///
    /// [`StoreError::Exists`] where `new` has another record, [`StoreError::TooLarge`],
    /// [`StoreError::Full`] where `old` is retired or the record has grown, [`StoreError::Corrupt`],
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

    /// Ends a session, whatever stands under the key, live, retired or corrupt, and the retired keys
    /// in its [`retired_keys`](Record::retired_keys). They are unknown at once. Says whether the key was
    /// known, which a call that is repeated need not say right.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`].
    fn end(&self, key: &Key, now: SystemTime) -> Result<bool, StoreError>;

    /// Ends every session of an owner, as [`end`](Store::end) does, and says how many lived. All
    /// that were saved with this owner before the call are ended when it returns, also one that is
    /// being renewed at that moment, and copies that retired keys read.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`]: some may be ended and others not.
    fn end_all(&self, owner: &str, now: SystemTime) -> Result<usize, StoreError>;

    /// The sessions of an owner that live, in no order.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`].
    fn list(&self, owner: &str, now: SystemTime) -> Result<Vec<Listed>, StoreError>;

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
