//! A bounded set of what was verified recently.

use std::sync::{Mutex, PoisonError};

/// The number of tags that share a lock. The one that was used longest ago goes first.
const IN_BUCKET: usize = 8;

/// A set of tags of a fixed size: keyed hashes of what was verified, which nobody else can compute.
/// So nobody can choose a bucket, and comparing tags tells nothing.
pub(crate) struct Remembered {
    /// In each, the tag that was used last comes first. A zero is no tag.
    buckets: Box<[Mutex<[u128; IN_BUCKET]>]>,
}

impl Remembered {
    /// A set for this number of tags, rounded up to whole buckets.
    pub(crate) fn new(max: usize) -> Self {
        let buckets = max.div_ceil(IN_BUCKET).max(1);
        Self {
            buckets: (0..buckets).map(|_| Mutex::default()).collect(),
        }
    }

    pub(crate) fn contains(&self, tag: u128) -> bool {
        self.with(tag, |tags| {
            let found = tags.iter().position(|other| *other == tag);
            let found = found.filter(|_| tag != 0);
            if let Some(index) = found {
                tags[..=index].rotate_right(1);
            }
            found.is_some()
        })
    }

    pub(crate) fn insert(&self, tag: u128) {
        self.with(tag, |tags| {
            let found = tags.iter().position(|other| *other == tag);
            tags[..=found.unwrap_or(IN_BUCKET - 1)].rotate_right(1);
            tags[0] = tag;
        });
    }

    pub(crate) fn remove(&self, tag: u128) {
        self.with(tag, |tags| {
            for other in tags {
                if *other == tag {
                    *other = 0;
                }
            }
        });
    }

    fn with<R>(&self, tag: u128, action: impl FnOnce(&mut [u128; IN_BUCKET]) -> R) -> R {
        // The product of two numbers below 2^64 fits.
        let place = ((tag >> 64) * self.buckets.len() as u128) >> 64;
        let bucket = &self.buckets[place as usize];
        action(&mut bucket.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tag_that_was_used_longest_ago_goes_first() {
        let set = Remembered::new(1);
        for tag in 1..=8 {
            set.insert(tag);
        }
        assert!(set.contains(1));
        set.insert(9);
        assert!(!set.contains(2));
        for tag in [1, 3, 4, 5, 6, 7, 8, 9] {
            assert!(set.contains(tag), "{tag}");
        }
    }

    #[test]
    fn a_tag_is_kept_once_and_can_be_removed() {
        let set = Remembered::new(1000);
        let tag = 7 << 100;
        for _ in 0..IN_BUCKET {
            set.insert(tag);
        }
        assert!(set.contains(tag));
        set.remove(tag);
        assert!(!set.contains(tag));
        assert!(!set.contains(0), "an empty place is no tag");
    }

    #[test]
    fn any_tag_has_a_bucket() {
        for max in [0, 1, 1000] {
            let set = Remembered::new(max);
            for tag in [1, u128::MAX, 1 << 64, u128::MAX - 1] {
                set.insert(tag);
                assert!(set.contains(tag));
            }
        }
    }
}
