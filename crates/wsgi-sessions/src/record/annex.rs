//! What is kept beside a record, where there is something to say: most sessions have none of it.

use std::time::{Duration, SystemTime};

use super::{millis, number, take, time};
use crate::{Handle, Key, Record, StoreError};

/// What is kept beside a record: whose session it is, an expiry of its own, and the ids it had a
/// moment ago.
///
/// It stands apart from the record's own bytes, so that these stay as they always were: a store
/// that keeps bytes keeps [`encode`](Annex::encode)'s next to those of the record, and only for a
/// session that has an annex.
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
    /// Whose session it is.
    pub owned: Option<Owned>,
    /// How long this one lives, where it is not as the application's sessions do.
    pub expiry: Option<OwnExpiry>,
    /// The keys that the session had and that are [retired](crate::Load::Retired) until then, at
    /// most [`Annex::BEFORE`]: whatever ends the session ends them, too.
    pub before: Vec<Before>,
}

/// Whose a session is, as [`Session::set_owner`](crate::Session::set_owner) made it.
#[derive(Clone, PartialEq, Eq)]
pub struct Owned {
    /// The name of the owner: at least one byte, at most [`Annex::OWNER`].
    pub owner: String,
    /// What the session is told apart by, for those who may not know its id.
    pub handle: Handle,
    /// When the session became the owner's.
    pub created: SystemTime,
    /// What the application noted, at most [`Annex::NOTE`] bytes.
    pub note: Option<String>,
}

/// An expiry of its own, beside the absolute deadline that stands in the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwnExpiry {
    /// How long the session may go unused.
    pub idle: Duration,
    /// Whether the browser keeps the cookie when it is closed.
    pub persistent: bool,
}

/// A key that the session had, and how long it is retired.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Before {
    /// The key.
    pub key: Key,
    /// The end of its grace.
    pub until: SystemTime,
}

// The first byte of an encoded annex, and those of its parts.
const LAYOUT: u8 = 1;
const OWNER: u8 = 1;
const HANDLE: u8 = 2;
const CREATED: u8 = 3;
const NOTE: u8 = 4;
const EXPIRY: u8 = 5;
const BEFORE: u8 = 6;

impl Annex {
    /// The longest name of an owner, in bytes.
    pub const OWNER: usize = 256;

    /// The longest note, in bytes.
    pub const NOTE: usize = 1_024;

    /// The most keys a session had before that are still retired.
    pub const BEFORE: usize = 8;

    /// The longest encoded annex of this version, in bytes; a store takes no longer ones.
    pub const MAX_ENCODED: usize = 2_048;

    /// Whether there is nothing to say.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The annex of a record: none where there is nothing to say.
    pub fn into_option(self) -> Option<Box<Self>> {
        (!self.is_empty()).then(|| Box::new(self))
    }

    /// About how much memory it takes, in bytes.
    pub(crate) fn size(&self) -> usize {
        let owned = self.owned.as_ref().map_or(0, |owned| {
            owned.owner.len() + owned.note.as_ref().map_or(0, String::len)
        });
        size_of::<Self>() + owned + self.before.len() * size_of::<Before>()
    }

    pub(super) fn is_within_limits(&self) -> bool {
        let owned = self.owned.as_ref().is_none_or(|owned| {
            let note = owned.note.as_ref().map_or(0, String::len);
            (1..=Self::OWNER).contains(&owned.owner.len()) && note <= Self::NOTE
        });
        owned && self.before.len() <= Self::BEFORE
    }

    /// The annex as bytes: a 1 for the layout, and then parts. Each part is a byte that says which it
    /// is, a length in two bytes, and as many bytes.
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
    /// Numbers, times and durations are those of [`Record::encode`]. Parts of another kind are
    /// passed over when it is read, so that a later version may add some.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = vec![LAYOUT];
        let mut part = |kind: u8, parts: &[&[u8]]| {
            let length = parts.iter().map(|part| part.len()).sum::<usize>();
            // What is longer does not pass `check_size`.
            let length = u16::try_from(length).unwrap_or(u16::MAX);
            bytes.push(kind);
            bytes.extend(length.to_be_bytes());
            parts.iter().for_each(|part| bytes.extend(*part));
        };
        if let Some(owned) = &self.owned {
            part(OWNER, &[owned.owner.as_bytes()]);
            part(HANDLE, &[&owned.handle.to_bytes()]);
            part(CREATED, &[&Record::encode_time(owned.created)]);
            if let Some(note) = &owned.note {
                part(NOTE, &[note.as_bytes()]);
            }
        }
        if let Some(expiry) = &self.expiry {
            let idle = millis(expiry.idle).to_be_bytes();
            part(EXPIRY, &[&idle, &[u8::from(expiry.persistent)]]);
        }
        for Before { key, until } in &self.before {
            part(BEFORE, &[key.as_bytes(), &Record::encode_time(*until)]);
        }
        bytes
    }

    /// Reads what [`encode`](Annex::encode) wrote.
    ///
    /// # Errors
    ///
    /// [`StoreError::Corrupt`] where the bytes are of another layout, cut, or past a limit.
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
                    annex.expiry = Some(OwnExpiry { idle, persistent });
                }
                BEFORE => {
                    let key = Key::from_bytes(take(&mut part)?);
                    let until = time(number(&mut part)?)?;
                    annex.before.push(Before { key, until });
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

/// Shows neither the owner nor the note, which may be somebody's name and address.
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
        let expiry = (any::<u64>(), any::<bool>()).prop_map(|(idle, persistent)| OwnExpiry {
            idle: Duration::from_millis(idle),
            persistent,
        });
        let before = (any::<[u8; 32]>(), at()).prop_map(|(key, until)| Before {
            key: Key::from_bytes(key),
            until,
        });
        let before = prop::collection::vec(before, 0..=Annex::BEFORE);
        let parts = (prop::option::of(owned()), prop::option::of(expiry), before);
        parts.prop_map(|(owned, expiry, before)| Annex {
            owned,
            expiry,
            before,
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
    fn the_largest_annex_is_within_its_bound() {
        let before = Before {
            key: Key::from_bytes([7; 32]),
            until: UNIX_EPOCH,
        };
        let annex = Annex {
            owned: Some(Owned {
                owner: "o".repeat(Annex::OWNER),
                handle: Handle::from_bytes([7; 16]),
                created: UNIX_EPOCH,
                note: Some("n".repeat(Annex::NOTE)),
            }),
            expiry: Some(OwnExpiry {
                idle: Duration::MAX,
                persistent: true,
            }),
            before: vec![before; Annex::BEFORE],
        };
        assert!(annex.is_within_limits());
        assert!(annex.encode().len() <= Annex::MAX_ENCODED);
    }

    #[test]
    fn a_part_of_a_later_version_is_passed_over() {
        let bytes = [LAYOUT, 200, 0, 2, 7, 7];
        assert_eq!(Annex::decode(&bytes).unwrap(), Annex::default());
    }

    /// Databases hold it, so it is to be read for ever.
    #[test]
    fn the_first_layout_stays_as_it_is() {
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
            expiry: Some(OwnExpiry {
                idle: Duration::from_millis(60),
                persistent: true,
            }),
            before: vec![Before {
                key: Key::from_bytes([8; 32]),
                until: UNIX_EPOCH + Duration::from_millis(5),
            }],
        };
        assert_eq!(annex.encode(), bytes.concat());
        assert_eq!(Annex::decode(&bytes.concat()).unwrap(), annex);
    }
}
