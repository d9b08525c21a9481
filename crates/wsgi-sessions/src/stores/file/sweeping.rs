//! Sweeping from outside, besides that of the commits.

use std::time::SystemTime;

use super::{FileStore, commits::Needs, cursor::Cursor};
use crate::store_error::StoreError;

/// Number of entries removed at once when the disk is full. It is small, because a removal also
/// writes.
const FEW: usize = 50;

const _: () = assert!(FEW * 1024 <= Needs::LITTLE as usize);

impl FileStore {
    /// Removes those of the next `at_most` entries of a table that are over.
    pub(super) fn sweep_next(
        &self,
        cursor: &Cursor,
        at_most: usize,
        now: SystemTime,
    ) -> Result<usize, StoreError> {
        let over = cursor.next(&self.contents.database, at_most, now)?;
        let needs = Needs::removal(over.len()).bytes;
        let at_once = if self.contents.database.bears(needs) < needs {
            FEW
        } else {
            over.len()
        };
        let mut removed = 0;
        for over in over.chunks(at_once.max(1)) {
            removed += self.remove(cursor, over.to_vec(), now)?;
        }
        Ok(removed)
    }

    /// Removes those of these entries that are still over.
    fn remove(
        &self,
        cursor: &Cursor,
        over: Vec<[u8; 32]>,
        now: SystemTime,
    ) -> Result<usize, StoreError> {
        let (entries, is_over, remove) = (cursor.entries, cursor.is_over, cursor.remove);
        self.write(Needs::removal(over.len()), move |tables| {
            let mut removed = 0;
            for key in over {
                // The key may have been written again since it was read.
                let is_over = |entry: Option<&[u8]>| entry.is_some_and(|entry| is_over(entry, now));
                if entries(tables).get(&key, is_over)? {
                    remove(tables, &key)?;
                    removed += 1;
                }
            }
            Ok(removed)
        })
    }
}
