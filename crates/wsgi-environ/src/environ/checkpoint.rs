//! Variables as they were at a moment.

use std::borrow::Cow;

use super::Environ;
use crate::changes::Changes;

/// The variables and the scheme of an environ, as they were at a moment.
///
/// Middleware that calls several applications for one request gives each the same variables with
/// it. [`Environ::checkpoint`] makes one.
///
/// ```
/// use wsgi_environ::{Checkpoint, Environ};
///
/// let mut environ = Environ::new();
/// let empty: Checkpoint = environ.checkpoint();
/// for path in ["/a", "/b"] {
///     environ.set("PATH_INFO", path);
///     environ.set_url_scheme("https");
///     environ.restore(&empty);
///     assert!(!environ.contains("PATH_INFO"));
///     assert_eq!(environ.url_scheme(), "http");
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Checkpoint {
    changes: Changes,
    /// The length of the mount in the path. `None` without a received head.
    mount: Option<u32>,
    url_scheme: Option<Cow<'static, str>>,
}

impl Environ {
    /// Remembers the variables and the [scheme](Self::url_scheme), so that
    /// [`restore`](Self::restore) brings them back. It copies only the variables that were set or
    /// removed by hand.
    ///
    /// ```
    /// use wsgi_environ::Environ;
    ///
    /// let mut environ = Environ::new();
    /// environ.set("PATH_INFO", "/blog/2026");
    /// let before = environ.checkpoint();
    /// environ.shift_path("/blog".len());
    /// environ.set("REMOTE_USER", "ada");
    ///
    /// environ.restore(&before);
    /// assert_eq!(environ.path_info(), "/blog/2026");
    /// assert!(!environ.contains("REMOTE_USER"));
    /// ```
    #[must_use]
    pub fn checkpoint(&self) -> Checkpoint {
        Checkpoint {
            changes: self.changes.clone(),
            mount: self.request.mount(),
            url_scheme: self.url_scheme.clone(),
        }
    }

    /// Restores the variables and the scheme of a [checkpoint](Self::checkpoint) of this request.
    ///
    /// Everything else stays as it is: the input, the errors, the flags, the extensions, the hooks
    /// and the deadline.
    pub fn restore(&mut self, checkpoint: &Checkpoint) {
        self.changes.clone_from(&checkpoint.changes);
        if let Some(mount) = checkpoint.mount {
            self.request.set_mount(mount);
        }
        self.url_scheme.clone_from(&checkpoint.url_scheme);
    }
}
