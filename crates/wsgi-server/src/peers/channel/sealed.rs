//! Records on their way to the socket.

use std::{cell::Cell, io, mem};

use rustls::unbuffered::EncryptError;

use crate::peers::socket::Socket;

/// The largest part of the application's bytes in a record (RFC 8446 section 5.1).
pub(super) const FRAGMENT: usize = 1 << 14;

/// The number of bytes of the application that are sealed at once: those that one system call
/// sends.
pub(super) const BATCH: usize = 4 * FRAGMENT;

/// More bytes than a record adds to its content: a header, a nonce, a type and a tag.
const OVERHEAD: usize = 64;

/// Room for a batch of records, and for an alert or a change of keys before them.
const ROOM: usize = BATCH + (BATCH / FRAGMENT + 4) * OVERHEAD;

/// The part of a record before its content. It is taken before the first byte of that.
const HEADER: usize = 5;

thread_local! {
    /// A buffer for records. It stays with a connection only while its peer is slow.
    static BUFFER: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// Records on their way to the socket, and how many bytes of the application are in them.
#[derive(Debug, Default)]
pub(super) struct Sealed {
    bytes: Vec<u8>,
    start: usize,
    end: usize,
    /// The number of bytes of the application in the records.
    content: usize,
    /// The number of those that the writer knows to be sent.
    counted: usize,
    /// The length of a record with a whole [`FRAGMENT`].
    record: usize,
    /// Where the records of the application begin.
    content_start: usize,
    /// The number of bytes of the application that were sent before, unknown to the writer: a read
    /// may send what is left of a write.
    uncounted: usize,
}

impl Sealed {
    pub(super) fn is_empty(&self) -> bool {
        self.start == self.end
    }

    /// Adds what `write` puts into the room that it gets, which has at least `size` bytes. Returns
    /// the number of bytes.
    fn put<E>(
        &mut self,
        size: usize,
        write: impl FnOnce(&mut [u8]) -> Result<usize, E>,
    ) -> Result<usize, E> {
        if self.bytes.is_empty() {
            self.bytes = BUFFER.take();
            self.bytes.resize(ROOM, 0);
        }
        if self.bytes.len() - self.end < size {
            self.bytes.resize(self.end + size, 0);
        }
        let length = write(&mut self.bytes[self.end..])?;
        self.end += length;
        Ok(length)
    }

    /// Adds a message that is not the application's, of at most `size` bytes.
    pub(super) fn message<E>(
        &mut self,
        size: usize,
        write: impl FnOnce(&mut [u8]) -> Result<usize, E>,
    ) {
        let _ = self.put(size, write); // it goes without
    }

    /// Adds records with `content` bytes of the application. Each but the last has a whole
    /// [`FRAGMENT`]. Returns false if they could not be written.
    pub(super) fn records(
        &mut self,
        content: usize,
        mut write: impl FnMut(&mut [u8]) -> Result<usize, EncryptError>,
    ) -> bool {
        let fragments = content.div_ceil(FRAGMENT);
        let start = self.end;
        let mut size = content + (fragments + 4) * OVERHEAD;
        let length = loop {
            match self.put(size, &mut write) {
                Ok(length) => break length,
                // The user's own configuration wants smaller records.
                Err(EncryptError::InsufficientSize(error)) if error.required_size > size => {
                    size = error.required_size;
                }
                Err(_) => return false,
            }
        };
        if self.content == 0 {
            self.content_start = start;
            // Each record adds the same.
            self.record = FRAGMENT + length.saturating_sub(content) / fragments.max(1);
        }
        self.content += content;
        true
    }

    /// Sends as much as the socket takes. Returns whether that is everything.
    pub(super) fn send(&mut self, socket: &Socket) -> io::Result<bool> {
        while !self.is_empty() {
            match socket.write(&self.bytes[self.start..self.end]) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(count) => self.start += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
                Err(error) => return Err(error),
            }
        }
        self.clear();
        Ok(true)
    }

    /// Sends as much as the socket takes, for the writer. Returns the number of bytes of the
    /// application that have left since the last such call, by a read too. The last of them counts
    /// when everything is sent.
    ///
    /// # Errors
    ///
    /// Those of the socket; `WouldBlock` if nothing that counts has left.
    pub(super) fn send_counting(&mut self, socket: &Socket) -> io::Result<usize> {
        let sent = self.send(socket);
        let taken = self.taken();
        let newly = taken - mem::replace(&mut self.counted, taken);
        let count = mem::take(&mut self.uncounted) + newly;
        match sent {
            _ if count > 0 => Ok(count),
            Ok(true) => Ok(0),
            Ok(false) => Err(io::ErrorKind::WouldBlock.into()),
            Err(error) => Err(error),
        }
    }

    /// The number of bytes of the application in what the socket has taken.
    fn taken(&self) -> usize {
        let sent = self.start.saturating_sub(self.content_start);
        let record = self.record.max(1);
        let part = (sent % record).saturating_sub(HEADER).min(FRAGMENT);
        let taken = sent / record * FRAGMENT + part;
        taken.min(self.content.saturating_sub(1)).max(self.counted)
    }

    /// Gives the buffer back when everything is sent.
    fn clear(&mut self) {
        let bytes = mem::take(&mut self.bytes);
        if bytes.len() == ROOM {
            BUFFER.set(bytes);
        }
        *self = Self {
            uncounted: self.uncounted + self.content - self.counted,
            ..Self::default()
        };
    }
}
