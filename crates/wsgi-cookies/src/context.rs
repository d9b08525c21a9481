//! The purpose and the cookie of a value.

use crate::length_prefix;

/// The purpose and the cookie's name that a value is signed or encrypted for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Context<'a> {
    pub(crate) purpose: &'a str,
    pub(crate) name: &'a str,
}

impl Context<'_> {
    /// The number of bytes that [`write`](Self::write) writes.
    pub(crate) fn size(self) -> usize {
        [1, self.purpose.len(), self.name.len(), 4, 8]
            .map(length_prefix::part_size)
            .iter()
            .sum()
    }

    /// Writes the parts that a tag covers beside the value, and returns the room after them.
    pub(crate) fn write(
        self,
        mut room: &mut [u8],
        version: u8,
        key_id: [u8; 4],
        issued: u64,
    ) -> &mut [u8] {
        length_prefix::put_part(&mut room, &[version]);
        length_prefix::put_part(&mut room, self.purpose.as_bytes());
        length_prefix::put_part(&mut room, self.name.as_bytes());
        length_prefix::put_part(&mut room, &key_id);
        length_prefix::put_part(&mut room, &issued.to_be_bytes());
        room
    }
}
