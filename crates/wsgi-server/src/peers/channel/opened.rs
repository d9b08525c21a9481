//! Decrypted bytes, until they are read.

/// Decrypted bytes, until they are read. It holds no memory while it is empty.
#[derive(Debug, Default)]
pub(super) struct Opened {
    bytes: Vec<u8>,
    start: usize,
}

impl Opened {
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    pub(super) fn len(&self) -> usize {
        self.bytes.len() - self.start
    }

    /// Moves as many bytes into `buffer` as fit. Returns their number.
    pub(super) fn read(&mut self, buffer: &mut [u8]) -> usize {
        let bytes = &self.bytes[self.start..];
        let count = bytes.len().min(buffer.len());
        buffer[..count].copy_from_slice(&bytes[..count]);
        self.start += count;
        if self.start == self.bytes.len() {
            *self = Self::default();
        }
        count
    }
}
