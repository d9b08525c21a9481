//! The temporary file of a form.

use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::sync::{Arc, Mutex, PoisonError};

/// One temporary file for all the files of a form that do not fit into memory, so that a form
/// takes one descriptor, however many files it has.
///
/// The file has no name, so that the system removes it when the last handle is dropped, or when
/// the process is killed. Small pieces are gathered before they are written: a peer chooses how
/// small they are, by what looks like a boundary and is none.
#[derive(Clone, Debug)]
pub(crate) struct Spool {
    file: Arc<Mutex<BufWriter<File>>>,
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
        let file = BufWriter::new(tempfile::tempfile()?);
        let file = Arc::new(Mutex::new(file));
        Ok(Self { file })
    }

    /// An empty range at the end, to which bytes can be appended until another one is begun.
    pub(crate) fn begin(&self) -> io::Result<Spooled> {
        let start = self.with(|file| file.seek(SeekFrom::End(0)))?;
        Ok(Spooled {
            spool: self.clone(),
            start,
            length: 0,
        })
    }

    /// While a range is appended to, the file's position is its end; after that it is nobody's,
    /// and whoever comes in sets it.
    fn with<T>(&self, job: impl FnOnce(&mut BufWriter<File>) -> io::Result<T>) -> io::Result<T> {
        job(&mut self.file.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Spooled {
    /// Adds bytes, before any of the file is read.
    pub(crate) fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.spool.with(|file| file.write_all(bytes))?;
        self.length += bytes.len() as u64;
        Ok(())
    }

    /// Writes what was gathered, so that reading fails for no lack of space.
    pub(crate) fn finish(&self) -> io::Result<()> {
        self.spool.with(Write::flush)
    }

    /// Reads from so many bytes behind its start, and never beyond its end.
    pub(crate) fn read_at(&self, position: u64, buf: &mut [u8]) -> io::Result<usize> {
        let left = self.length.saturating_sub(position);
        if left == 0 {
            return Ok(0);
        }
        self.spool.with(|file| {
            file.seek(SeekFrom::Start(self.start + position))?;
            file.get_ref().take(left).read(buf)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(spool: &Spool, on_disk: u64) {
        let metadata = spool.with(|file| file.get_ref().metadata());
        assert_eq!(metadata.unwrap().len(), on_disk);
    }

    #[track_caller]
    fn check_data(spooled: &Spooled, expected: &[u8]) {
        let mut data = vec![0; expected.len() + 1];
        assert_eq!(spooled.read_at(0, &mut data).unwrap(), expected.len());
        assert_eq!(&data[..expected.len()], expected);
    }

    #[test]
    fn small_pieces_are_gathered_and_written_when_all_are_there() {
        let spool = Spool::new().unwrap();
        let mut first = spool.begin().unwrap();
        for piece in [&b"a"[..]; 100] {
            first.append(piece).unwrap();
        }
        check(&spool, 0);
        first.finish().unwrap();
        check(&spool, 100);

        // A range that was not finished keeps its place before the next one all the same.
        let mut second = spool.begin().unwrap();
        second.append(b"bb").unwrap();
        let mut third = spool.begin().unwrap();
        third.append(b"c").unwrap();
        third.finish().unwrap();
        check(&spool, 103);
        check_data(&first, &[b'a'; 100]);
        check_data(&second, b"bb");
        check_data(&third, b"c");
    }
}
