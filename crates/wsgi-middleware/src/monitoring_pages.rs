//! The pages for those who look after a program.

use std::{fmt, sync::Arc};

use wsgi_application::{Application, Environ, Result, StartResponse, Status};

use crate::{decoded_path, dispatch::mounts::not_found, health::Health};

/// A few pages for those who look after a program, each at one path, as one application.
///
/// It is for an address of its own, such as that of a `MonitoringServer` of wsgi-server. Unlike
/// with [`Mounts`](crate::Mounts), a page has only its own path, and `SCRIPT_NAME` stays as it is.
/// All other paths are answered with 404, and with the list of the pages.
///
/// ```
/// use wsgi_application::{Status, application};
/// use wsgi_middleware::MonitoringPages;
/// use wsgi_testing::Request;
///
/// let status = application(|_environ, start_response| {
///     start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
///     Ok("all is well\n".into())
/// });
/// let pages = MonitoringPages::new().page("/status", status).health(|| true);
/// assert_eq!(Request::get("/status").call(&pages).text(), "all is well\n");
/// assert_eq!(Request::get("/readyz").call(&pages).text(), "ready\n");
///
/// let response = Request::get("/status/").call(&pages);
/// assert_eq!(response.status(), &Status::NOT_FOUND);
/// assert_eq!(response.text(), "404 Not Found. Pages: /status /livez /readyz\n");
/// ```
#[derive(Default)]
pub struct MonitoringPages {
    pages: Vec<(&'static str, Box<dyn Application>)>,
}

impl MonitoringPages {
    /// Makes an application without pages.
    ///
    /// ```
    /// use wsgi_middleware::MonitoringPages;
    /// use wsgi_testing::Request;
    ///
    /// let pages = MonitoringPages::new();
    /// assert_eq!(Request::get("/").call(&pages).text(), "404 Not Found. Pages: none\n");
    /// ```
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a page at a path. It replaces one that was there before.
    ///
    /// ```
    /// use wsgi_middleware::{MonitoringPages, not_found};
    ///
    /// let pages = MonitoringPages::new().page("/a", not_found).page("/a", not_found);
    /// assert_eq!(format!("{pages:?}"), r#"MonitoringPages ["/a"]"#);
    /// ```
    ///
    /// # Panics
    ///
    /// The path does not begin with a slash, or has a query such as `?a=b`, percent-encoding, or a
    /// segment that is a [parameter](wsgi_environ::PathMistake) in the routes of frameworks.
    #[must_use]
    #[track_caller]
    pub fn page(mut self, path: &'static str, application: impl Application + 'static) -> Self {
        decoded_path::check(path);
        let application = Box::new(application);
        match self.pages.iter_mut().find(|(other, _)| *other == path) {
            Some((_, former)) => *former = application,
            None => self.pages.push((path, application)),
        }
        self
    }

    /// Adds the pages of [`Health`], `/livez` and `/readyz`. The program is ready while this
    /// condition holds, such as `move || handle.is_ready()` with the handle of a server.
    ///
    /// ```
    /// use wsgi_application::Status;
    /// use wsgi_middleware::MonitoringPages;
    /// use wsgi_testing::Request;
    ///
    /// let pages = MonitoringPages::new().health(|| false);
    /// assert_eq!(Request::get("/livez").call(&pages).status(), &Status::OK);
    /// assert_eq!(Request::get("/readyz").call(&pages).status(), &Status::SERVICE_UNAVAILABLE);
    /// ```
    #[must_use]
    pub fn health(self, is_ready: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        let health = Arc::new(Health::new(not_found).ready_if(is_ready));
        self.page("/livez", health.clone()).page("/readyz", health)
    }
}

impl Application for MonitoringPages {
    fn call(&self, environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
        let path = environ.path_info().as_bytes();
        if let Some((_, page)) = self.pages.iter().find(|(own, _)| own.as_bytes() == path) {
            return page.call(environ, start_response);
        }
        start_response.start(Status::NOT_FOUND, [("Content-Type", "text/plain")])?;
        let paths: Vec<_> = self.pages.iter().map(|(path, _)| *path).collect();
        let paths = match paths.is_empty() {
            true => "none".to_owned(),
            false => paths.join(" "),
        };
        Ok(format!("404 Not Found. Pages: {paths}\n").into())
    }
}

impl fmt::Debug for MonitoringPages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MonitoringPages ")?;
        f.debug_list()
            .entries(self.pages.iter().map(|(path, _)| path))
            .finish()
    }
}
