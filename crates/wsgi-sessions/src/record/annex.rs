//! Properties kept beside a record. Most sessions have none.

use std::time::{Duration, SystemTime};

use super::encoding::{encode_time, millis, number, take, time};
use crate::{handle::Handle, key::Key, store_error::StoreError};

/// Properties kept beside a record: the owner of the session, an expiry of its own, and its recent
/// keys.
///
/// The annex is separate from the record's bytes, so that their layout never changes. A store that
/// keeps bytes keeps the [encoded](Annex::encode) annex next to those of the record, and only for a
/// session that has one.
///
/// ```
/// use std::time::SystemTime;
/// use wsgi_sessions::{Annex, Handle, Owned};
///
/// let owned = Owned {
///     owner: "user-17".to_owned(),
///     handle: Handle::random()?,
///     created: std::time::UNIX_EPOCH,
///     note: Some("Firefox on Linux".to_owned()),
/// };
/// let annex = Annex { owned: Some(owned), ..Annex::default() };
/// assert_eq!(Annex::decode(&annex.encode())?, annex);
/// # Ok::<_, wsgi_sessions::StoreError>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Annex {
    /// The owner of the session.
    pub owned: Option<Owned>,
    /// The expiry of this session, if it differs from the application's.
    pub expiry: Option<OwnExpiry>,
    /// Former keys of the session that are still [retired](crate::Load::Retired), at most
    /// [`Annex::MAX_RETIRED_KEYS`]. Ending the session ends them as well.
    pub retired_keys: Vec<RetiredKey>,
}

/// The owner of a session, as set by [`Session::set_owner`](crate::Session::set_owner).
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use wsgi_sessions::{Annex, Handle, Owned};
///
/// let owned = Owned {
///     owner: "user-17".to_owned(),
///     handle: Handle::from_bytes([7; 16]),
///     created: SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000),
///     note: Some("Firefox on Linux".to_owned()),
/// };
/// let annex = Annex { owned: Some(owned.clone()), ..Annex::default() };
/// assert_eq!(Annex::decode(&annex.encode())?.owned.unwrap().note, owned.note);
/// # Ok::<(), wsgi_sessions::StoreError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Owned {
    /// The name of the owner: at least one byte, at most [`Annex::MAX_OWNER`] bytes.
    pub owner: String,
    /// The public name of the session, for those who may not know its id.
    pub handle: Handle,
    /// The time at which the session became the owner's.
    pub created: SystemTime,
    /// The application's note, at most [`Annex::MAX_NOTE`] bytes.
    pub note: Option<String>,
}

/// The expiry of one session, besides the end of its life, which is in its record.
///
/// ```
/// use std::time::Duration;
/// use wsgi_sessions::{Annex, OwnExpiry};
///
/// let fortnight = Duration::from_secs(14 * 86_400);
/// let expiry = OwnExpiry::new(fortnight, true);
/// assert!(expiry.persistent);
/// let annex = Annex { expiry: Some(expiry), ..Annex::default() };
/// assert_eq!(Annex::decode(&annex.encode())?.expiry, Some(expiry));
/// # Ok::<(), wsgi_sessions::StoreError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct OwnExpiry {
    /// The time that the session may go unused.
    pub idle_timeout: Duration,
    /// Whether the browser keeps the cookie after it is closed.
    pub persistent: bool,
}

impl OwnExpiry {
    /// Makes an expiry of the time that the session may go unused, and whether the browser keeps
    /// the cookie after it is closed.
    ///
    /// ```
    /// use std::time::Duration;
    /// use wsgi_sessions::OwnExpiry;
    ///
    /// let hour = Duration::from_secs(3_600);
    /// assert_eq!(OwnExpiry::new(hour, false).idle_timeout, hour);
    /// ```
    #[must_use]
    pub fn new(idle_timeout: Duration, persistent: bool) -> Self {
        Self {
            idle_timeout,
            persistent,
        }
    }
}

/// A former key of a session, retired until its grace ends.
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use wsgi_sessions::{Annex, Key, RetiredKey};
///
/// let until = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_005);
/// let retired = RetiredKey { key: Key::of("the id before the login"), until };
/// let annex = Annex { retired_keys: vec![retired], ..Annex::default() };
/// assert_eq!(Annex::decode(&annex.encode())?.retired_keys, [retired]);
/// # Ok::<(), wsgi_sessions::StoreError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetiredKey {
    /// The key.
    pub key: Key,
    /// The end of the grace.
    pub until: SystemTime,
}

// The first byte of an encoded annex, and the tags of its parts.
const LAYOUT: u8 = 1;
const OWNER: u8 = 1;
const HANDLE: u8 = 2;
const CREATED: u8 = 3;
const NOTE: u8 = 4;
const EXPIRY: u8 = 5;
const RETIRED: u8 = 6;

impl Annex {
    /// The longest name of an owner, in bytes.
    pub const MAX_OWNER: usize = 256;

    /// The longest note, in bytes.
    pub const MAX_NOTE: usize = 1_024;

    /// The largest number of retired keys.
    pub const MAX_RETIRED_KEYS: usize = 8;

    /// The longest encoded annex of this version, in bytes. A store takes no longer one.
    pub const MAX_ENCODED: usize = 2_048;

    /// Whether the annex has no property at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Returns the annex for a record: `None` if it is empty.
    ///
    /// ```
    /// use wsgi_sessions::Annex;
    ///
    /// assert!(Annex::default().is_empty());
    /// assert_eq!(Annex::default().into_option(), None);
    /// ```
    #[must_use]
    pub fn into_option(self) -> Option<Box<Self>> {
        (!self.is_empty()).then(|| Box::new(self))
    }

    /// Returns the approximate memory use, in bytes.
    pub(crate) fn size(&self) -> usize {
        let owned = self.owned.as_ref().map_or(0, |owned| {
            owned.owner.len() + owned.note.as_ref().map_or(0, String::len)
        });
        size_of::<Self>() + owned + self.retired_keys.len() * size_of::<RetiredKey>()
    }

    pub(super) fn is_within_limits(&self) -> bool {
        let owned = self.owned.as_ref().is_none_or(|owned| {
            let note = owned.note.as_ref().map_or(0, String::len);
            (1..=Self::MAX_OWNER).contains(&owned.owner.len()) && note <= Self::MAX_NOTE
        });
        owned && self.retired_keys.len() <= Self::MAX_RETIRED_KEYS
    }

    /// Returns the annex as bytes: a 1 for the layout, and then parts. Each part is a tag in one
    /// byte, a length in two bytes, and that many bytes.
    ///
    /// | part | bytes |
    /// |---|---|
    /// | 1 | the owner's name |
    /// | 2 | the handle, 16 bytes |
    /// | 3 | when it became the owner's, 8 bytes |
    /// | 4 | the note |
    /// | 5 | `idle`, 8 bytes, and 1 or 0 for `persistent` |
    /// | 6 | a key, 32 bytes, and the end of its grace, 8 bytes; several |
    ///
    /// Numbers, times and durations are encoded as in [`Record::encode`](crate::Record::encode). A
    /// reader skips parts with an unknown tag, so a later version may add some.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = vec![LAYOUT];
        let mut part = |kind: u8, parts: &[&[u8]]| {
            let length = parts.iter().map(|part| part.len()).sum::<usize>();
            // `check_size` refuses anything longer.
            let length = u16::try_from(length).unwrap_or(u16::MAX);
            bytes.push(kind);
            bytes.extend(length.to_be_bytes());
            parts.iter().for_each(|part| bytes.extend(*part));
        };
        if let Some(owned) = &self.owned {
            part(OWNER, &[owned.owner.as_bytes()]);
            part(HANDLE, &[&owned.handle.to_bytes()]);
            part(CREATED, &[&encode_time(owned.created)]);
            if let Some(note) = &owned.note {
                part(NOTE, &[note.as_bytes()]);
            }
        }
        if let Some(expiry) = &self.expiry {
            let idle = millis(expiry.idle_timeout).to_be_bytes();
            part(EXPIRY, &[&idle, &[u8::from(expiry.persistent)]]);
        }
        for RetiredKey { key, until } in &self.retired_keys {
            part(RETIRED, &[key.as_bytes(), &encode_time(*until)]);
        }
        bytes
    }

    /// Reads bytes that [`encode`](Annex::encode) wrote.
    ///
    /// # Errors
    ///
    /// [`StoreError::Corrupt`] if the bytes have another layout, are truncated, or exceed a limit.
    pub fn decode(bytes: &[u8]) -> Result<Self, StoreError> {
        let annex = Self::parse(bytes).filter(Self::is_within_limits);
        annex.ok_or(StoreError::Corrupt)
    }

    fn parse(mut bytes: &[u8]) -> Option<Self> {
        let rest = &mut bytes;
        if take(rest)? != [LAYOUT] {
            return None;
        }
        let mut annex = Self::default();
        let (mut owner, mut handle, mut created, mut note) = (None, None, None, None);
        while !rest.is_empty() {
            let [kind] = take(rest)?;
            let length = u16::from_be_bytes(take(rest)?);
            let (mut part, after) = rest.split_at_checked(length.into())?;
            *rest = after;
            match kind {
                OWNER => owner = Some(text(part)?),
                HANDLE => handle = Some(Handle::from_bytes(part.try_into().ok()?)),
                CREATED => created = Some(time(number(&mut part)?)?),
                NOTE => note = Some(text(part)?),
                EXPIRY => {
                    let idle = Duration::from_millis(number(&mut part)?);
                    let persistent = part == [1];
                    annex.expiry = Some(OwnExpiry::new(idle, persistent));
                }
                RETIRED => {
                    let key = Key::from_bytes(take(&mut part)?);
                    let until = time(number(&mut part)?)?;
                    annex.retired_keys.push(RetiredKey { key, until });
                }
                _ => {}
            }
        }
        if let Some(owner) = owner {
            annex.owned = Some(Owned {
                owner,
                handle: handle?,
                created: created?,
                note,
            });
        }
        Some(annex)
    }
}

/// Shows neither the owner nor the note, which may contain a name or an address.
impl std::fmt::Debug for Owned {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Owned")
            .field("handle", &self.handle)
            .field("created", &self.created)
            .finish_non_exhaustive()
    }
}

fn text(bytes: &[u8]) -> Option<String> {
    str::from_utf8(bytes).ok().map(ToOwned::to_owned)
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use proptest::prelude::*;

    use super::*;

    fn at() -> impl Strategy<Value = SystemTime> {
        (0..1_u64 << 50).prop_map(|millis| UNIX_EPOCH + Duration::from_millis(millis))
    }

    fn owned() -> impl Strategy<Value = Owned> {
        let note = prop::option::of(".{0,20}");
        (".{1,20}", any::<[u8; 16]>(), at(), note).prop_map(|(owner, handle, created, note)| {
            Owned {
                owner,
                handle: Handle::from_bytes(handle),
                created,
                note,
            }
        })
    }

    fn annex() -> impl Strategy<Value = Annex> {
        let expiry = (any::<u64>(), any::<bool>())
            .prop_map(|(idle, persistent)| OwnExpiry::new(Duration::from_millis(idle), persistent));
        let retired = (any::<[u8; 32]>(), at()).prop_map(|(key, until)| RetiredKey {
            key: Key::from_bytes(key),
            until,
        });
        let retired_keys = prop::collection::vec(retired, 0..=Annex::MAX_RETIRED_KEYS);
        let parts = (
            prop::option::of(owned()),
            prop::option::of(expiry),
            retired_keys,
        );
        parts.prop_map(|(owned, expiry, retired_keys)| Annex {
            owned,
            expiry,
            retired_keys,
        })
    }

    proptest! {
        #[test]
        fn an_annex_is_read_as_it_was_written(annex in annex()) {
            prop_assert_eq!(Annex::decode(&annex.encode()).unwrap(), annex);
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
            let _ = Annex::decode(&[&[LAYOUT][..], &bytes].concat());
        }
    }

    #[test]
    fn the_largest_annex_is_within_its_limit() {
        let retired = RetiredKey {
            key: Key::from_bytes([7; 32]),
            until: UNIX_EPOCH,
        };
        let annex = Annex {
            owned: Some(Owned {
                owner: "o".repeat(Annex::MAX_OWNER),
                handle: Handle::from_bytes([7; 16]),
                created: UNIX_EPOCH,
                note: Some("n".repeat(Annex::MAX_NOTE)),
            }),
            expiry: Some(OwnExpiry::new(Duration::MAX, true)),
            retired_keys: vec![retired; Annex::MAX_RETIRED_KEYS],
        };
        assert!(annex.is_within_limits());
        assert!(annex.encode().len() <= Annex::MAX_ENCODED);
    }

    #[test]
    fn a_part_of_a_later_version_is_skipped() {
        let bytes = [LAYOUT, 200, 0, 2, 7, 7];
        assert_eq!(Annex::decode(&bytes).unwrap(), Annex::default());
    }

    /// Databases contain this layout, so it must stay readable forever.
    #[test]
    fn the_first_layout_does_not_change() {
        let bytes = [
            &[1, 1, 0, 2][..],
            b"me",
            &[2, 0, 16],
            &[7; 16],
            &[3, 0, 8, 0, 0, 0, 0, 0, 0, 0, 9, 4, 0, 2],
            b"it",
            &[5, 0, 9, 0, 0, 0, 0, 0, 0, 0, 60, 1, 6, 0, 40],
            &[8; 32],
            &[0, 0, 0, 0, 0, 0, 0, 5],
        ];
        let annex = Annex {
            owned: Some(Owned {
                owner: "me".to_owned(),
                handle: Handle::from_bytes([7; 16]),
                created: UNIX_EPOCH + Duration::from_millis(9),
                note: Some("it".to_owned()),
            }),
            expiry: Some(OwnExpiry::new(Duration::from_millis(60), true)),
            retired_keys: vec![RetiredKey {
                key: Key::from_bytes([8; 32]),
                until: UNIX_EPOCH + Duration::from_millis(5),
            }],
        };
        assert_eq!(annex.encode(), bytes.concat());
        assert_eq!(Annex::decode(&bytes.concat()).unwrap(), annex);
    }
}
