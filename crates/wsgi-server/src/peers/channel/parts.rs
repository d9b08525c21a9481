//! The parts of what is written at once.

use crate::peers::channel::sealed::FRAGMENT;

/// Bytes in several parts, which are taken from their start.
pub(super) struct Parts<'a> {
    part: &'a [u8],
    further: &'a [&'a [u8]],
}

impl<'a> Parts<'a> {
    pub(super) fn new(parts: &'a [&'a [u8]]) -> Self {
        Parts {
            part: &[],
            further: parts,
        }
    }

    /// Takes whole fragments, at most `most` bytes, or the last bytes if they are fewer. A fragment
    /// that consists of several parts is put together in `room`. Empty at the end.
    pub(super) fn take<'b>(&mut self, most: usize, room: &'b mut Vec<u8>) -> &'b [u8]
    where
        'a: 'b,
    {
        self.skip_empty();
        let whole = self.part.len().min(most) / FRAGMENT * FRAGMENT;
        if whole > 0 || self.further.is_empty() {
            let count = if whole > 0 { whole } else { self.part.len() };
            return self.split(count);
        }
        room.clear();
        while room.len() < FRAGMENT && !self.part.is_empty() {
            let part = self.split(self.part.len().min(FRAGMENT - room.len()));
            room.extend_from_slice(part);
            self.skip_empty();
        }
        room
    }

    fn split(&mut self, count: usize) -> &'a [u8] {
        let (taken, rest) = self.part.split_at(count);
        self.part = rest;
        taken
    }

    fn skip_empty(&mut self) {
        while self.part.is_empty()
            && let Some((first, further)) = self.further.split_first()
        {
            (self.part, self.further) = (first, further);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(lengths: &[usize], taken: &[usize]) {
        let bytes: Vec<u8> = (0..lengths.iter().sum())
            .map(|at| (at % 251) as u8)
            .collect();
        let mut rest = &bytes[..];
        let mut slices = Vec::new();
        for length in lengths {
            let (part, after) = rest.split_at(*length);
            slices.push(part);
            rest = after;
        }
        let mut parts = Parts::new(&slices);
        let mut room = Vec::new();
        let mut start = 0;
        for length in taken {
            let run = parts.take(2 * FRAGMENT, &mut room);
            assert_eq!(run.len(), *length);
            assert!(*run == bytes[start..start + length]);
            start += length;
        }
        assert_eq!(start, bytes.len());
        assert!(parts.take(2 * FRAGMENT, &mut room).is_empty());
    }

    #[test]
    fn records_are_whole_whatever_the_parts() {
        check(&[], &[]);
        check(&[0, 0], &[]);
        check(&[5], &[5]);
        check(&[0, 5, 0], &[5]);
        check(&[5, 6], &[11]);
        check(&[FRAGMENT], &[FRAGMENT]);
        check(&[FRAGMENT + 1], &[FRAGMENT, 1]);
        check(
            &[5 * FRAGMENT + 1],
            &[2 * FRAGMENT, 2 * FRAGMENT, FRAGMENT, 1],
        );
        check(&[300, 3 * FRAGMENT], &[FRAGMENT, 2 * FRAGMENT, 300]);
        check(&[FRAGMENT + 300, 100], &[FRAGMENT, 400]);
        check(&[1, FRAGMENT - 2, 1, 7], &[FRAGMENT, 7]);
    }
}
