//! The environ itself.

use std::{any::Any, borrow::Cow, collections::BTreeMap, fmt, sync::Arc};

use wsgi_headers::{NameSet, Value, ValueBuf};

use crate::{
    base::Base,
    changes::Changes,
    connection::Attached,
    deadline::Deadline,
    errors::Errors,
    extensions::{Extensions, ReusableExtension},
    hook::Hook,
    input::Input,
    live::{KnownField, Live},
    outcome::Outcome,
    shown::Shown,
};

mod accessors;
mod checkpoint;
mod deadline;
mod gateway;
mod origin_form;
mod variables;
mod visit;
mod wsgi;

pub use checkpoint::Checkpoint;

/// A hook that many requests share ([`Environ::on_finished_shared`]).
pub type SharedHook = Arc<dyn Fn(&Environ, &Outcome) + Send + Sync>;

/// An application's view of a request: the CGI variables, the typed `wsgi.*` values, and the
/// extensions of middleware (PEP 3333, "environ Variables").
///
/// A variable is looked up first among those [`set`](Self::set) and [`remove`](Self::remove)d, then
/// in the received request (from [HTTP](Self::receive) or from
/// [a front server](Self::receive_variables)), then in the [connection](Self::set_connection), and
/// then in the [base](Self::set_base).
///
/// A new environ has no variables and an empty input. Its errors go to standard error, and all
/// flags are false.
///
/// The `Debug` form shows every variable, but no [secret values](crate::Redacted).
///
/// ```
/// use wsgi_environ::Environ;
///
/// let mut environ = Environ::new();
/// environ.set("REQUEST_METHOD", "GET");
/// environ.set("PATH_INFO", b"/caf\xe9"); // not UTF-8, but kept
///
/// assert_eq!(environ.request_method(), "GET");
/// assert_eq!(environ.path_info(), b"/caf\xe9");
/// assert!(environ.get("QUERY_STRING").is_none());
/// assert_eq!(environ.url_scheme(), "http");
/// ```
#[derive(Default)]
pub struct Environ {
    changes: Changes,
    request: Live,
    connection: Option<Attached<Self>>,
    base: Option<Arc<Base>>,
    url_scheme: Option<Cow<'static, str>>,
    input: Input,
    errors: Option<Errors>,
    multithread: Option<bool>,
    multiprocess: Option<bool>,
    run_once: Option<bool>,
    extensions: Extensions,
    hooks: Vec<Hook<Self>>,
    /// The deadline, once it is set or shared.
    deadline: Option<Arc<Deadline<Self>>>,
    /// The number of the call among those of the connection.
    call: u64,
    /// Memory for [`shift_path`](Self::shift_path).
    scratch: Vec<u8>,
}

/// Variables.
impl Environ {
    /// An environ without variables.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The value of a variable. `None` if it is absent; an empty value is not absent.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Value<'_>> {
        self.find(name)
    }

    /// Whether a variable exists. It may be empty.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// Sets a variable, and replaces its old value.
    pub fn set(&mut self, name: impl AsRef<str>, value: impl AsRef<[u8]>) {
        self.changes.set(name.as_ref(), value.as_ref());
    }

    /// Removes a variable, wherever it came from. It may be absent.
    pub fn remove(&mut self, name: impl AsRef<str>) {
        self.changes.remove(name.as_ref());
    }

    /// All variables, each once, in no particular order. The names of received fields are built on
    /// the way.
    ///
    /// ```
    /// use wsgi_environ::Environ;
    ///
    /// let mut environ = Environ::new();
    /// environ.set("REMOTE_USER", "ada");
    /// environ.set("REMOTE_ADDR", "192.0.2.7");
    /// environ.remove("REMOTE_ADDR");
    /// let pairs: Vec<_> = environ.iter().map(|(name, value)| format!("{name}={value}")).collect();
    /// assert_eq!(pairs, ["REMOTE_USER=ada"]);
    /// ```
    pub fn iter(&self) -> impl Iterator<Item = (Cow<'_, str>, Value<'_>)> {
        let changed = self
            .changes
            .iter()
            .filter_map(|(name, change)| Some((Cow::Borrowed(name), Value::new(change.value()?))));
        let received = self.request.names();
        let connection = self
            .connection
            .iter()
            .flat_map(|connection| connection.get().names())
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

    /// All variables, sorted by name.
    ///
    /// ```
    /// use wsgi_environ::Environ;
    ///
    /// let mut environ = Environ::new();
    /// environ.set("REMOTE_USER", "ada");
    /// environ.set("AUTH_TYPE", "Basic");
    /// assert!(environ.to_map().keys().eq(["AUTH_TYPE", "REMOTE_USER"]));
    /// ```
    #[must_use]
    pub fn to_map(&self) -> BTreeMap<String, ValueBuf> {
        let mut map = BTreeMap::new();
        self.visit(|name, value| {
            map.insert(name.to_owned(), value.to_value_buf());
        });
        map
    }

    /// Moves the first `length` bytes of `PATH_INFO` to the end of `SCRIPT_NAME`, or all bytes if
    /// there are fewer. The application below is mounted there.
    ///
    /// Unlike [`shift_path_info`](crate::shift_path_info), it normalizes nothing. Once warm, it
    /// allocates nothing.
    ///
    /// ```
    /// use wsgi_environ::Environ;
    ///
    /// let mut environ = Environ::new();
    /// environ.set("PATH_INFO", "/blog/2026/march");
    /// environ.shift_path("/blog".len());
    /// assert_eq!(environ.script_name(), "/blog");
    /// assert_eq!(environ.path_info(), "/2026/march");
    /// ```
    pub fn shift_path(&mut self, length: usize) {
        const PATH: NameSet = NameSet::of(&["SCRIPT_NAME", "PATH_INFO"]);
        match self.request.mount() {
            Some(mount) if !self.changes.may_have(PATH) => {
                let length = u32::try_from(length).unwrap_or(u32::MAX);
                self.request.set_mount(mount.saturating_add(length));
            }
            _ => self.split_path(length),
        }
    }

    /// The same for a mount and a path that are not one text.
    fn split_path(&mut self, length: usize) {
        let mut path = std::mem::take(&mut self.scratch);
        path.clear();
        path.extend_from_slice(self.script_name().as_bytes());
        let mount = path.len().saturating_add(length);
        path.extend_from_slice(self.path_info().as_bytes());
        let (script_name, path_info) = path.split_at(mount.min(path.len()));
        self.set("SCRIPT_NAME", script_name);
        self.set("PATH_INFO", path_info);
        self.scratch = path;
    }

    #[inline(always)] // so that a name that is known is not compared with others
    fn find(&self, name: &str) -> Option<Value<'_>> {
        let value = match self.changes.get(name) {
            Some(change) => change.value(),
            None => self.unchanged(name),
        };
        value.map(Value::new)
    }

    /// The variable of a field that nearly every program asks for.
    #[inline(always)] // as above
    fn field(&self, known: KnownField) -> Option<Value<'_>> {
        let name = known.variable;
        let value = match self.changes.get(name) {
            Some(change) => change.value(),
            None => self.request.field(known).or_else(|| self.elsewhere(name)),
        };
        value.map(Value::new)
    }

    #[inline(always)] // as above
    fn unchanged(&self, name: &str) -> Option<&[u8]> {
        self.request.get(name).or_else(|| self.elsewhere(name))
    }

    #[inline(always)] // as above
    fn elsewhere(&self, name: &str) -> Option<&[u8]> {
        self.connected(name)
            .or_else(|| self.base.as_deref()?.get(name))
    }

    fn connected(&self, name: &str) -> Option<&[u8]> {
        self.connection.as_ref()?.get().variable(name)
    }

    #[inline(always)] // as above
    fn value_or_empty(&self, name: &str) -> Value<'_> {
        self.find(name).unwrap_or(Value::new(b""))
    }
}

/// Extensions and hooks of middleware.
impl Environ {
    /// The extension of type `T`. There is at most one of each type.
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

    /// The extension of type `T`, mutable.
    ///
    /// ```
    /// use wsgi_environ::Environ;
    ///
    /// struct Visits(u64);
    ///
    /// let mut environ = Environ::new();
    /// environ.insert_extension(Visits(1));
    /// if let Some(visits) = environ.extension_mut::<Visits>() {
    ///     visits.0 += 1;
    /// }
    /// assert_eq!(environ.remove_extension::<Visits>().unwrap().0, 2);
    /// assert!(environ.extension::<Visits>().is_none());
    /// ```
    pub fn extension_mut<T: Any + Send>(&mut self) -> Option<&mut T> {
        self.extensions.get_mut()
    }

    /// Adds an extension, and returns the one of its type that it replaces.
    ///
    /// A gateway that uses the environ again drops the value after the request. For the next one it
    /// keeps the memory that the value was in: [`size_of`] its type. So box large values.
    pub fn insert_extension<T: Any + Send>(&mut self, value: T) -> Option<T> {
        self.extensions.insert(value)
    }

    /// The extension of type `T`, added with its default value if the request has none. A gateway
    /// that uses the environ again keeps its memory.
    pub fn reusable_extension<T: ReusableExtension>(&mut self) -> &mut T {
        self.extensions.reusable()
    }

    /// Removes and returns the extension of type `T`.
    pub fn remove_extension<T: Any + Send>(&mut self) -> Option<T> {
        self.extensions.remove()
    }

    /// Adds a hook that runs once, after the last byte of the response left or the client went
    /// away. Hooks run in the order in which they were added.
    ///
    /// ```
    /// use std::time::{Duration, SystemTime};
    /// use wsgi_environ::{End, Environ, Errors, Outcome};
    ///
    /// let (errors, log) = Errors::buffer();
    /// let mut environ = Environ::new();
    /// environ.set_errors(errors);
    /// environ.on_finished(|environ, outcome| {
    ///     environ.errors().print(format_args!("{} bytes sent", outcome.bytes_sent()));
    /// });
    ///
    /// // Later, in the gateway:
    /// let outcome = Outcome::new(End::Complete, SystemTime::now(), Duration::ZERO);
    /// let panics = environ.run_hooks(&outcome.with_bytes(13, 0));
    /// assert!(panics.is_empty());
    /// assert_eq!(log.contents(), b"13 bytes sent\n");
    /// ```
    pub fn on_finished(&mut self, hook: impl FnOnce(&Self, &Outcome) + Send + 'static) {
        self.hooks.push(Hook::Own(Box::new(hook)));
    }

    /// Adds a hook that all requests share, as [`on_finished`](Self::on_finished) does. Once the
    /// environ is warm, this allocates nothing.
    ///
    /// ```
    /// use std::sync::{Arc, atomic::{AtomicU64, Ordering}};
    /// use std::time::{Duration, SystemTime};
    /// use wsgi_environ::{End, Environ, Outcome};
    ///
    /// let sent = Arc::new(AtomicU64::new(0));
    /// let hook = Arc::new({
    ///     let sent = sent.clone();
    ///     move |_: &Environ, outcome: &Outcome| {
    ///         sent.fetch_add(outcome.bytes_sent(), Ordering::Relaxed);
    ///     }
    /// });
    /// for _request in 0..3 {
    ///     let mut environ = Environ::new();
    ///     environ.on_finished_shared(hook.clone());
    ///     let outcome = Outcome::new(End::Complete, SystemTime::now(), Duration::ZERO);
    ///     assert!(environ.run_hooks(&outcome.with_bytes(13, 0)).is_empty());
    /// }
    /// assert_eq!(sent.load(Ordering::Relaxed), 39);
    /// ```
    pub fn on_finished_shared(&mut self, hook: SharedHook) {
        self.hooks.push(Hook::Shared(hook));
    }
}

/// Shows values [without secrets](crate::Redacted).
impl fmt::Debug for Environ {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Environ")
            .field("variables", &Shown(self.to_map()))
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
