//! The environ itself.

use std::any::Any;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use crate::changes::{Change, Changes};
use crate::extensions::Extensions;
use crate::finished::{self, Hook};
use crate::request::Request;
use crate::{Base, Connection, Errors, Input, Outcome, Received, Value, ValueBuf, guess_scheme};

/// What an application is told about a request: the CGI variables, the typed `wsgi.*`
/// values, and what middleware adds (PEP 3333, "environ Variables").
///
/// A variable is looked up first among those [`set`](Self::set) and
/// [`remove`](Self::remove)d, then in the request [received](Self::receive), then in
/// the [connection](Self::set_connection), then in the [base](Self::set_base).
///
/// A new environ has no variables, an empty input, errors to standard error, and all flags false.
///
/// ```
/// use wsgi_environ::Environ;
///
/// let mut environ = Environ::new();
/// environ.set("REQUEST_METHOD", "GET");
/// environ.set("PATH_INFO", b"/caf\xe9"); // not UTF-8, and kept
///
/// assert_eq!(environ.request_method(), "GET");
/// assert_eq!(environ.path_info(), b"/caf\xe9");
/// assert!(environ.get("QUERY_STRING").is_none());
/// assert_eq!(environ.url_scheme(), "http");
/// ```
#[derive(Default)]
pub struct Environ {
    changes: Changes,
    request: Request,
    connection: Option<Arc<dyn Connection>>,
    base: Option<Arc<Base>>,
    url_scheme: Option<Cow<'static, str>>,
    input: Input,
    errors: Option<Errors>,
    multithread: Option<bool>,
    multiprocess: Option<bool>,
    run_once: Option<bool>,
    extensions: Extensions,
    hooks: Vec<Hook>,
}

/// What `wsgi.errors` is where nobody said.
static STDERR: Errors = Errors::stderr();

/// Variables.
impl Environ {
    /// An environ without variables.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The value of a variable; `None` where it is absent, which an empty value is not.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Value<'_>> {
        match self.changes.get(name) {
            Some(Change::Set(value)) => Some(Value::new(value)),
            Some(Change::Removed) => None,
            None => self.unchanged(name).map(Value::new),
        }
    }

    /// Whether a variable is there, be it empty.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// Sets a variable, replacing what was there.
    pub fn set(&mut self, name: impl AsRef<str>, value: impl AsRef<[u8]>) {
        self.changes.set(name.as_ref(), value.as_ref());
    }

    /// Removes a variable, wherever it came from. That it is absent is no error.
    pub fn remove(&mut self, name: impl AsRef<str>) {
        self.changes.remove(name.as_ref());
    }

    /// Every variable once, in no particular order. Names of received fields are built on the way.
    pub fn iter(&self) -> impl Iterator<Item = (Cow<'_, str>, Value<'_>)> {
        let changed = self
            .changes
            .iter()
            .filter_map(|(name, change)| match change {
                Change::Set(value) => Some((Cow::Borrowed(name), Value::new(value))),
                Change::Removed => None,
            });
        let received = self.request.names();
        let connection = self
            .connection
            .iter()
            .flat_map(|connection| connection.names())
            .filter(|name| self.request.get(name).is_none())
            .map(|&name| Cow::Borrowed(name));
        let base = self
            .base
            .iter()
            .flat_map(|base| base.iter())
            .filter(|(name, _)| self.request.get(name).is_none() && self.connected(name).is_none())
            .map(|(name, _)| Cow::Borrowed(name));
        let unchanged = received
            .chain(connection)
            .chain(base)
            .filter(|name| self.changes.get(name).is_none())
            .filter_map(|name| {
                let value = self.unchanged(&name)?;
                Some((name, Value::new(value)))
            });
        changed.chain(unchanged)
    }

    /// Every variable, sorted by name.
    #[must_use]
    pub fn to_map(&self) -> BTreeMap<String, ValueBuf> {
        self.iter()
            .map(|(name, value)| (name.into_owned(), value.to_value_buf()))
            .collect()
    }

    fn unchanged(&self, name: &str) -> Option<&[u8]> {
        self.request
            .get(name)
            .or_else(|| self.connected(name))
            .or_else(|| self.base.as_deref()?.get(name))
    }

    fn connected(&self, name: &str) -> Option<&[u8]> {
        self.connection.as_deref()?.variable(name)
    }

    fn value_or_empty(&self, name: &str) -> Value<'_> {
        self.get(name).unwrap_or(Value::new(b""))
    }
}

/// Variables everybody asks for. Text that is absent reads as empty.
impl Environ {
    /// `REQUEST_METHOD`, case-sensitive (RFC 3875 section 4.1.12).
    #[must_use]
    pub fn request_method(&self) -> Value<'_> {
        self.value_or_empty("REQUEST_METHOD")
    }

    /// `SCRIPT_NAME`: the path the application is mounted at, decoded (RFC 3875 section 4.1.13).
    #[must_use]
    pub fn script_name(&self) -> Value<'_> {
        self.value_or_empty("SCRIPT_NAME")
    }

    /// `PATH_INFO`: the path below the application, decoded (RFC 3875 section 4.1.5).
    #[must_use]
    pub fn path_info(&self) -> Value<'_> {
        self.value_or_empty("PATH_INFO")
    }

    /// `QUERY_STRING`, still encoded (RFC 3875 section 4.1.7).
    #[must_use]
    pub fn query_string(&self) -> Value<'_> {
        self.value_or_empty("QUERY_STRING")
    }

    /// `SERVER_PROTOCOL`, such as `HTTP/1.1` (RFC 3875 section 4.1.16).
    #[must_use]
    pub fn server_protocol(&self) -> Value<'_> {
        self.value_or_empty("SERVER_PROTOCOL")
    }

    /// `CONTENT_TYPE` (RFC 3875 section 4.1.3); `None` where it is absent or empty, which
    /// PEP 3333 does not tell apart.
    #[must_use]
    pub fn content_type(&self) -> Option<Value<'_>> {
        self.get("CONTENT_TYPE").filter(|value| !value.is_empty())
    }

    /// `CONTENT_LENGTH` in bytes (RFC 3875 section 4.1.2); `None` where it is absent, empty
    /// or no decimal number below 2^64.
    #[must_use]
    pub fn content_length(&self) -> Option<u64> {
        let digits = self.get("CONTENT_LENGTH")?.as_bytes();
        if digits.is_empty() {
            return None;
        }
        digits.iter().try_fold(0_u64, |length, byte| {
            let digit = byte.is_ascii_digit().then(|| u64::from(byte - b'0'))?;
            length.checked_mul(10)?.checked_add(digit)
        })
    }
}

/// The `wsgi.*` values.
impl Environ {
    /// `wsgi.version`: always (1, 0).
    #[must_use]
    pub const fn version(&self) -> (u8, u8) {
        (1, 0)
    }

    /// `wsgi.url_scheme`: what was set here or in the base, or else the guess that
    /// [`guess_scheme`] makes.
    #[must_use]
    pub fn url_scheme(&self) -> &str {
        let base = || self.base.as_ref()?.url_scheme.as_deref();
        self.url_scheme
            .as_deref()
            .or_else(base)
            .unwrap_or_else(|| guess_scheme(self))
    }

    /// Sets `wsgi.url_scheme`, for this request.
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
    }

    /// Takes `wsgi.input` away, so that a response body can read it after the call; an
    /// empty one stays.
    #[must_use]
    pub fn take_input(&mut self) -> Input {
        std::mem::take(&mut self.input)
    }

    /// `wsgi.errors`: what was set here or in the base, or else standard error.
    #[must_use]
    pub fn errors(&self) -> &Errors {
        self.errors
            .as_ref()
            .or_else(|| self.base.as_ref().map(|base| &base.errors))
            .unwrap_or(&STDERR)
    }

    /// Replaces `wsgi.errors`, for this request.
    pub fn set_errors(&mut self, errors: Errors) {
        self.errors = Some(errors);
    }

    /// `wsgi.multithread`: whether another thread may call the application at the same time.
    #[must_use]
    pub fn multithread(&self) -> bool {
        self.flag(self.multithread, |base| base.multithread)
    }

    /// Sets `wsgi.multithread`, for this request.
    pub fn set_multithread(&mut self, multithread: bool) {
        self.multithread = Some(multithread);
    }

    /// `wsgi.multiprocess`: whether another process may call the application at the same time.
    #[must_use]
    pub fn multiprocess(&self) -> bool {
        self.flag(self.multiprocess, |base| base.multiprocess)
    }

    /// Sets `wsgi.multiprocess`, for this request.
    pub fn set_multiprocess(&mut self, multiprocess: bool) {
        self.multiprocess = Some(multiprocess);
    }

    /// `wsgi.run_once`: whether the application is expected to be called only once in this process.
    #[must_use]
    pub fn run_once(&self) -> bool {
        self.flag(self.run_once, |base| base.run_once)
    }

    /// Sets `wsgi.run_once`, for this request.
    pub fn set_run_once(&mut self, run_once: bool) {
        self.run_once = Some(run_once);
    }

    fn flag(&self, own: Option<bool>, base: impl FnOnce(&Base) -> bool) -> bool {
        own.unwrap_or_else(|| self.base.as_deref().is_some_and(base))
    }
}

/// What middleware adds: at most one value of each type.
impl Environ {
    /// The extension of type `T`.
    ///
    /// ```
    /// use wsgi_environ::Environ;
    ///
    /// struct User(String);
    ///
    /// let mut environ = Environ::new();
    /// environ.insert_extension(User("ada".into()));
    /// assert_eq!(environ.extension::<User>().unwrap().0, "ada");
    /// ```
    #[must_use]
    pub fn extension<T: Any + Send>(&self) -> Option<&T> {
        self.extensions.get()
    }

    /// The extension of type `T`, to be changed.
    pub fn extension_mut<T: Any + Send>(&mut self) -> Option<&mut T> {
        self.extensions.get_mut()
    }

    /// Adds an extension, and gives the one of its type that it replaces.
    pub fn insert_extension<T: Any + Send>(&mut self, value: T) -> Option<T> {
        self.extensions.insert(value)
    }

    /// Takes the extension of type `T` away.
    pub fn remove_extension<T: Any + Send>(&mut self) -> Option<T> {
        self.extensions.remove()
    }

    /// Adds a hook that runs once, after the response's last byte left or the client went
    /// away. Hooks run in the order in which they were added.
    ///
    /// ```
    /// use std::time::Duration;
    /// use wsgi_environ::{Environ, Errors, Outcome};
    ///
    /// let (errors, log) = Errors::buffer();
    /// let mut environ = Environ::new();
    /// environ.set_errors(errors);
    /// environ.on_finished(|environ, outcome| {
    ///     environ.errors().print(format_args!("{} bytes sent", outcome.bytes_sent));
    /// });
    ///
    /// // Later, in the gateway:
    /// environ.run_finished(&Outcome::new(13, true, Duration::ZERO));
    /// assert_eq!(log.contents(), b"13 bytes sent\n");
    /// ```
    pub fn on_finished(&mut self, hook: impl FnOnce(&Environ, &Outcome) + Send + 'static) {
        self.hooks.push(Box::new(hook));
    }
}

/// For servers and gateways.
impl Environ {
    /// Makes a request head the live request, in the memory this environ has already.
    ///
    /// These variables come of it:
    ///
    /// - `REQUEST_METHOD`, `QUERY_STRING`, `REQUEST_URI` (the target as received) and
    ///   `SERVER_PROTOCOL`; an empty `SCRIPT_NAME`; `PATH_INFO`, percent-decoded, so that
    ///   `%2F` becomes a slash; an invalid escape stays as it is;
    /// - `CONTENT_TYPE` and `CONTENT_LENGTH`, of the first field of that name;
    /// - `HTTP_*` for the other fields, `HTTP_USER_AGENT` for `User-Agent`. Fields of one
    ///   name become one value, joined by a comma and a space, cookies by a semicolon and
    ///   a space (RFC 3875 section 4.1.18, RFC 9110 section 5.3). Not for `Proxy`, for
    ///   names with an underscore, which would collide, and for `Transfer-Encoding`, as
    ///   the input is decoded already; other hop-by-hop fields can be seen;
    /// - `HTTP_HOST` from the authority, if there is one, rather than from `Host`.
    ///
    /// ```
    /// use wsgi_environ::{Environ, Field, Received};
    ///
    /// let mut environ = Environ::new();
    /// environ.receive(&Received {
    ///     head: b"GET /a%20b?c HTTP/1.1\r\nUser-Agent: curl\r\n\r\n",
    ///     method: (0, 3),
    ///     target: (4, 12),
    ///     path: (4, 10),
    ///     query: (11, 12),
    ///     authority: None,
    ///     protocol: "HTTP/1.1",
    ///     fields: &[Field { name: (23, 33), value: (35, 39) }],
    /// });
    /// assert_eq!(environ.path_info(), "/a b");
    /// assert_eq!(environ.get("REQUEST_URI").unwrap(), "/a%20b?c");
    /// assert_eq!(environ.get("HTTP_USER_AGENT").unwrap(), "curl");
    /// ```
    pub fn receive(&mut self, received: &Received<'_>) {
        self.request.receive(received);
    }

    /// Sets what is the same for every request. Setting the same again costs nothing.
    pub fn set_base(&mut self, base: &Arc<Base>) {
        if !self
            .base
            .as_ref()
            .is_some_and(|known| Arc::ptr_eq(known, base))
        {
            self.base = Some(Arc::clone(base));
        }
    }

    /// Sets the connection the request came over. Setting the same again costs nothing.
    pub fn set_connection(&mut self, connection: &Arc<dyn Connection>) {
        if !self
            .connection
            .as_ref()
            .is_some_and(|known| Arc::ptr_eq(known, connection))
        {
            self.connection = Some(Arc::clone(connection));
        }
    }

    /// Takes the connection away, and with it its variables.
    pub fn take_connection(&mut self) -> Option<Arc<dyn Connection>> {
        self.connection.take()
    }

    /// Whether the client is still there, as far as the gateway can tell: true where it cannot.
    #[must_use]
    pub fn is_client_connected(&self) -> bool {
        self.connection
            .as_ref()
            .is_none_or(|connection| connection.is_connected())
    }

    /// Whether a hook waits for the end of the request.
    #[must_use]
    pub fn has_hooks(&self) -> bool {
        !self.hooks.is_empty()
    }

    /// Runs the hooks and forgets them. A hook that panics does not keep the next one
    /// from running; what the panics said is returned for the log.
    pub fn run_finished(&mut self, outcome: &Outcome) -> Vec<String> {
        if self.hooks.is_empty() {
            return Vec::new();
        }
        let mut hooks = std::mem::take(&mut self.hooks);
        let panics = finished::run(&mut hooks, self, outcome);
        self.hooks = hooks;
        panics
    }

    /// Forgets the request, and keeps the memory for the next one.
    ///
    /// All that was set on this environ goes: variables, the live request, scheme, input,
    /// errors, flags, extensions, hooks (which do not run). The base and the connection
    /// stay until they are replaced.
    ///
    /// ```
    /// use wsgi_environ::Environ;
    ///
    /// let mut environ = Environ::new();
    /// environ.set("REMOTE_USER", "ada");
    /// environ.clear();
    /// assert!(!environ.contains("REMOTE_USER"));
    /// ```
    pub fn clear(&mut self) {
        self.changes.clear();
        self.request.clear();
        self.url_scheme = None;
        self.input.clear();
        self.errors = None;
        self.multithread = None;
        self.multiprocess = None;
        self.run_once = None;
        self.extensions.clear();
        self.hooks.clear();
    }
}

impl fmt::Debug for Environ {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Environ")
            .field("variables", &self.to_map())
            .field("wsgi.url_scheme", &self.url_scheme())
            .field("wsgi.input", &self.input)
            .field("wsgi.errors", self.errors())
            .field("wsgi.multithread", &self.multithread())
            .field("wsgi.multiprocess", &self.multiprocess())
            .field("wsgi.run_once", &self.run_once())
            .field("extensions", &self.extensions.len())
            .field("hooks", &self.hooks.len())
            .finish()
    }
}
