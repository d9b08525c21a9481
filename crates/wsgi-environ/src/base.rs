//! Values that all requests of a server share.

use std::{collections::BTreeMap, fmt};

use wsgi_headers::NameSet;

use crate::{errors::Errors, shown::Shown};

/// Values that all requests of a server share: variables such as `SERVER_NAME`, the scheme, the
/// concurrency flags and the errors stream.
///
/// A server builds a base once and shares it among its environs
/// ([`Environ::set_base`](crate::Environ::set_base)). Values set on an environ take precedence.
///
/// ```
/// use std::sync::Arc;
/// use wsgi_environ::{Base, Environ};
///
/// let base = Base::new()
///     .variable("SERVER_NAME", "localhost")
///     .variable("SERVER_PORT", "8000")
///     .multithread(true);
/// let mut environ = Environ::new();
/// environ.set_base(&Arc::new(base));
/// assert_eq!(environ.get("SERVER_PORT").unwrap(), "8000");
/// assert!(environ.multithread());
/// ```
#[derive(Clone, Default)]
pub struct Base {
    variables: Vec<(Box<str>, Box<[u8]>)>,
    /// The names of all variables.
    known: NameSet,
    pub(crate) url_scheme: Option<Box<str>>,
    pub(crate) errors: Errors,
    pub(crate) multithread: bool,
    pub(crate) multiprocess: bool,
    pub(crate) run_once: bool,
}

impl Base {
    /// A base without variables. Errors go to standard error, and all flags are false.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds or replaces a variable.
    #[must_use]
    pub fn variable(mut self, name: impl AsRef<str>, value: impl AsRef<[u8]>) -> Self {
        self.set(name.as_ref(), value.as_ref());
        self
    }

    #[inline(never)] // as a server sets several
    fn set(&mut self, name: &str, value: &[u8]) {
        let value = value.into();
        match self
            .variables
            .iter_mut()
            .find(|(known, _)| **known == *name)
        {
            Some((_, old)) => *old = value,
            None => {
                self.variables.push((name.into(), value));
                self.known = self.known.or(NameSet::of(&[name]));
            }
        }
    }

    /// Sets the scheme of the server's URLs, `http` or `https`; default: the environ guesses it
    /// from `HTTPS` (see [`guess_scheme`](crate::guess_scheme)).
    ///
    /// ```
    /// use std::sync::Arc;
    /// use wsgi_environ::{Base, Environ, Errors};
    ///
    /// // A single-threaded program, started by a front server for each request.
    /// let (errors, written) = Errors::buffer();
    /// let base = Base::new()
    ///     .url_scheme("https")
    ///     .errors(errors)
    ///     .multiprocess(true)
    ///     .run_once(true);
    /// let mut environ = Environ::new();
    /// environ.set_base(&Arc::new(base));
    /// environ.errors().print("out of ink");
    /// assert_eq!(written.to_string(), "out of ink\n");
    /// assert_eq!(environ.url_scheme(), "https");
    /// assert!(environ.multiprocess() && environ.run_once());
    /// ```
    #[must_use]
    pub fn url_scheme(mut self, scheme: impl Into<String>) -> Self {
        self.url_scheme = Some(scheme.into().into());
        self
    }

    /// Sets the stream `wsgi.errors`; default: standard error.
    #[must_use]
    pub fn errors(mut self, errors: Errors) -> Self {
        self.errors = errors;
        self
    }

    /// Sets whether several threads of the process may call the application at once; default:
    /// false.
    #[must_use]
    pub fn multithread(mut self, multithread: bool) -> Self {
        self.multithread = multithread;
        self
    }

    /// Sets whether another process may call the application at the same time; default: false.
    #[must_use]
    pub fn multiprocess(mut self, multiprocess: bool) -> Self {
        self.multiprocess = multiprocess;
        self
    }

    /// Sets whether the server expects to call the application only once, as in CGI; default:
    /// false.
    #[must_use]
    pub fn run_once(mut self, run_once: bool) -> Self {
        self.run_once = run_once;
        self
    }

    #[inline(always)] // since few variables are here
    pub(crate) fn get(&self, name: &str) -> Option<&[u8]> {
        match self.known.may_meet(NameSet::of(&[name])) {
            true => self.find(name),
            false => None,
        }
    }

    #[inline(never)] // as above
    fn find(&self, name: &str) -> Option<&[u8]> {
        self.variables
            .iter()
            .find(|(known, _)| **known == *name)
            .map(|(_, value)| &**value)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.variables
            .iter()
            .map(|(name, value)| (&**name, &**value))
    }
}

/// Shows values [without secrets](crate::Redacted).
impl fmt::Debug for Base {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut variables = BTreeMap::new();
        for (name, value) in self.iter() {
            variables.insert(name.to_owned(), value.into());
        }
        f.debug_struct("Base")
            .field("variables", &Shown(variables))
            .field("url_scheme", &self.url_scheme)
            .field("errors", &self.errors)
            .field("multithread", &self.multithread)
            .field("multiprocess", &self.multiprocess)
            .field("run_once", &self.run_once)
            .finish()
    }
}
