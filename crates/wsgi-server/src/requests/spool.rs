//! A spooled body: the loop reads all of it before the application is called.

use std::{
    fs::File,
    io::{self, BufRead, Read, Seek, Write},
    path::Path,
    sync::Arc,
};

use wsgi_environ::{Input, InputError};

use crate::{
    options::{READ_SIZE, SPOOL_BLOCK},
    requests::{
        file_limit::FileLimit,
        spool_room::{Room, Share},
        unnamed_file,
    },
};

/// A body as far as it has arrived. It begins in a file and ends in memory. A body that fits into
/// memory has no file.
#[derive(Debug)]
pub(crate) struct Spool {
    pub(crate) share: Share,
    file: Option<File>,
    /// The limit of the file.
    limit: Option<FileLimit>,
    /// The number of bytes in the file.
    written: u64,
    memory: Vec<u8>,
}

impl Spool {
    /// A body that begins with these bytes.
    pub(crate) fn new(memory: Vec<u8>, room: &Arc<Room>) -> Self {
        Self {
            share: room.share(),
            file: None,
            limit: None,
            written: 0,
            memory,
        }
    }

    pub(crate) fn length(&self) -> u64 {
        self.written + self.memory.len() as u64
    }

    pub(crate) fn append(&mut self, bytes: &[u8]) {
        self.memory.extend_from_slice(bytes);
    }

    /// Whether the bytes in memory must be written before another read, which could make them more
    /// than a block.
    pub(crate) fn is_due(&self) -> bool {
        self.memory.len() + READ_SIZE > SPOOL_BLOCK
    }

    pub(crate) fn has_file(&self) -> bool {
        self.file.is_some()
    }

    /// Writes the bytes in memory to the file. Creates it in `folder` if there is none. Waits for
    /// the disk.
    pub(crate) fn write_out(&mut self, folder: &Path) -> io::Result<()> {
        let length = self.length();
        let limit = self.limit.get_or_insert_with(FileLimit::now);
        limit.check(length)?;
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(unnamed_file::create(folder)?),
        };
        file.write_all(&self.memory)?;
        self.written += self.memory.len() as u64;
        self.memory = Vec::new(); // holds no memory while a slow peer sends more
        Ok(())
    }

    /// Sets the file that the body is written to.
    #[cfg(test)]
    pub(crate) fn set_file(&mut self, file: File) {
        self.file = Some(file);
    }

    /// Turns a complete body into the application's input.
    pub(crate) fn into_input(mut self) -> Input {
        let length = self.length();
        self.share.shrink(length);
        let reader = Reader {
            file: self.file,
            left: self.written,
            is_rewound: false,
            buffer: Vec::new(),
            start: 0,
            rest: self.memory,
            _share: self.share,
        };
        Input::from_source(reader).with_remaining(length)
    }
}

/// The application's end of a [`Spool`]. The application may keep it as long as it likes.
#[derive(Debug)]
struct Reader {
    file: Option<File>,
    /// The number of unread bytes in the file.
    left: u64,
    is_rewound: bool,
    buffer: Vec<u8>,
    start: usize,
    /// The bytes after those of the file.
    rest: Vec<u8>,
    _share: Share,
}

impl Reader {
    /// Reads the next bytes of the file, or none at its end.
    fn read_file(&mut self, target: &mut [u8]) -> io::Result<usize> {
        let Some(file) = self.file.as_mut().filter(|_| self.left > 0) else {
            return Ok(0);
        };
        if !self.is_rewound {
            file.rewind()?;
            self.is_rewound = true;
        }
        let count = file.take(self.left).read(target)?;
        if count == 0 && !target.is_empty() {
            return Err(InputError::Truncated.into());
        }
        self.left -= count as u64;
        Ok(count)
    }
}

impl Read for Reader {
    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        let is_copied = self.start < self.buffer.len() || target.len() < SPOOL_BLOCK;
        if self.left > 0 && !is_copied {
            return self.read_file(target);
        }
        let count = self.fill_buf()?.read(target)?;
        self.consume(count);
        Ok(count)
    }
}

impl BufRead for Reader {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.start == self.buffer.len() {
            self.start = 0;
            if self.left > 0 {
                let mut buffer = std::mem::take(&mut self.buffer);
                buffer.resize(SPOOL_BLOCK, 0);
                let count = self.read_file(&mut buffer)?;
                buffer.truncate(count);
                self.buffer = buffer;
            } else {
                self.buffer = std::mem::take(&mut self.rest);
            }
        }
        Ok(&self.buffer[self.start..])
    }

    fn consume(&mut self, count: usize) {
        self.start = (self.start + count).min(self.buffer.len());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A body of pieces of these lengths. All but the last are in the file.
    fn spooled(pieces: &[usize]) -> (Input, Vec<u8>) {
        let room = Arc::new(Room::new(u64::MAX, 1, Vec::new()));
        let mut spool = Spool::new(Vec::new(), &room);
        let mut expected = Vec::new();
        for (number, length) in pieces.iter().enumerate() {
            if number > 0 {
                spool.write_out(&std::env::temp_dir()).unwrap();
            }
            let piece: Vec<u8> = (0..*length).map(|at| (at / 251 + number) as u8).collect();
            spool.append(&piece);
            expected.extend_from_slice(&piece);
        }
        assert_eq!(spool.length(), expected.len() as u64);
        (spool.into_input(), expected)
    }

    #[test]
    fn a_body_is_read_as_it_came_with_reads_of_any_size() {
        for pieces in [&[][..], &[5], &[0, 5], &[70_000, 0], &[100_000, 65_536, 7]] {
            for size in [1, 7, 65_535, 65_536, 1_000_000] {
                let (mut input, expected) = spooled(pieces);
                let mut body = Vec::new();
                let mut target = vec![0; size];
                loop {
                    assert_eq!(
                        input.remaining(),
                        Some((expected.len() - body.len()) as u64)
                    );
                    match input.read(&mut target).unwrap() {
                        0 => break,
                        count => body.extend_from_slice(&target[..count]),
                    }
                }
                assert!(body == expected, "{pieces:?} by {size}");
            }
            let (mut input, expected) = spooled(pieces);
            let mut body = Vec::new();
            while let bytes @ [_, ..] = input.fill_buf().unwrap() {
                let count = bytes.len().min(1000);
                body.extend_from_slice(&bytes[..count]);
                input.consume(count);
                // The two kinds of reads alternate, and each goes on after the other.
                let mut target = vec![0; 100_000];
                let count = input.read(&mut target).unwrap();
                body.extend_from_slice(&target[..count]);
            }
            assert!(body == expected, "{pieces:?}");
        }
    }

    #[test]
    fn a_body_holds_its_room_until_the_application_drops_it() {
        let room = Arc::new(Room::new(10, 1, Vec::new()));
        let mut spool = Spool::new(b"hello".to_vec(), &room);
        assert!(spool.share.grow(10) && !room.share().grow(1));
        let input = spool.into_input();
        assert!(
            room.share().grow(5) && !room.share().grow(6),
            "only its own length"
        );
        drop(input);
        assert!(room.share().grow(10));
    }
}
