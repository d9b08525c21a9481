//! The names of keys in Redis.
//!
//! | key | holds |
//! |---|---|
//! | `session:HEX` | a record, or the mark of a retired key |
//! | `session:{session:HEX}:more` | the annex of that record, or the copy of the retired key |
//! | `session:{owner:NAME}` | the keys of an owner's sessions, sorted by their end |
//! | `session:{owner:NAME}:ended` | in a cluster: how often all sessions of the owner were ended |
//!
//! A cluster hashes the part in braces, so the first two names are in one slot, and the last two
//! are in another. A prefix with braces of its own puts all keys into one slot.

use crate::key::Key;

const HEX: &[u8; 16] = b"0123456789abcdef";

/// The names of keys in Redis.
pub(super) struct Names {
    pub(super) prefix: String,
    /// Tells the scripts where other keys are: see `common.lua`.
    pub(super) place: &'static str,
}

/// The two names for a session.
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

/// Whether a cluster hashes only a part of this name.
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
    fn both_names_of_a_session_are_in_one_slot() {
        check("session:", "session:HEX", "session:{session:HEX}:more");
        check("{shop}:", "{shop}:HEX", "{shop}:HEX:more");
        check("", "HEX", "{HEX}:more");
    }
}
