//! Several applications on one server, each at a prefix of the path.

use std::fmt;

use wsgi_application::{Application, Environ, Result, StartResponse, Status};
use wsgi_headers::Value;

use crate::dispatch::invalid_prefix::InvalidPrefix;

/// Several applications at URL prefixes, as one application.
///
/// The longest prefix that matches wins. `/app` matches `/app` and all paths below `/app/`,
/// but not `/apple`; `/` matches every path. The application sees the prefix at the end of
/// `SCRIPT_NAME` and the rest of the path in `PATH_INFO` (PEP 3333, "environ Variables"):
///
/// | mounted at | request | `SCRIPT_NAME` | `PATH_INFO` |
/// |---|---|---|---|
/// | `/app` | `/app` | `/app` | |
/// | `/app` | `/app/` | `/app` | `/` |
/// | `/app` | `/app/x` | `/app` | `/x` |
/// | `/` | `/` | | `/` |
///
/// If nothing matches, the [`fallback`](Self::fallback) answers, with an unchanged environ.
/// `Mounts` is itself an application and can be mounted.
///
/// The environ is left as the application received it: hooks and outer middleware see the variables
/// of the application that answered. `REQUEST_URI` always has the whole path.
///
/// ```
/// use wsgi_application::{Body, Environ, Result, StartResponse, Status};
/// use wsgi_middleware::Mounts;
/// use wsgi_testing::Request;
///
/// fn blog(environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
///     start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
///     Ok(format!("{} below {}", environ.path_info(), environ.script_name()).into())
/// }
///
/// let site = Mounts::new().mount("/blog", blog);
/// assert_eq!(Request::get("/blog/2026/march").call(&site).text(), "/2026/march below /blog");
/// assert_eq!(Request::get("/blogs").call(&site).status(), &Status::NOT_FOUND);
/// ```
pub struct Mounts {
    /// The longest prefix comes first, so that the first match is the longest.
    mounts: Vec<Mount>,
    fallback: Box<dyn Application>,
}

struct Mount {
    /// Empty, or begins with a slash. Never ends with a slash.
    prefix: Vec<u8>,
    application: Box<dyn Application>,
}

impl Mounts {
    /// Makes mounts without applications: every request goes to the fallback, which is
    /// [`not_found`].
    #[must_use]
    pub fn new() -> Self {
        Self {
            mounts: Vec::new(),
            fallback: Box::new(not_found),
        }
    }

    /// Mounts an application at a prefix of the decoded path. It replaces one that was mounted
    /// there before.
    ///
    /// The prefix is compared byte by byte with `PATH_INFO`, so it is written without
    /// percent-encoding and need not be UTF-8. Slashes at its end are ignored, and the one at its
    /// start may be left out. `/` and the empty prefix are the same.
    ///
    /// ```
    /// use wsgi_application::application;
    /// use wsgi_middleware::{Mounts, not_found};
    ///
    /// let site = Mounts::new().mount("/caf\u{e9}/", not_found).mount(b"\xff", not_found);
    /// assert_eq!(format!("{site:?}"), r#"Mounts ["/café", "/\xff"]"#);
    /// ```
    ///
    /// # Panics
    ///
    /// Hardly any path begins with the prefix, which is meant otherwise: a segment is a pattern,
    /// such as the last one of `/app/*`, or it has a scheme and a host, a query such as `?a=b`, or
    /// percent-encoding. For prefixes of a configuration, there is [`try_mount`](Self::try_mount).
    #[must_use]
    #[track_caller]
    pub fn mount(self, prefix: impl AsRef<[u8]>, application: impl Application + 'static) -> Self {
        match self.try_mount(prefix, application) {
            Ok(mounts) => mounts,
            Err(invalid) => panic!("{invalid}"),
        }
    }

    /// Mounts an application at a prefix that a configuration names, as [`mount`](Self::mount)
    /// does.
    ///
    /// ```
    /// use wsgi_middleware::{Mounts, not_found};
    ///
    /// let site = Mounts::new().try_mount("/shop", not_found)?;
    /// let invalid = site.try_mount("/blog/*", not_found).unwrap_err();
    /// assert_eq!(
    ///     invalid.to_string(),
    ///     "the prefix \"/blog/*\": a prefix has no parameters; \"/blog\" matches all paths below it"
    /// );
    /// # Ok::<(), wsgi_middleware::InvalidPrefix>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Where `mount` panics.
    pub fn try_mount(
        mut self,
        prefix: impl AsRef<[u8]>,
        application: impl Application + 'static,
    ) -> Result<Self, InvalidPrefix> {
        let prefix = prefix.as_ref();
        if let Some(invalid) = InvalidPrefix::of(prefix) {
            return Err(invalid);
        }
        let prefix = normalized(prefix);
        let application = Box::new(application);
        match self.mounts.iter_mut().find(|mount| mount.prefix == prefix) {
            Some(mount) => mount.application = application,
            None => {
                let is_longer = |mount: &Mount| mount.prefix.len() >= prefix.len();
                let index = self.mounts.partition_point(is_longer);
                self.mounts.insert(
                    index,
                    Mount {
                        prefix,
                        application,
                    },
                );
            }
        }
        Ok(self)
    }

    /// Sets the application for paths at which nothing is mounted; [`not_found`] by default.
    ///
    /// It is not asked if a mounted application itself answers 404. If something is mounted at `/`,
    /// it is only asked for a path that does not begin with a slash.
    ///
    /// ```
    /// use wsgi_application::{Status, application};
    /// use wsgi_middleware::Mounts;
    /// use wsgi_testing::Request;
    ///
    /// let gone = application(|_environ, start_response| {
    ///     start_response.start(Status::GONE, [("Content-Type", "text/plain")])?;
    ///     Ok("There was a site here.\n".into())
    /// });
    /// let site = Mounts::new().fallback(gone);
    /// assert_eq!(Request::get("/menu").call(&site).status(), &Status::GONE);
    /// ```
    #[must_use]
    pub fn fallback(mut self, application: impl Application + 'static) -> Self {
        self.fallback = Box::new(application);
        self
    }
}

impl Default for Mounts {
    fn default() -> Self {
        Self::new()
    }
}

impl Application for Mounts {
    fn call(&self, environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
        let path = environ.path_info().as_bytes();
        let Some(mount) = self.mounts.iter().find(|mount| mount.matches(path)) else {
            return self.fallback.call(environ, start_response);
        };
        if !mount.prefix.is_empty() {
            environ.shift_path(mount.prefix.len());
        }
        mount.application.call(environ, start_response)
    }
}

impl Mount {
    /// Whether the path is this prefix, or continues it with another segment.
    fn matches(&self, path: &[u8]) -> bool {
        let is_end = match path.get(self.prefix.len()) {
            Some(next) => *next == b'/',
            None => path.len() == self.prefix.len(),
        };
        // Few paths get further. Prefixes differ most at their ends.
        is_end
            && path[..self.prefix.len()].last() == self.prefix.last()
            && path.starts_with(&self.prefix)
    }
}

impl fmt::Debug for Mounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Mounts ")?;
        let prefixes = self.mounts.iter().map(|mount| Value::new(&mount.prefix));
        f.debug_list().entries(prefixes).finish()
    }
}

fn normalized(prefix: &[u8]) -> Vec<u8> {
    let end = prefix
        .iter()
        .rposition(|&byte| byte != b'/')
        .map_or(0, |last| last + 1);
    let prefix = &prefix[..end];
    let mut normalized = Vec::with_capacity(prefix.len() + 1);
    if !prefix.is_empty() && !prefix.starts_with(b"/") {
        normalized.push(b'/');
    }
    normalized.extend_from_slice(prefix);
    normalized
}

/// Answers every request with 404, in plain text.
///
/// ```
/// use wsgi_testing::Request;
///
/// let response = Request::get("/menu").call(&wsgi_middleware::not_found);
/// assert_eq!(response.text(), "404 Not Found\n");
/// ```
pub fn not_found(_environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
    start_response.start(Status::NOT_FOUND, [("Content-Type", "text/plain")])?;
    Ok("404 Not Found\n".into())
}
