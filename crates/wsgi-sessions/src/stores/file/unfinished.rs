//! A file whose creation was interrupted, by a loss of power or a `kill -9`.
//!
//! The engine sets the length of a new file, writes its head without the mark of its format, and
//! writes the mark last. It refuses a file without the mark. No session was ever in such a file, so
//! it is created again. Any other file without the mark is damaged and stays as it is.

use std::io;

use redb::StorageBackend;

/// The length of the mark at the beginning of a file.
const MARK: usize = 9;

/// The engine's page size. The head of a file fits into a page.
const PAGE: usize = 4096;

/// Whether the creation of the file was interrupted: the file lacks the mark, and has only zeros
/// after its head.
pub(super) fn is_unfinished(medium: &(impl StorageBackend + ?Sized)) -> io::Result<bool> {
    let len = medium.len()?;
    let mut page = [0; PAGE];
    for offset in (0..len).step_by(PAGE) {
        let length = (len - offset).min(PAGE as u64) as usize;
        match medium.read(offset, &mut page[..length]) {
            // Another process empties it just now. Under the lock it is looked at again.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(true),
            result => result?,
        }
        let unwritten = if offset == 0 {
            MARK.min(length)
        } else {
            length
        };
        if page[..unwritten].iter().any(|&byte| byte != 0) {
            return Ok(false);
        }
    }
    Ok(len > 0)
}
