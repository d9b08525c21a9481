//! Several applications in one program, chosen by name.

use std::{ffi::OsStr, fmt, path::Path};

use wsgi_application::{Application, Environ, Result, StartResponse};
use wsgi_headers::Value;

use crate::{decoded_path, dispatch::mounts::not_found};

/// Several applications under names, as one application. It is for one program that is installed in
/// several places or serves several purposes, like a script under `mod_python`'s publisher.
///
/// A name is looked up in these places, and the first published one answers:
///
/// 1. the name by which the program was started, as set by [`program`](Self::program): a symbolic
///    link `blog` to the program serves only the blog;
/// 2. the last segment of `SCRIPT_NAME`, which is the front server's name for the program, for
///    example a CGI program at `/cgi-bin/blog`;
/// 3. the first segment of `PATH_INFO`, which then moves to `SCRIPT_NAME`: `/blog/2026` is the page
///    `/2026` of the blog.
///
/// If none is found, the [`fallback`](Self::fallback) answers, with an unchanged environ. In the
/// first two places the part after the last dot is optional, so `blog` also answers as `blog.cgi`.
/// Names are compared byte by byte.
///
/// ```
/// use wsgi_application::{Environ, Result, StartResponse, Status};
/// use wsgi_middleware::Publisher;
/// use wsgi_testing::Request;
///
/// fn blog(environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
///     start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
///     Ok(format!("{} of {}", environ.path_info(), environ.script_name()).into())
/// }
///
/// let site = Publisher::new().publish("blog", blog);
/// assert_eq!(Request::get("/blog/2026").call(&site).text(), "/2026 of /blog");
/// assert_eq!(Request::get("/2026").call(&site).status(), &Status::NOT_FOUND);
///
/// let site = site.program("/usr/lib/cgi-bin/blog.cgi"); // std::env::args_os().next()
/// assert_eq!(Request::get("/2026").call(&site).text(), "/2026 of ");
/// ```
pub struct Publisher {
    published: Vec<(Vec<u8>, Box<dyn Application>)>,
    program: Vec<u8>,
    fallback: Box<dyn Application>,
}

impl Publisher {
    /// Makes a publisher without applications: every request goes to the fallback, which is
    /// [`not_found`].
    #[must_use]
    pub fn new() -> Self {
        Self {
            published: Vec::new(),
            program: Vec::new(),
            fallback: Box::new(not_found),
        }
    }

    /// Publishes an application under a name. It replaces one that had the name before.
    ///
    /// The name is one segment of a decoded path, written without percent-encoding.
    ///
    /// # Panics
    ///
    /// The name is empty, has a slash, a query such as `?a=b` or percent-encoding, or is a
    /// [parameter](wsgi_environ::PathMistake) in the routes of frameworks.
    #[must_use]
    #[track_caller]
    pub fn publish(
        mut self,
        name: impl AsRef<[u8]>,
        application: impl Application + 'static,
    ) -> Self {
        let name = name.as_ref();
        assert!(
            !name.is_empty() && !name.contains(&b'/'),
            "{:?} is not the name of an application: it is one segment of a path, without slashes",
            Value::new(name)
        );
        decoded_path::check_segment(name);
        let application = Box::new(application);
        match self.published.iter_mut().find(|(known, _)| known == name) {
            Some((_, known)) => *known = application,
            None => self.published.push((name.to_owned(), application)),
        }
        self
    }

    /// Sets the path by which the program was started: `std::env::args_os().next()`. If its last
    /// segment is the name of an application, that one answers every request.
    #[must_use]
    pub fn program(mut self, path: impl AsRef<Path>) -> Self {
        let name = path.as_ref().file_name().map(OsStr::as_encoded_bytes);
        self.program = name.unwrap_or_default().to_owned();
        self
    }

    /// Sets the application for requests without a published name; [`not_found`] by default.
    ///
    /// ```
    /// use wsgi_application::{Status, application};
    /// use wsgi_middleware::Publisher;
    /// use wsgi_testing::Request;
    ///
    /// let home = application(|_environ, start_response| {
    ///     start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
    ///     Ok("See /blog".into())
    /// });
    /// let site = Publisher::new().fallback(home);
    /// assert_eq!(Request::get("/").call(&site).text(), "See /blog");
    /// ```
    #[must_use]
    pub fn fallback(mut self, application: impl Application + 'static) -> Self {
        self.fallback = Box::new(application);
        self
    }

    fn named(&self, name: &[u8]) -> Option<&dyn Application> {
        let is_named = |(known, _): &&(Vec<u8>, _)| !name.is_empty() && known == name;
        let (_, application) = self.published.iter().find(is_named)?;
        Some(&**application)
    }

    /// Finds an application by a file name, with or without the part after its last dot.
    fn named_as_file(&self, name: &[u8]) -> Option<&dyn Application> {
        let stem = || {
            let dot = name.iter().rposition(|&byte| byte == b'.')?;
            self.named(&name[..dot])
        };
        self.named(name).or_else(stem)
    }
}

impl Default for Publisher {
    fn default() -> Self {
        Self::new()
    }
}

impl Application for Publisher {
    fn call(&self, environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
        let script = environ.script_name().as_bytes();
        let segment = script.rsplit(|&byte| byte == b'/').next();
        let script = || self.named_as_file(segment.unwrap_or_default());
        if let Some(application) = self.named_as_file(&self.program).or_else(script) {
            return application.call(environ, start_response);
        }
        let Some(path) = environ.path_info().as_bytes().strip_prefix(b"/") else {
            return self.fallback.call(environ, start_response);
        };
        let segment = path.split(|&byte| byte == b'/').next().unwrap_or_default();
        match self.named(segment) {
            Some(application) => {
                environ.shift_path(1 + segment.len());
                application.call(environ, start_response)
            }
            None => self.fallback.call(environ, start_response),
        }
    }
}

impl fmt::Debug for Publisher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Publisher ")?;
        let names = self.published.iter().map(|(name, _)| Value::new(name));
        f.debug_list().entries(names).finish()
    }
}
