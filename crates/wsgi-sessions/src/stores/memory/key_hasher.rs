//! A hasher for keys that are hashes already.

use std::hash::Hasher;

/// Uses the first eight bytes of a key as its hash. A key is a hash itself, and the keys in the map
/// are those of random ids, which no client can choose.
#[derive(Default)]
pub(super) struct KeyHasher(u64);

impl Hasher for KeyHasher {
    fn write(&mut self, bytes: &[u8]) {
        if let Some(first) = bytes.first_chunk() {
            self.0 = u64::from_ne_bytes(*first);
        }
    }

    /// Ignores the length of the key, which is always the same.
    fn write_usize(&mut self, _length: usize) {}

    fn finish(&self) -> u64 {
        self.0
    }
}
