//! The temporary file of a form.

use std::{
    fs::File,
    io::{self, BufWriter, Read, Seek, SeekFrom, Write},
    sync::{Arc, Mutex, PoisonError},
};

use crate::file_size;

/// The temporary file for all files of a form that do not fit into memory. So a form takes one
/// descriptor, no matter how many files it has.
///
/// The file has no name. The system removes it when the last handle is dropped or the process is
/// killed. Small pieces are buffered before they are written, since a peer can make pieces small
/// with data that looks like a boundary.
#[derive(Clone, Debug)]
pub(crate) struct Spool {
    file: Arc<Mutex<BufWriter<Storage>>>,
}

/// The file itself, to which bytes are only appended.
#[derive(Debug)]
struct Storage {
    file: File,
    /// The number of bytes in the file.
    length: u64,
}

/// A range of a [`Spool`]: one uploaded file.
#[derive(Clone, Debug)]
pub(crate) struct Spooled {
    spool: Spool,
    start: u64,
    pub(crate) length: u64,
}

impl Spool {
    pub(crate) fn new() -> io::Result<Self> {
        let file = tempfile::tempfile()?;
        let file = BufWriter::new(Storage { file, length: 0 });
        let file = Arc::new(Mutex::new(file));
        Ok(Self { file })
    }

    /// Begins an empty range at the end. Bytes can be appended to it until the next one is begun.
    pub(crate) fn begin(&self) -> io::Result<Spooled> {
        let start = self.with(|file| file.seek(SeekFrom::End(0)))?;
        Ok(Spooled {
            spool: self.clone(),
            start,
            length: 0,
        })
    }

    /// Runs `job` with the file. Its position is its end while a range is written. Afterwards it
    /// is arbitrary, and each reader sets it.
    fn with<T>(&self, job: impl FnOnce(&mut BufWriter<Storage>) -> io::Result<T>) -> io::Result<T> {
        job(&mut self.file.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The length of the file without the buffered bytes.
    #[cfg(test)]
    pub(crate) fn written(&self) -> u64 {
        let metadata = self.with(|file| file.get_ref().file.metadata());
        metadata.unwrap().len()
    }
}

impl Spooled {
    /// Appends bytes. No range may be read before the last one is written.
    pub(crate) fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.spool.with(|file| file.write_all(bytes))?;
        self.length += bytes.len() as u64;
        Ok(())
    }

    /// Writes the buffered bytes, so that a full disk fails here and not in reading.
    pub(crate) fn finish(&self) -> io::Result<()> {
        self.spool.with(Write::flush)
    }

    /// Reads from `position` in the range on, and never past its end.
    pub(crate) fn read_at(&self, position: u64, buf: &mut [u8]) -> io::Result<usize> {
        let left = self.length.saturating_sub(position);
        if left == 0 {
            return Ok(0);
        }
        self.spool.with(|file| {
            file.seek(SeekFrom::Start(self.start + position))?;
            (&file.get_ref().file).take(left).read(buf)
        })
    }
}

impl Write for Storage {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        file_size::check(self.length + buf.len() as u64)?;
        let written = self.file.write(buf)?;
        self.length += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Seek for Storage {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_data(spooled: &Spooled, expected: &[u8]) {
        let mut data = vec![0; expected.len() + 1];
        assert_eq!(spooled.read_at(0, &mut data).unwrap(), expected.len());
        assert_eq!(&data[..expected.len()], expected);
    }

    #[test]
    fn small_pieces_are_buffered_until_the_range_is_finished() {
        let spool = Spool::new().unwrap();
        let mut first = spool.begin().unwrap();
        for piece in [&b"a"[..]; 100] {
            first.append(piece).unwrap();
        }
        assert_eq!(spool.written(), 0);
        first.finish().unwrap();
        assert_eq!(spool.written(), 100);

        // A range that was not finished also keeps its place before the next one.
        let mut second = spool.begin().unwrap();
        second.append(b"bb").unwrap();
        let mut third = spool.begin().unwrap();
        third.append(b"c").unwrap();
        third.finish().unwrap();
        assert_eq!(spool.written(), 103);
        check_data(&first, &[b'a'; 100]);
        check_data(&second, b"bb");
        check_data(&third, b"c");
    }
}
