//! Files that are not served.

use super::Files;
use crate::hidden_paths::HiddenPaths;

impl Files {
    /// Sets whether files and folders are served whose name begins with a dot; false by default.
    /// `/.well-known/` is always served (RFC 8615).
    ///
    /// ```
    /// use wsgi_files::{FilePath, Files, SourceFile};
    /// use wsgi_testing::Request;
    ///
    /// let any = |_: &FilePath<'_>| Some(SourceFile::bytes("."));
    /// let status = |site, path| Request::get(path).call(&site).status().code();
    /// assert_eq!(status(Files::new(any), "/.git/config"), 404);
    /// assert_eq!(status(Files::new(any), "/.well-known/security.txt"), 200);
    /// assert_eq!(status(Files::new(any).dotfiles(true), "/.git/config"), 200);
    /// ```
    #[must_use]
    pub fn dotfiles(mut self, served: bool) -> Self {
        self.has_dotfiles = served;
        self
    }

    /// Hides files and folders, with all that is in them, in addition to others: requests do not
    /// find them, and listings leave them out. `*` stands for any characters, and `?` for one.
    ///
    /// A pattern with a slash is that of a path from the root, such as `/drafts` or
    /// `/posts/*.md`. Any other is that of a name in all folders, such as `*.bak`. ASCII case makes
    /// no difference. With [`precompressed`](Self::precompressed) files, a pattern that hides
    /// `plan.txt` also hides `plan.txt.gz`.
    ///
    /// A pattern is compared with the path of a request, not with the file that is found there. So
    /// a link with another name, such as `latest` to `drafts`, still leads to a hidden folder. Hide
    /// it too, or follow no links ([`Symlinks`](crate::Symlinks)). The same goes for file systems
    /// that take `É` for `é`, or have other ways to write it. A hidden file may still be a
    /// [fallback](Self::fallback), the page of [`not_found`](Self::not_found), or sent in place of
    /// the file whose precompressed form it is.
    ///
    /// # Panics
    ///
    /// The pattern matches no file, as [`can_hide`](Self::can_hide) tells: it is that of the root,
    /// has a NUL, is longer than 4096 bytes, or has a part that is empty, `.` or `..`, other than
    /// `./` at its start.
    ///
    /// ```
    /// use wsgi_files::{FilePath, Files, SourceFile};
    /// use wsgi_testing::Request;
    ///
    /// let any = |_: &FilePath<'_>| Some(SourceFile::bytes("."));
    /// let site = Files::new(any).hide("*.bak").hide("/drafts");
    /// let status = |path| Request::get(path).call(&site).status().code();
    /// assert_eq!(status("/menu.html"), 200);
    /// assert_eq!(status("/menu.html.bak"), 404);
    /// assert_eq!(status("/drafts/menu.html"), 404);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn hide(mut self, pattern: &str) -> Self {
        self.hidden.add(pattern);
        self
    }

    /// Whether [`hide`](Self::hide) takes a pattern, for one that is not known before the program
    /// runs.
    ///
    /// ```
    /// use wsgi_files::Files;
    ///
    /// assert!(Files::can_hide("*.bak"));
    /// assert!(!Files::can_hide("../secrets"));
    /// ```
    #[must_use]
    pub fn can_hide(pattern: &str) -> bool {
        HiddenPaths::path(pattern).is_some()
    }

    /// Sets whether a file that the program may not read is answered with 403; by default, with
    /// 404, as if it were not there.
    ///
    /// ```
    /// use wsgi_files::{FilePath, Files, Found, Source, SourceError};
    /// use wsgi_testing::Request;
    ///
    /// struct Secrets;
    ///
    /// impl Source for Secrets {
    ///     fn open(&self, _path: &FilePath<'_>) -> Result<Found, SourceError> {
    ///         Err(SourceError::Denied)
    ///     }
    /// }
    ///
    /// let status = |site| Request::get("/plan.txt").call(&site).status().code();
    /// assert_eq!(status(Files::new(Secrets)), 404);
    /// assert_eq!(status(Files::new(Secrets).forbid_unreadable(true)), 403);
    /// ```
    #[must_use]
    pub fn forbid_unreadable(mut self, forbidden: bool) -> Self {
        self.forbids_unreadable = forbidden;
        self
    }
}
