//! The place where sessions are kept.

use std::sync::Arc;

use wsgi_sessions::FileStore;

/// The place where sessions are kept, as far as other processes can share it.
#[derive(Debug)]
pub(crate) enum Kept {
    /// In the memory of this process.
    Memory,
    /// In a file that this process has open.
    File(Arc<FileStore>),
    /// On a server, or there are none.
    Elsewhere,
}
