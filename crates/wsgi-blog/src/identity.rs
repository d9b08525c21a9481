//! The content of the file `blog`: on one line the blog's id, on the next the time of its creation.

use std::hash::{BuildHasher, RandomState};

use crate::{entry::urn, timestamp::Timestamp};

/// The id of a blog, and the time of its creation. They stay as they are.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    /// A name for the blog, worldwide, as a URN.
    pub(crate) id: String,
    pub(crate) created: Timestamp,
}

impl Identity {
    /// The longest content of the file.
    pub(crate) const MAX_BYTES: u64 = 128;

    /// The identity of a new blog. The randomness is that of the standard library's hash keys.
    pub(crate) fn new() -> Self {
        let random = [(); 2].map(|()| RandomState::new().hash_one(()).to_ne_bytes());
        Self {
            id: urn(&random.concat()),
            created: Timestamp::after(Timestamp::default()),
        }
    }

    pub(crate) fn parse(content: &str) -> Option<Self> {
        let (id, created) = content.strip_suffix('\n')?.split_once('\n')?;
        let is_id = id.starts_with("urn:uuid:") && id.len() == "urn:uuid:".len() + 36;
        is_id.then_some(Self {
            id: id.to_owned(),
            created: Timestamp(created.parse().ok()?),
        })
    }

    pub(crate) fn content(&self) -> String {
        format!("{}\n{}\n", self.id, self.created.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_is_read_as_it_was_written() {
        let identity = Identity::new();
        let content = identity.content();
        assert!(content.len() as u64 <= Identity::MAX_BYTES);
        for length in 0..content.len() {
            assert_eq!(Identity::parse(&content[..length]), None);
        }
        assert_ne!(Identity::new().id, identity.id);
        assert_eq!(Identity::parse(&content), Some(identity));
    }
}
