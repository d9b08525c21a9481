//! Search for NUL, eight bytes at a time.

/// Iterator over the places of the NUL bytes in a text.
pub(crate) struct Nuls<'a> {
    /// The bytes that were not searched yet.
    rest: &'a [u8],
    /// The start of these bytes.
    start: usize,
    /// The highest bit of each NUL in the eight bytes before them.
    found: u64,
}

const WORD: usize = size_of::<u64>();

/// All bits of each byte except the highest.
const LOW: u64 = u64::from_ne_bytes([0x7f; WORD]);

impl<'a> Nuls<'a> {
    #[inline]
    pub(crate) fn new(text: &'a [u8]) -> Self {
        Nuls {
            rest: text,
            start: 0,
            found: 0,
        }
    }

    /// Searches the next eight bytes, or the rest.
    #[inline]
    fn advance(&mut self) {
        let word = match self.rest.split_first_chunk() {
            Some((word, rest)) => {
                self.rest = rest;
                u64::from_le_bytes(*word)
            }
            None => {
                let mut word = [0xff; WORD];
                word[..self.rest.len()].copy_from_slice(self.rest);
                self.rest = &[];
                u64::from_le_bytes(word)
            }
        };
        self.start += WORD;
        // The sum sets a byte's highest bit unless its other bits are all zero.
        self.found = !(((word & LOW) + LOW) | word | LOW);
    }
}

impl Iterator for Nuls<'_> {
    type Item = usize;

    #[inline]
    fn next(&mut self) -> Option<usize> {
        while self.found == 0 {
            if self.rest.is_empty() {
                return None;
            }
            self.advance();
        }
        let byte = self.found.trailing_zeros() as usize / 8;
        self.found &= self.found - 1;
        Some(self.start - WORD + byte)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_nuls_are_found_and_nothing_else() {
        for length in 0..40 {
            for seed in 0..200_usize {
                // Bytes next to NUL, and next to the bit that marks it.
                let byte = |at: usize| [0, 1, 0x7f, 0x80, 0x81, 0xff][(at * seed + seed / 7) % 6];
                let text: Vec<u8> = (0..length).map(byte).collect();
                let expected: Vec<_> = (0..length).filter(|at| text[*at] == 0).collect();
                assert_eq!(Nuls::new(&text).collect::<Vec<_>>(), expected, "{text:?}");
            }
        }
    }
}
