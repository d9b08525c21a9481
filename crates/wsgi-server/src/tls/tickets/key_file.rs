//! Files of ticket keys.

use std::{
    fs::File,
    io::{self, Read},
    os::unix::fs::MetadataExt,
    path::Path,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use zeroize::Zeroizing;

use crate::tls::{
    error::{TlsError, TlsErrorKind},
    tickets::limits::{MAX_KEYS, MAX_LENGTH, MIN_LENGTH},
};

/// The maximum length of a file in bytes: more than the longest keys in base64.
const MAX_FILE_LENGTH: usize = 32 * 1024;

/// The bits of a mode that let the group write, or others do anything.
const EXPOSED: u32 = 0o027;

/// Bytes of a key, before they are checked.
pub(crate) type KeyBytes = Zeroizing<Vec<u8>>;

/// Reads a file of keys: either text with a key in base64 on each line, or the bytes of a single
/// key.
pub(crate) fn read(path: &Path) -> Result<Vec<KeyBytes>, TlsError> {
    let unreadable = |error| TlsError::unreadable(path, error);
    let file = File::open(path).map_err(unreadable)?;
    let metadata = file.metadata().map_err(unreadable)?;
    if metadata.is_dir() {
        return Err(unreadable(io::ErrorKind::IsADirectory.into()));
    }
    let mode = metadata.mode() & 0o777;
    if mode & EXPOSED != 0 {
        let name = path.display();
        let text = format!(
            "{name}: others can read or change the ticket keys (mode {mode:04o}): \
             `chmod 600 {name}`"
        );
        return Err(TlsError::new(TlsErrorKind::Exposed, Some(path), text));
    }
    // One byte more tells that the file is too long. A buffer that grows would leave copies in
    // memory.
    let room = MAX_FILE_LENGTH + 1;
    let mut content = Zeroizing::new(Vec::with_capacity(room));
    file.take(room as u64)
        .read_to_end(&mut content)
        .map_err(unreadable)?;
    if content.len() > MAX_FILE_LENGTH {
        let problem = format!("is longer than {MAX_FILE_LENGTH} bytes");
        return Err(refused(path, &problem));
    }
    if !is_text(&content) {
        return Ok(vec![content]);
    }
    let lines = content.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    lines
        .enumerate()
        .filter(|(_, line)| !line.is_empty() && !line.starts_with(b"#"))
        .map(|(index, line)| {
            let number = index + 1;
            decode(line).ok_or_else(|| refused(path, &format!("line {number} is not base64")))
        })
        .collect()
}

/// An error about the keys of a file.
pub(crate) fn refused(path: &Path, problem: &str) -> TlsError {
    let text = format!(
        "{} {problem}: give it up to {} keys of {} to {} random bytes, one a line, each as from \
         `openssl rand -base64 48`",
        path.display(),
        MAX_KEYS,
        MIN_LENGTH,
        MAX_LENGTH,
    );
    TlsError::new(TlsErrorKind::TicketKeys, Some(path), text)
}

/// Whether the content is printable text. Random bytes of a key's length are not.
fn is_text(content: &[u8]) -> bool {
    let is_printable = |byte: &u8| matches!(byte, b' '..=b'~' | b'\t' | b'\r' | b'\n');
    content.iter().all(is_printable)
}

fn decode(line: &[u8]) -> Option<KeyBytes> {
    let mut bytes = Zeroizing::new(vec![0; base64::decoded_len_estimate(line.len())]);
    let length = STANDARD.decode_slice(line, &mut bytes).ok()?;
    bytes.truncate(length);
    Some(bytes)
}
