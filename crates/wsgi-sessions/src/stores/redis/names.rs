//! What keys in Redis are called.
//!
//! | key | holds |
//! |---|---|
//! | `session:HEX` | a record, or the mark of a retired key |
//! | `session:{session:HEX}:more` | the annex of that record, or what the retired key reads |
//! | `session:{owner:NAME}` | the keys of an owner's sessions, by their end |
//! | `session:{owner:NAME}:ended` | in a cluster: how often all of the owner's sessions were ended |
//!
//! The part in braces is what a cluster hashes, so the first two are in one slot, and so are the
//! last two. A prefix with braces of its own has all keys in one slot.

use crate::Key;

const HEX: &[u8; 16] = b"0123456789abcdef";

/// What keys in Redis are called.
pub(super) struct Names {
    pub(super) prefix: String,
    /// Where the scripts find other keys: see `common.lua`.
    pub(super) place: &'static str,
}

/// The keys of one session.
pub(super) struct Pair {
    pub(super) main: String,
    pub(super) more: String,
}

impl Names {
    pub(super) fn new(prefix: String, is_cluster: bool) -> Self {
        let is_tagged = is_tagged(&prefix);
        let place = match (is_cluster, is_tagged) {
            (true, _) => "apart",
            (false, true) => "tagged",
            (false, false) => "here",
        };
        Self { prefix, place }
    }

    pub(super) fn of(&self, key: &Key) -> Pair {
        let mut main = self.prefix.clone();
        for byte in key.as_bytes() {
            main.extend([byte >> 4, byte & 15].map(|digit| char::from(HEX[usize::from(digit)])));
        }
        let more = if is_tagged(&self.prefix) {
            format!("{main}:more")
        } else {
            format!("{}{{{main}}}:more", self.prefix)
        };
        Pair { main, more }
    }

    pub(super) fn list(&self, owner: &str) -> String {
        format!("{}{{owner:{owner}}}", self.prefix)
    }

    pub(super) fn ended(&self, owner: &str) -> String {
        format!("{}{{owner:{owner}}}:ended", self.prefix)
    }
}

impl Pair {
    pub(super) fn keys(&self) -> [&[u8]; 2] {
        [self.main.as_bytes(), self.more.as_bytes()]
    }
}

/// Whether a cluster hashes a part of this alone.
fn is_tagged(name: &str) -> bool {
    let tag = name
        .split_once('{')
        .and_then(|(_, rest)| rest.split_once('}'));
    tag.is_some_and(|(tag, _)| !tag.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(prefix: &str, main: &str, more: &str) {
        let pair = Names::new(prefix.to_owned(), false).of(&Key::from_bytes([0xa7; 32]));
        let hex = "a7".repeat(32);
        assert_eq!(pair.main, main.replace("HEX", &hex));
        assert_eq!(pair.more, more.replace("HEX", &hex));
    }

    #[test]
    fn the_keys_of_a_session_hash_alike() {
        check("session:", "session:HEX", "session:{session:HEX}:more");
        check("{shop}:", "{shop}:HEX", "{shop}:HEX:more");
        check("", "HEX", "{HEX}:more");
    }
}
