//! Entry in the list of an owner's sessions.

use std::time::SystemTime;

#[cfg(feature = "socket")]
use crate::record::encoding::{number, take, time};
use crate::{handle::Handle, key::Key, record::Record};

/// A session of an owner, as returned by [`Store::list`](crate::Store::list).
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use wsgi_sessions::{Annex, Handle, Key, Listed, Owned, Record};
///
/// let (now, hour) = (SystemTime::UNIX_EPOCH, Duration::from_secs(3600));
/// let key = Key::of("an id");
/// let mut record = Record::new("", hour, 10 * hour, now)?;
/// assert_eq!(Listed::of(&key, &record), None);
/// let owned = Owned {
///     owner: "user-17".to_owned(),
///     handle: Handle::from_bytes([7; 16]),
///     created: now,
///     note: None,
/// };
/// record.annex = Annex { owned: Some(owned), ..Annex::default() }.into_option();
/// assert_eq!(Listed::of(&key, &record).unwrap().handle, Handle::from_bytes([7; 16]));
/// # Ok::<(), wsgi_sessions::StoreError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The key of the session.
    pub key: Key,
    /// The public name of the session.
    pub handle: Handle,
    /// The time at which the session became the owner's.
    pub created: SystemTime,
    /// The time of the last use that the store knows of, and never earlier than `created`.
    pub last_used: SystemTime,
    /// The application's note.
    pub note: Option<String>,
}

impl Listed {
    /// Returns the entry of a record, or `None` if it has no owner.
    #[must_use]
    pub fn of(key: &Key, record: &Record) -> Option<Self> {
        let owned = record.annex.as_ref()?.owned.as_ref()?;
        Some(Self {
            key: *key,
            handle: owned.handle,
            created: owned.created,
            last_used: record.last_used().max(owned.created),
            note: owned.note.clone(),
        })
    }

    /// Appends the entry as bytes: the key, the handle, the two times, the length of the note in
    /// two bytes, and the note. A length of all ones means that there is no note.
    #[cfg(feature = "server")]
    pub(crate) fn encode(&self, bytes: &mut Vec<u8>) {
        bytes.extend(self.key.as_bytes());
        bytes.extend(self.handle.to_bytes());
        bytes.extend(Record::encode_time(self.created));
        bytes.extend(Record::encode_time(self.last_used));
        match &self.note {
            Some(note) => {
                // A note is no longer than `Annex::MAX_NOTE`.
                let length = u16::try_from(note.len()).unwrap_or(0);
                bytes.extend(length.to_be_bytes());
                bytes.extend(&note.as_bytes()[..length.into()]);
            }
            None => bytes.extend(NO_NOTE.to_be_bytes()),
        }
    }

    /// Reads several entries that [`encode`](Self::encode) wrote.
    #[cfg(feature = "socket")]
    pub(crate) fn decode_all(mut bytes: &[u8]) -> Option<Vec<Self>> {
        let mut all = Vec::new();
        while !bytes.is_empty() {
            all.push(Self::decode(&mut bytes)?);
        }
        Some(all)
    }

    #[cfg(feature = "socket")]
    fn decode(rest: &mut &[u8]) -> Option<Self> {
        let key = Key::from_bytes(take(rest)?);
        let handle = Handle::from_bytes(take(rest)?);
        let created = time(number(rest)?)?;
        let last_used = time(number(rest)?)?;
        let note = match u16::from_be_bytes(take(rest)?) {
            NO_NOTE => None,
            length => {
                let (note, after) = rest.split_at_checked(length.into())?;
                *rest = after;
                Some(str::from_utf8(note).ok()?.to_owned())
            }
        };
        Some(Self {
            key,
            handle,
            created,
            last_used,
            note,
        })
    }
}

/// The length that stands for a missing note.
#[cfg(any(feature = "server", feature = "socket"))]
const NO_NOTE: u16 = u16::MAX;

#[cfg(all(test, feature = "server", feature = "socket"))]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    #[test]
    fn a_list_is_read_as_it_was_written_and_a_truncated_one_is_refused() {
        let at = |seconds| UNIX_EPOCH + Duration::from_secs(seconds);
        let listed = |byte, note: Option<&str>| Listed {
            key: Key::from_bytes([byte; 32]),
            handle: Handle::from_bytes([byte; 16]),
            created: at(7),
            last_used: at(8),
            note: note.map(str::to_owned),
        };
        let all = [
            listed(1, None),
            listed(2, Some("")),
            listed(3, Some("żółw")),
        ];
        let mut bytes = Vec::new();
        all.iter().for_each(|listed| listed.encode(&mut bytes));
        assert_eq!(Listed::decode_all(&bytes).unwrap(), all);
        let ends = [0, 66, 132];
        for cut in (0..bytes.len()).filter(|cut| !ends.contains(cut)) {
            assert!(Listed::decode_all(&bytes[..cut]).is_none(), "cut at {cut}");
        }
    }
}
