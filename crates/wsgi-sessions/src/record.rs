//! A session as a store keeps it, and its encoding.

mod annex;
pub(crate) mod encoding;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

pub use self::annex::{Annex, OwnExpiry, Owned, RetiredKey};
use self::encoding::{encode_time, millis, number, take, time};
use crate::{store_error::StoreError, version::Version};

/// Number of bytes before the data in an encoded record.
const HEAD: usize = 1 + 16 + 3 * 8 + 8;

/// A session as a store keeps it: opaque data, a version, and two deadlines.
///
/// The deadlines decide whether the session lives. A store's own expiry only collects garbage.
///
/// ```
/// use std::time::{Duration, UNIX_EPOCH};
/// use wsgi_sessions::Record;
///
/// let now = UNIX_EPOCH + Duration::from_secs(1_000_000);
/// let minute = Duration::from_secs(60);
/// let record = Record::new("{}", minute, 10 * minute, now)?;
/// assert!(record.is_live(now));
/// assert!(!record.is_live(now + Duration::from_secs(60)));
/// assert_eq!(Record::decode(&record.encode())?, record);
/// # Ok::<_, wsgi_sessions::StoreError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Record {
    /// The version, which identifies the write that made this record.
    pub version: Version,
    /// The session's data, at most [`Record::MAX_DATA`] bytes. A store does not look into it.
    pub data: Vec<u8>,
    /// The time that the session may go unused, as set when the record was made.
    pub idle: Duration,
    /// The deadline after which an unused session is over: `idle` after its last use, or earlier
    /// while its cookie has not come back yet.
    pub idle_until: SystemTime,
    /// The deadline after which the session is over in any case.
    pub absolute_until: SystemTime,
    /// Further properties of the session, which are not among the record's bytes. It is `None`
    /// instead of an annex that [is empty](Annex::is_empty).
    pub annex: Option<Box<Annex>>,
}

impl Record {
    /// The largest data of a record, in bytes: 4 MiB. Every store takes records of at least 1 MiB,
    /// and refuses larger ones than this with [`StoreError::TooLarge`].
    pub const MAX_DATA: usize = 4 << 20;

    /// The largest encoded record, in bytes.
    pub const MAX_ENCODED: usize = HEAD + Self::MAX_DATA;

    /// The first byte of an encoded record: the layout described at `encode`.
    pub(crate) const LAYOUT: u8 = 1;

    /// The offset of the idle deadline in an encoded record. A store may change these eight bytes
    /// in place to [touch](crate::Store::touch) the record.
    pub const IDLE_UNTIL_AT: usize = 1 + 16 + 8;

    /// Makes a record of this data with a new version, used now. It may go unused for `idle`, and
    /// ends after `absolute` at the latest.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] if the operating system provides no randomness.
    pub fn new(
        data: impl Into<Vec<u8>>,
        idle: Duration,
        absolute: Duration,
        now: SystemTime,
    ) -> Result<Self, StoreError> {
        Ok(Self {
            version: Version::random()?,
            data: data.into(),
            idle,
            idle_until: now.checked_add(idle).unwrap_or(now),
            absolute_until: now.checked_add(absolute).unwrap_or(now),
            annex: None,
        })
    }

    /// Returns the name of the owner, if the session has one.
    #[must_use]
    pub fn owner(&self) -> Option<&str> {
        let owned = self.annex.as_ref()?.owned.as_ref()?;
        Some(&owned.owner)
    }

    /// Returns the retired keys that end with the session: see [`Annex::retired_keys`].
    #[must_use]
    pub fn retired_keys(&self) -> &[RetiredKey] {
        self.annex.as_ref().map_or(&[], |annex| &annex.retired_keys)
    }

    /// Returns the time of the last use that the store knows of. It is too early for a session
    /// whose cookie has not come back yet, which lives for a shorter time than it may go unused.
    #[must_use]
    pub fn last_used(&self) -> SystemTime {
        self.idle_until.checked_sub(self.idle).unwrap_or(UNIX_EPOCH)
    }

    /// Whether both deadlines are in the future. The session is over at the instant of a deadline.
    #[must_use]
    pub fn is_live(&self, now: SystemTime) -> bool {
        now < self.expires()
    }

    /// Returns the earlier of the two deadlines.
    ///
    /// ```
    /// use std::time::{Duration, SystemTime};
    /// use wsgi_sessions::Record;
    ///
    /// let (now, hour) = (SystemTime::UNIX_EPOCH, Duration::from_secs(3600));
    /// let record = Record::new("visits=1", 2 * hour, 24 * hour, now)?;
    /// assert_eq!(record.expires(), now + 2 * hour);
    /// assert_eq!(record.last_used(), now);
    /// assert_eq!(record.owner(), None);
    /// assert!(record.retired_keys().is_empty());
    /// # Ok::<(), wsgi_sessions::StoreError>(())
    /// ```
    #[must_use]
    pub fn expires(&self) -> SystemTime {
        self.idle_until.min(self.absolute_until)
    }

    /// Checks that the data is within [`Record::MAX_DATA`], and the annex within its own limits.
    ///
    /// # Errors
    ///
    /// [`StoreError::TooLarge`] if either is too large.
    ///
    /// ```
    /// use std::time::{Duration, SystemTime};
    /// use wsgi_sessions::{Record, StoreError};
    ///
    /// let hour = Duration::from_secs(3600);
    /// let mut record = Record::new("", hour, hour, SystemTime::now())?;
    /// assert!(record.check_size().is_ok());
    /// record.data = vec![0; Record::MAX_DATA + 1];
    /// assert!(matches!(record.check_size(), Err(StoreError::TooLarge { .. })));
    /// # Ok::<(), StoreError>(())
    /// ```
    pub fn check_size(&self) -> Result<(), StoreError> {
        let annex = self.annex.as_ref();
        if self.data.len() > Self::MAX_DATA || annex.is_some_and(|annex| !annex.is_within_limits())
        {
            return Err(StoreError::TooLarge);
        }
        Ok(())
    }

    /// Returns the record as bytes, without the [annex](Record::annex), for stores that keep bytes.
    ///
    /// | bytes | meaning |
    /// |---|---|
    /// | 1 | layout, 1 |
    /// | 16 | version |
    /// | 8 | `idle`, in milliseconds |
    /// | 8 | `idle_until`, in milliseconds since 1970-01-01 UTC |
    /// | 8 | `absolute_until`, likewise |
    /// | 8 | length of the data |
    /// | the rest | data |
    ///
    /// All numbers are big-endian. Fractions of a millisecond are cut off: a deadline moves at most
    /// one millisecond earlier, and never later.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEAD + self.data.len());
        bytes.push(Self::LAYOUT);
        bytes.extend(self.version.to_bytes());
        bytes.extend(millis(self.idle).to_be_bytes());
        bytes.extend(Self::encode_time(self.idle_until));
        bytes.extend(Self::encode_time(self.absolute_until));
        bytes.extend((self.data.len() as u64).to_be_bytes());
        bytes.extend(&self.data);
        bytes
    }

    /// Returns the length of the bytes that [`encode`](Record::encode) returns.
    #[cfg(feature = "file")]
    pub(crate) fn encoded_len(&self) -> usize {
        HEAD + self.data.len()
    }

    /// Encodes a deadline as in an encoded record. A time before 1970 becomes 1970, which is just
    /// as past.
    ///
    /// ```
    /// use std::time::{Duration, SystemTime};
    /// use wsgi_sessions::Record;
    ///
    /// let time = SystemTime::UNIX_EPOCH + Duration::from_millis(7);
    /// assert_eq!(Record::encode_time(time), [0, 0, 0, 0, 0, 0, 0, 7]);
    /// ```
    #[must_use]
    pub fn encode_time(time: SystemTime) -> [u8; 8] {
        encode_time(time)
    }

    /// Reads bytes that [`encode`](Record::encode) wrote, as a record without an annex.
    ///
    /// # Errors
    ///
    /// [`StoreError::Corrupt`] if the bytes have another layout, are shorter or longer than they
    /// claim, are too large, or hold a time that this system cannot express.
    pub fn decode(bytes: &[u8]) -> Result<Self, StoreError> {
        Self::parse(bytes).ok_or(StoreError::Corrupt)
    }

    /// Reads a record, and the bytes of its annex, which are none if it has no annex.
    #[cfg(any(
        feature = "file",
        feature = "redis",
        feature = "server",
        feature = "socket"
    ))]
    pub(crate) fn decode_with_annex(record: &[u8], annex: &[u8]) -> Result<Self, StoreError> {
        let mut record = Self::decode(record)?;
        if !annex.is_empty() {
            record.annex = Annex::decode(annex)?.into_option();
        }
        Ok(record)
    }

    fn parse(mut bytes: &[u8]) -> Option<Self> {
        let rest = &mut bytes;
        let layout: [u8; 1] = take(rest)?;
        let version = Version::from_bytes(take(rest)?);
        let idle = Duration::from_millis(number(rest)?);
        let idle_until = time(number(rest)?)?;
        let absolute_until = time(number(rest)?)?;
        let length = number(rest)?;
        let whole =
            layout == [Self::LAYOUT] && length == rest.len() as u64 && rest.len() <= Self::MAX_DATA;
        whole.then(|| Self {
            version,
            data: rest.to_vec(),
            idle,
            idle_until,
            absolute_until,
            annex: None,
        })
    }
}

/// Shows the size of the data, but not the data.
impl std::fmt::Debug for Record {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Record")
            .field("version", &self.version)
            .field("data", &format_args!("{} bytes", self.data.len()))
            .field("idle", &self.idle)
            .field("idle_until", &self.idle_until)
            .field("absolute_until", &self.absolute_until)
            .field("annex", &self.annex)
            .finish()
    }
}

#[cfg(test)]
mod tests;
