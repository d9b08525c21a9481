//! The access to a Unix socket.

/// The access to a Unix socket: the owner, the group and the permissions of its file. Only those
/// who may write to the file can connect.
///
/// ```
/// use wsgi_server::{Listener, SocketAccess};
///
/// let folder = std::env::temp_dir().join(format!("access-{}", std::process::id()));
/// std::fs::create_dir_all(&folder)?;
/// # use std::os::unix::fs::MetadataExt;
/// # let group = std::fs::metadata(&folder)?.gid();
/// // For this user, and for the front server's group.
/// let access = SocketAccess::new(0o660).group(group);
/// let listener = Listener::bind_unix_for(folder.join("app.sock"), access)?;
/// # assert_eq!(std::fs::metadata(folder.join("app.sock"))?.gid(), group);
/// # drop(listener);
/// assert_eq!(SocketAccess::DEFAULT_MODE, 0o600);
/// # std::fs::remove_dir(folder)?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SocketAccess {
    pub(crate) mode: u32,
    pub(crate) owner: Option<u32>,
    pub(crate) group: Option<u32>,
}

impl SocketAccess {
    /// The permissions of a Unix socket without a mode of its own: only its owner can connect.
    pub const DEFAULT_MODE: u32 = 0o600;

    /// Creates an access with the permissions `mode`, such as `0o660` for owner and group, whatever
    /// the umask is. Owner and group are those of the process.
    #[must_use]
    pub const fn new(mode: u32) -> Self {
        Self {
            mode,
            owner: None,
            group: None,
        }
    }

    /// Gives the file to another user, by number. Only root may do that (`CAP_CHOWN`).
    ///
    /// ```
    /// use wsgi_server::{Listener, SocketAccess};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # use std::os::unix::fs::MetadataExt;
    /// # let user = std::fs::metadata(folder.path())?.uid();
    /// // Only root can give a file to another user.
    /// let access = SocketAccess::new(0o600).owner(user);
    /// let _listener = Listener::bind_unix_for(folder.path().join("app.sock"), access)?;
    /// assert_eq!(std::fs::metadata(folder.path().join("app.sock"))?.uid(), user);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub const fn owner(self, id: u32) -> Self {
        Self {
            owner: Some(id),
            ..self
        }
    }

    /// Gives the file to another group, by number. The process must be in that group or be root.
    #[must_use]
    pub const fn group(self, id: u32) -> Self {
        Self {
            group: Some(id),
            ..self
        }
    }
}
