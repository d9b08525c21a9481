//! The typed `wsgi.*` values of PEP 3333.

use std::borrow::Cow;

use crate::{base::Base, environ::Environ, errors::Errors, input::Input, utilities::guess_scheme};

/// The default of `wsgi.errors`.
static STDERR: Errors = Errors::stderr();

/// The `wsgi.*` values.
impl Environ {
    /// `wsgi.version`: always (1, 0).
    ///
    /// ```
    /// use wsgi_environ::Environ;
    ///
    /// assert_eq!(Environ::new().version(), (1, 0));
    /// ```
    #[must_use]
    pub const fn version(&self) -> (u8, u8) {
        (1, 0)
    }

    /// `wsgi.url_scheme`, as set here or in the base; otherwise the result of [`guess_scheme`].
    #[must_use]
    pub fn url_scheme(&self) -> &str {
        let base = || self.base.as_ref()?.url_scheme.as_deref();
        self.url_scheme
            .as_deref()
            .or_else(base)
            .unwrap_or_else(|| guess_scheme(self))
    }

    /// Sets `wsgi.url_scheme` for this request.
    ///
    /// ```
    /// use wsgi_environ::Environ;
    ///
    /// // A front server ends TLS.
    /// let mut environ = Environ::new();
    /// assert_eq!(environ.url_scheme(), "http");
    /// environ.set_url_scheme("https");
    /// assert_eq!(environ.url_scheme(), "https");
    /// ```
    pub fn set_url_scheme(&mut self, scheme: impl Into<Cow<'static, str>>) {
        self.url_scheme = Some(scheme.into());
    }

    /// `wsgi.input`: the request body.
    pub fn input(&mut self) -> &mut Input {
        &mut self.input
    }

    /// Replaces `wsgi.input`.
    pub fn set_input(&mut self, input: Input) {
        self.input = input;
        if let Some(deadline) = &self.deadline {
            self.input.obey(deadline.clone());
        }
    }

    /// Takes `wsgi.input` and leaves an empty one, so that a response body can read it after the
    /// call.
    ///
    /// ```
    /// use std::io::Read;
    /// use wsgi_environ::{Environ, Input};
    ///
    /// let mut environ = Environ::new();
    /// environ.set_input(Input::from_bytes("echo"));
    /// let mut taken = environ.take_input();
    /// assert_eq!(environ.input().remaining(), Some(0));
    /// let mut text = String::new();
    /// taken.read_to_string(&mut text)?;
    /// assert_eq!(text, "echo");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn take_input(&mut self) -> Input {
        std::mem::take(&mut self.input)
    }

    /// `wsgi.errors`, as set here or in the base; otherwise standard error.
    #[must_use]
    pub fn errors(&self) -> &Errors {
        self.errors
            .as_ref()
            .or_else(|| self.base.as_ref().map(|base| &base.errors))
            .unwrap_or(&STDERR)
    }

    /// Replaces `wsgi.errors` for this request.
    pub fn set_errors(&mut self, errors: Errors) {
        self.errors = Some(errors);
    }

    /// `wsgi.multithread`: whether another thread may call the application at the same time.
    #[must_use]
    pub fn multithread(&self) -> bool {
        self.flag(self.multithread, |base| base.multithread)
    }

    /// Sets `wsgi.multithread` for this request.
    pub fn set_multithread(&mut self, multithread: bool) {
        self.multithread = Some(multithread);
    }

    /// `wsgi.multiprocess`: whether another process may call the application at the same time.
    #[must_use]
    pub fn multiprocess(&self) -> bool {
        self.flag(self.multiprocess, |base| base.multiprocess)
    }

    /// Sets `wsgi.multiprocess` for this request.
    pub fn set_multiprocess(&mut self, multiprocess: bool) {
        self.multiprocess = Some(multiprocess);
    }

    /// `wsgi.run_once`: whether the server expects to call the application only once in this
    /// process.
    #[must_use]
    pub fn run_once(&self) -> bool {
        self.flag(self.run_once, |base| base.run_once)
    }

    /// Sets `wsgi.run_once` for this request.
    ///
    /// ```
    /// use wsgi_environ::Environ;
    ///
    /// let mut environ = Environ::new();
    /// environ.set_multithread(false);
    /// environ.set_multiprocess(true);
    /// environ.set_run_once(true);
    /// assert!(!environ.multithread() && environ.multiprocess() && environ.run_once());
    /// ```
    pub fn set_run_once(&mut self, run_once: bool) {
        self.run_once = Some(run_once);
    }

    fn flag(&self, own: Option<bool>, base: impl FnOnce(&Base) -> bool) -> bool {
        own.unwrap_or_else(|| self.base.as_deref().is_some_and(base))
    }
}
