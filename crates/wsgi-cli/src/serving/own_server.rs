//! The server of this process, for those who end it or have it reload.

use wsgi::server::Handle;

/// The server of a process, among those of the program.
pub(super) struct OwnServer {
    pub(super) handle: Handle,
    /// The server of its page of numbers.
    pub(super) monitoring: Option<Handle>,
    /// Reads the files of TLS again, if there are any.
    pub(super) reload: Option<Box<dyn FnMut() + Send>>,
}
