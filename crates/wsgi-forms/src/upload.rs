//! An uploaded file.

use std::{
    fs::Permissions,
    io::{self, Cursor, Read, Seek, SeekFrom},
    path::Path,
};

use tempfile::Builder;

use crate::{
    file_size,
    part_head::PartHead,
    spool::{Spool, Spooled},
};

/// A file that was sent with a form. It is in memory, or in a temporary file that is removed with
/// the last `Upload` of its form.
///
/// ```
/// use std::io::Read;
/// use wsgi_forms::{Form, Limits};
///
/// let body = b"--xyz\r\n\
///     Content-Disposition: form-data; name=\"notes\"; filename=\"todo.txt\"\r\n\
///     Content-Type: text/plain\r\n\
///     \r\n\
///     Milk\n\
///     \r\n\
///     --xyz--\r\n";
/// let form = Form::read("multipart/form-data; boundary=xyz", &body[..], &Limits::new())?;
/// let notes = form.file("notes").unwrap();
/// assert_eq!(notes.file_name(), "todo.txt");
/// assert_eq!(notes.content_type(), "text/plain");
/// assert_eq!(notes.len(), 5);
/// assert_eq!(notes.bytes(), Some(&b"Milk\n"[..]));
///
/// let mut text = String::new();
/// notes.reader().read_to_string(&mut text)?;
/// assert_eq!(text, "Milk\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Upload {
    head: PartHead,
    content: Content,
}

#[derive(Clone, Debug)]
enum Content {
    Memory(Vec<u8>),
    File(Spooled),
}

impl Upload {
    /// An empty file, to which data can be [appended](Self::append).
    pub(crate) fn new(head: PartHead) -> Self {
        Self {
            head,
            content: Content::Memory(Vec::new()),
        }
    }

    /// The name of the form's control. It may be empty.
    #[must_use]
    pub fn name(&self) -> &str {
        self.head.name()
    }

    /// The name of the file as it was sent. The peer chooses it: it may be empty, lead anywhere, or
    /// contain any character.
    #[must_use]
    pub fn file_name(&self) -> &str {
        self.head.file_name().unwrap_or_default()
    }

    /// The last component of the file's name, if it is safe in a folder; see
    /// [`PartHead::base_name`].
    ///
    /// ```
    /// use wsgi_forms::{Form, Limits};
    ///
    /// let body = b"--x\r\nContent-Disposition: form-data; name=f; filename=\"/etc/passwd\"\r\n\
    ///     X-Origin: disk\r\n\r\n\r\n--x--";
    /// let form = Form::read("multipart/form-data; boundary=x", &body[..], &Limits::new())?;
    /// let file = form.file("f").unwrap();
    /// assert_eq!(file.file_name(), "/etc/passwd");
    /// assert_eq!(file.base_name(), Some("passwd"));
    /// assert!(file.is_empty());
    /// assert_eq!(file.head().headers().get("X-Origin").unwrap(), "disk");
    /// # Ok::<(), wsgi_forms::FormError>(())
    /// ```
    #[must_use]
    pub fn base_name(&self) -> Option<&str> {
        self.head.base_name()
    }

    /// The Content-Type that the peer claims, by default `text/plain`; see
    /// [`PartHead::content_type`].
    #[must_use]
    pub fn content_type(&self) -> &str {
        self.head.content_type()
    }

    /// The head of the part.
    #[must_use]
    pub fn head(&self) -> &PartHead {
        &self.head
    }

    /// The size in bytes.
    #[must_use]
    pub fn len(&self) -> u64 {
        match &self.content {
            Content::Memory(bytes) => bytes.len() as u64,
            Content::File(spooled) => spooled.length,
        }
    }

    /// Whether the file has no bytes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The data, if it is in memory. `None` for a file that exceeds
    /// [`Limits::max_memory_bytes`](crate::Limits::max_memory_bytes). The [`reader`](Self::reader)
    /// reads both.
    #[must_use]
    pub fn bytes(&self) -> Option<&[u8]> {
        match &self.content {
            Content::Memory(bytes) => Some(bytes),
            Content::File(_) => None,
        }
    }

    /// A reader that begins at the start of the data. Several readers may exist at a time.
    #[must_use]
    pub fn reader(&self) -> UploadReader<'_> {
        UploadReader {
            source: match &self.content {
                Content::Memory(bytes) => Source::Memory(Cursor::new(bytes)),
                Content::File(spooled) => Source::File(spooled, 0),
            },
        }
    }

    /// Stores the data in a file at `path`, which outlives the form. An existing file is replaced
    /// in one step, after the new one is complete. On Unix only its owner can read and write it
    /// (mode 0600), whatever the umask is;
    /// [`persist_with_permissions`](Self::persist_with_permissions) lets others read it, too. It
    /// need not be on the disk yet: if it has to survive a power cut, open it and its folder, and
    /// call [`sync_all`](std::fs::File::sync_all) on both.
    ///
    /// Never build the path from [`file_name`](Self::file_name). Use
    /// [`base_name`](Self::base_name) or, better, a name of your own.
    ///
    /// ```
    /// # use wsgi_forms::{Form, Limits};
    /// # let body = b"--x\r\nContent-Disposition: form-data; name=f; filename=f\r\n\r\ndata\r\n--x--";
    /// # let form = Form::read("multipart/form-data; boundary=x", &body[..], &Limits::new())?;
    /// # let folder = tempfile::tempdir()?;
    /// let path = folder.path().join("upload-1");
    /// form.file("f").unwrap().persist(&path)?;
    /// assert_eq!(std::fs::read(path)?, b"data");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The data cannot be read, or the file cannot be written, for example because the process may
    /// not have files of this size (`ulimit -f`). Then an existing file is as it was.
    pub fn persist(&self, path: impl AsRef<Path>) -> io::Result<()> {
        self.persist_as(path.as_ref(), &Builder::new())
    }

    /// Stores the data like [`persist`](Self::persist), in a file with these permissions.
    ///
    /// As for every new file, the umask of the process takes some away: with the usual umask 022,
    /// mode 0666 becomes 0644, which a front server can read. It can read the file before it is
    /// complete, too, but it does not know the name that the file has until then, which begins with
    /// a dot. The permissions of a file that is replaced do not count.
    ///
    /// ```
    /// # #[cfg(unix)] {
    /// use std::{fs::Permissions, os::unix::fs::PermissionsExt};
    /// # use wsgi_forms::{Form, Limits};
    /// # let body = b"--x\r\nContent-Disposition: form-data; name=f; filename=f\r\n\r\ndata\r\n--x--";
    /// # let form = Form::read("multipart/form-data; boundary=x", &body[..], &Limits::new())?;
    /// # let folder = tempfile::tempdir()?;
    /// let path = folder.path().join("upload-1");
    /// let as_usual = Permissions::from_mode(0o666);
    /// form.file("f").unwrap().persist_with_permissions(&path, as_usual)?;
    ///
    /// let other = folder.path().join("other");
    /// std::fs::write(&other, "data")?;
    /// assert_eq!(path.metadata()?.permissions(), other.metadata()?.permissions());
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As for `persist`. On Windows, files have no such permissions, and every call is an error.
    pub fn persist_with_permissions(
        &self,
        path: impl AsRef<Path>,
        permissions: Permissions,
    ) -> io::Result<()> {
        self.persist_as(path.as_ref(), Builder::new().permissions(permissions))
    }

    fn persist_as(&self, path: &Path, builder: &Builder<'_, '_>) -> io::Result<()> {
        file_size::check(self.len())?;
        // A file can be renamed in one step only within its file system.
        let folder = path.parent().unwrap_or(path);
        let mut file = builder.tempfile_in(folder)?;
        io::copy(&mut self.reader(), &mut file)?;
        file.persist(path)?;
        Ok(())
    }

    /// Appends data, wherever the file is.
    pub(crate) fn append(&mut self, data: &[u8]) -> io::Result<()> {
        match &mut self.content {
            Content::Memory(bytes) => bytes.extend_from_slice(data),
            Content::File(spooled) => spooled.append(data)?,
        }
        Ok(())
    }

    /// Ends the data. Nothing may be appended afterwards.
    pub(crate) fn finish(&self) -> io::Result<()> {
        match &self.content {
            Content::Memory(_) => Ok(()),
            Content::File(spooled) => spooled.finish(),
        }
    }

    /// Moves the data from memory to the temporary file.
    pub(crate) fn spool(&mut self, spool: &Spool) -> io::Result<()> {
        if let Content::Memory(bytes) = &self.content {
            let mut spooled = spool.begin()?;
            spooled.append(bytes)?;
            self.content = Content::File(spooled);
        }
        Ok(())
    }
}

/// A reader of an [`Upload`], which can seek.
///
/// ```
/// use std::io::{Read, Seek, SeekFrom};
/// # use wsgi_forms::{Form, Limits};
/// # let body = b"--x\r\nContent-Disposition: form-data; name=f; filename=f\r\n\r\n0123456789\r\n--x--";
/// # let form = Form::read("multipart/form-data; boundary=x", &body[..], &Limits::new())?;
///
/// let mut reader = form.file("f").unwrap().reader();
/// reader.seek(SeekFrom::End(-3))?;
/// let mut tail = String::new();
/// reader.read_to_string(&mut tail)?;
/// assert_eq!(tail, "789");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct UploadReader<'a> {
    source: Source<'a>,
}

#[derive(Clone, Debug)]
enum Source<'a> {
    Memory(Cursor<&'a [u8]>),
    File(&'a Spooled, u64),
}

impl Read for UploadReader<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        match &mut self.source {
            Source::Memory(bytes) => bytes.read(buf),
            Source::File(spooled, position) => {
                let read = spooled.read_at(*position, buf)?;
                *position += read as u64;
                Ok(read)
            }
        }
    }
}

impl Seek for UploadReader<'_> {
    /// Moves to a position. A position before the start is an error. At a position past the end,
    /// there is nothing to read.
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        match &mut self.source {
            Source::Memory(bytes) => bytes.seek(to),
            Source::File(spooled, position) => {
                let target = match to {
                    SeekFrom::Start(target) => Some(target),
                    SeekFrom::End(offset) => spooled.length.checked_add_signed(offset),
                    SeekFrom::Current(offset) => position.checked_add_signed(offset),
                };
                *position = target.ok_or(io::ErrorKind::InvalidInput)?;
                Ok(*position)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finished_file_is_written_in_full() {
        let spool = Spool::new().unwrap();
        let mut file = Upload::new(PartHead::of_field("f"));
        file.append(b"in memory, ").unwrap();
        file.spool(&spool).unwrap();
        file.append(b"then on disk").unwrap();
        file.finish().unwrap();
        assert_eq!(spool.written(), file.len());
    }
}
