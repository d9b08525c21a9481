//! An entry, and its form in a file.
//!
//! ```text
//! wsgi-blog 1 9f86d081…        the version of the form, and the SHA-256 of all that follows
//! Hello world                  the name
//! 1764360000000000000          the time of its creation, in nanoseconds since 1970
//! 1764360500000000000          the time of its last change
//! The text, to the end of the file
//! ```

use sha2::{Digest, Sha256};

use crate::{
    damage::Damage,
    name::{Name, hex},
    timestamp::Timestamp,
};

/// The beginning of a file.
const MAGIC: &str = "wsgi-blog 1 ";

/// An entry of the blog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) head: Head,
    pub(crate) text: String,
}

/// All of an entry but its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) name: Name,
    pub(crate) created: Timestamp,
    pub(crate) updated: Timestamp,
}

impl Entry {
    /// The name of this state of the entry: any change changes it.
    pub(crate) fn state(&self) -> String {
        hex(&Sha256::digest(self.content()))
    }

    /// A name for the entry in all its states, worldwide: a UUID of version 8 (RFC 9562), as a URN.
    /// An entry that is removed and created again is another one.
    pub(crate) fn id(&self) -> String {
        let Head { name, created, .. } = &self.head;
        urn(format!("{}\n{}", created.0, name.as_str()).as_bytes())
    }

    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let content = self.content();
        format!("{MAGIC}{}\n{content}", hex(&Sha256::digest(&content))).into_bytes()
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, Damage> {
        let (sum, content) = split(bytes)?;
        if hex(&Sha256::digest(content)).as_bytes() != sum {
            return Err(Damage::Torn);
        }
        let (head, text) = Head::read(content).ok_or(Damage::Foreign)?;
        let text = String::from_utf8(text.to_vec()).map_err(|_| Damage::Foreign)?;
        Ok(Self { head, text })
    }

    fn content(&self) -> String {
        let Head {
            name,
            created,
            updated,
        } = &self.head;
        format!(
            "{}\n{}\n{}\n{}",
            name.as_str(),
            created.0,
            updated.0,
            self.text
        )
    }
}

impl Head {
    /// The longest beginning of a file that has a whole head.
    pub(crate) const MAX_BYTES: u64 = 512;

    /// Reads the head from the beginning of a file. Whether the file is whole is not known.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, Damage> {
        let (head, _) = Self::read(split(bytes)?.1).ok_or(Damage::Foreign)?;
        Ok(head)
    }

    /// Splits the content of a file into its head and its text.
    fn read(content: &[u8]) -> Option<(Self, &[u8])> {
        let mut lines = content.splitn(4, |&byte| byte == b'\n');
        let mut line = || str::from_utf8(lines.next()?).ok();
        let (name, created, updated) = (line()?, line()?, line()?);
        let head = Self {
            name: Name::parse(name).ok()?,
            created: Timestamp(created.parse().ok()?),
            updated: Timestamp(updated.parse().ok()?),
        };
        Some((head, lines.next()?))
    }
}

/// Splits a file into the SHA-256 of its content, and the content.
fn split(bytes: &[u8]) -> Result<(&[u8], &[u8]), Damage> {
    let rest = bytes.strip_prefix(MAGIC.as_bytes());
    let (sum, content) = rest
        .and_then(|rest| rest.split_at_checked(64))
        .ok_or(Damage::Foreign)?;
    let content = content.strip_prefix(b"\n").ok_or(Damage::Foreign)?;
    Ok((sum, content))
}

/// A UUID of version 8 that is made of bytes, as a URN.
pub(crate) fn urn(bytes: &[u8]) -> String {
    let mut hash = Sha256::digest(bytes);
    hash[6] = hash[6] & 0x0f | 0x80;
    hash[8] = hash[8] & 0x3f | 0x80;
    let digits = hex(&hash[..16]);
    let part = |from: usize, to: usize| &digits[from..to];
    format!(
        "urn:uuid:{}-{}-{}-{}-{}",
        part(0, 8),
        part(8, 12),
        part(12, 16),
        part(16, 20),
        part(20, 32)
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn entry(text: &str) -> Entry {
        Entry {
            head: Head {
                name: Name::parse("Hello wörld").expect("a name"),
                created: Timestamp(1),
                updated: Timestamp(u64::MAX),
            },
            text: text.to_owned(),
        }
    }

    #[test]
    fn the_longest_head_is_read_from_the_first_bytes() {
        let mut long = entry(&"x".repeat(1000));
        long.head.name = Name::parse(&"n".repeat(crate::name::MAX_BYTES)).expect("a name");
        long.head.created = Timestamp(u64::MAX);
        let bytes = long.to_bytes();
        let first = &bytes[..Head::MAX_BYTES as usize];
        assert_eq!(Head::from_bytes(first), Ok(long.head));
    }

    #[test]
    fn other_files_are_told_apart() {
        for bytes in [
            &b""[..],
            b"wsgi-blog 1 ",
            b"wsgi-blog 2 00\n",
            b"\xff",
            b"\0\0\0",
        ] {
            assert_eq!(Entry::from_bytes(bytes), Err(Damage::Foreign), "{bytes:?}");
        }
    }

    #[test]
    fn an_id_is_a_uuid_of_version_8() {
        let id = entry("").id();
        assert_eq!(id.len(), "urn:uuid:".len() + 36);
        assert_eq!(&id[23..24], "8", "{id}");
        assert!(matches!(&id[28..29], "8" | "9" | "a" | "b"), "{id}");
    }

    proptest! {
        #[test]
        fn an_entry_is_read_as_it_was_written(text: String) {
            let entry = entry(&text);
            prop_assert_eq!(Entry::from_bytes(&entry.to_bytes()), Ok(entry));
        }

        #[test]
        fn a_file_that_was_cut_or_changed_is_never_an_entry(
            text: String,
            at: prop::sample::Index,
            byte: u8,
        ) {
            let whole = entry(&text).to_bytes();
            let at = at.index(whole.len());
            prop_assert!(Entry::from_bytes(&whole[..at]).is_err());
            let mut changed = whole.clone();
            changed[at] = byte;
            prop_assert!(changed == whole || Entry::from_bytes(&changed).is_err());
        }

        #[test]
        fn no_bytes_panic(bytes: Vec<u8>) {
            let _ = Entry::from_bytes(&bytes);
            let _ = Entry::from_bytes(&[MAGIC.as_bytes(), &bytes].concat());
        }
    }
}
