//! Numbers about the contents of a store.

use std::time::SystemTime;

/// Numbers about the contents of a store at some time.
///
/// [`FileStore::statistics`](crate::FileStore::statistics) counts them in a file, and
/// `SocketStore::statistics` asks a session server for them.
///
/// ```
/// # #[cfg(feature = "file")] {
/// # use std::time::{Duration, SystemTime};
/// # use wsgi_sessions::{FileStore, Key, Record, Store};
/// # let dir = tempfile::tempdir()?;
/// let store = FileStore::open(dir.path().join("sessions.redb"))?;
/// let (now, minute) = (SystemTime::now(), Duration::from_secs(60));
/// store.create(&Key::of("an id"), &Record::new("1", minute, minute, now)?, now)?;
///
/// let statistics = store.statistics(now)?;
/// assert_eq!((statistics.live, statistics.unproved, statistics.expired), (1, 1, 0));
/// assert_eq!(store.statistics(now + minute)?.expired, 1);
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Statistics {
    /// The number of live sessions.
    pub live: u64,
    /// The number of sessions whose cookie has not come back yet, including those that have expired
    /// and are not yet swept.
    pub unproved: u64,
    /// The number of retired keys, which can be read for a few seconds after a renewal.
    pub retired: u64,
    /// The number of entries that have expired and are not yet swept.
    pub expired: u64,
    /// The number of entries that cannot be read, or were written by a later version.
    pub unreadable: u64,
    /// The number of values of WSGI Utils clients.
    pub legacy: u64,
    /// The bytes of all these entries.
    pub entry_bytes: u64,
    /// The bytes of the file.
    pub file_bytes: u64,
    /// The last use of the live session that is unused for the longest time, among those whose
    /// cookie has come back.
    pub oldest_use: Option<SystemTime>,
    /// The last use of the live session that was used last, among those whose cookie has come back.
    pub newest_use: Option<SystemTime>,
}

impl Statistics {
    /// Whether a session of this last use changes the times of use.
    #[cfg(feature = "file")]
    pub(crate) fn is_news(&self, last_used: SystemTime) -> bool {
        self.oldest_use.is_none_or(|oldest| last_used < oldest)
            || self.newest_use.is_none_or(|newest| newest < last_used)
    }

    /// Adds the last use of a live session.
    #[cfg(feature = "file")]
    pub(crate) fn add_use(&mut self, last_used: SystemTime) {
        let oldest = self.oldest_use.get_or_insert(last_used);
        *oldest = last_used.min(*oldest);
        let newest = self.newest_use.get_or_insert(last_used);
        *newest = last_used.max(*newest);
    }

    /// Returns the numbers of the wire protocol, each in eight bytes.
    #[cfg(feature = "server")]
    pub(crate) fn encode(&self) -> Vec<u8> {
        let millis = |time: Option<SystemTime>| {
            let since = time.and_then(|time| time.duration_since(SystemTime::UNIX_EPOCH).ok());
            since.map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(0))
        };
        let counts = self.counts();
        let times = [millis(self.oldest_use), millis(self.newest_use)];
        let numbers = counts.into_iter().chain(times);
        numbers.flat_map(u64::to_be_bytes).collect()
    }

    /// Reads the numbers of the wire protocol. Later versions may send further ones.
    #[cfg(feature = "socket")]
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        use std::time::Duration;
        let (numbers, _) = bytes.as_chunks::<8>();
        let mut numbers = numbers.iter().map(|number| u64::from_be_bytes(*number));
        let mut statistics = Self::default();
        for count in statistics.counts_mut() {
            *count = numbers.next()?;
        }
        let mut time = || match numbers.next()? {
            0 => Some(None),
            millis => Some(SystemTime::UNIX_EPOCH.checked_add(Duration::from_millis(millis))),
        };
        statistics.oldest_use = time()?;
        statistics.newest_use = time()?;
        Some(statistics)
    }

    #[cfg(feature = "server")]
    fn counts(&self) -> [u64; 8] {
        let mut copy = self.clone();
        copy.counts_mut().map(|count| *count)
    }

    #[cfg(any(feature = "server", feature = "socket"))]
    fn counts_mut(&mut self) -> [&mut u64; 8] {
        [
            &mut self.live,
            &mut self.unproved,
            &mut self.retired,
            &mut self.expired,
            &mut self.unreadable,
            &mut self.legacy,
            &mut self.entry_bytes,
            &mut self.file_bytes,
        ]
    }
}

#[cfg(all(test, feature = "server", feature = "socket"))]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    #[test]
    fn what_is_encoded_is_decoded() {
        let mut statistics = Statistics {
            live: 1,
            unproved: 2,
            retired: 3,
            expired: 4,
            unreadable: 5,
            legacy: 6,
            entry_bytes: 7,
            file_bytes: u64::MAX,
            oldest_use: Some(UNIX_EPOCH + Duration::from_millis(8)),
            newest_use: None,
        };
        let mut bytes = statistics.encode();
        assert_eq!(Statistics::decode(&bytes), Some(statistics.clone()));
        bytes.extend([9; 8]);
        statistics.newest_use = None;
        assert_eq!(Statistics::decode(&bytes), Some(statistics));
        for length in 0..80 {
            assert_eq!(Statistics::decode(&bytes[..length]), None, "{length}");
        }
        assert!(Statistics::decode(&[0xff; 80]).is_some());
    }
}
