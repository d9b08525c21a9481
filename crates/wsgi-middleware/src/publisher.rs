//! Several applications in one program, each by its name.

use std::{ffi::OsStr, fmt, path::Path};

use wsgi_application::{Application, Environ, Result, StartResponse};
use wsgi_headers::Value;

use crate::not_found;

/// Several applications under names, as one application: for one program that is put in several
/// places, or asked for several things, as `mod_python`'s publisher did it with one script.
///
/// A name is looked for in these places, and the first that is published answers:
///
/// 1. the name by which the program was started, as [`program`](Self::program) tells it: a
///    symbolic link `blog` to the program serves the blog alone;
/// 2. the last segment of `SCRIPT_NAME`, which is what a front server calls the program: a CGI
///    program at `/cgi-bin/blog`;
/// 3. the first segment of `PATH_INFO`, which then moves to `SCRIPT_NAME`: `/blog/2026` is the
///    page `/2026` of the blog.
///
/// Where there is none, the [`fallback`](Self::fallback) answers, and finds the environ as it
/// came. Of the first two, what stands behind the last dot may be missing in the name, so `blog`
/// is also `blog.cgi`. Names are compared byte by byte.
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
    /// No applications yet: every request goes to the fallback, which is [`not_found`].
    #[must_use]
    pub fn new() -> Self {
        Self {
            published: Vec::new(),
            program: Vec::new(),
            fallback: Box::new(not_found),
        }
    }

    /// Publishes an application under a name, in place of one that had it before.
    ///
    /// The name is one segment of a decoded path: it is written without percent-encoding. One
    /// that is empty, or has a slash, is never found.
    #[must_use]
    pub fn publish(
        mut self,
        name: impl AsRef<[u8]>,
        application: impl Application + 'static,
    ) -> Self {
        let name = name.as_ref();
        let application = Box::new(application);
        match self.published.iter_mut().find(|(known, _)| known == name) {
            Some((_, known)) => *known = application,
            None => self.published.push((name.to_owned(), application)),
        }
        self
    }

    /// Tells by what path the program was started: `std::env::args_os().next()`. If its last
    /// segment is the name of an application, that one answers every request.
    #[must_use]
    pub fn program(mut self, path: impl AsRef<Path>) -> Self {
        let name = path.as_ref().file_name().map(OsStr::as_encoded_bytes);
        self.program = name.unwrap_or_default().to_owned();
        self
    }

    /// Sets the application for requests that name none; default: [`not_found`].
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

    /// The application of a file's name, with what follows its last dot or without.
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
