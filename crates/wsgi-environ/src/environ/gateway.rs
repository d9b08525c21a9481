//! The methods of an environ for servers and gateways.

use std::{
    any::Any,
    mem,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use wsgi_headers::Value;

use crate::{
    base::Base,
    connection::{Attached, Connection, WatchedConnection},
    discard::discard,
    environ::Environ,
    hook::Hook,
    invalid_variable::InvalidVariable,
    live::{Encoded, Field, Received, target},
    outcome::Outcome,
};

/// For servers and gateways.
impl Environ {
    /// Sets the live request from a request head, in the memory that this environ already has.
    /// `fields` are those of the head, in the order received, as offsets into it.
    ///
    /// The environ then has these variables:
    ///
    /// - `REQUEST_METHOD`, `QUERY_STRING`, `REQUEST_URI` (the target as received) and
    ///   `SERVER_PROTOCOL`.
    /// - An empty `SCRIPT_NAME`, and `PATH_INFO`, percent-decoded: `%2F` becomes a slash, and an
    ///   invalid escape stays as it is.
    /// - `CONTENT_TYPE` and `CONTENT_LENGTH`, from the first field of that name.
    /// - `HTTP_*` for the other fields, such as `HTTP_USER_AGENT` for `User-Agent`. Repeated fields
    ///   are joined with a comma and a space, cookies with a semicolon and a space (RFC 3875
    ///   section 4.1.18, RFC 9110 section 5.3).
    /// - `HTTP_HOST`, from the authority of the target if it has one, and from `Host` otherwise.
    ///
    /// These fields have no variable: `Proxy`; names with an underscore, which would collide; and
    /// `Transfer-Encoding`, since the input is already decoded. Other hop-by-hop fields have one.
    ///
    /// ```
    /// use wsgi_environ::{Environ, Field, Received};
    ///
    /// let mut environ = Environ::new();
    /// let received = Received {
    ///     head: b"GET /a%20b?c HTTP/1.1\r\nUser-Agent: curl\r\n\r\n",
    ///     method: (0, 3),
    ///     target: (4, 12),
    ///     path: (4, 10),
    ///     has_escapes: true,
    ///     query: (11, 12),
    ///     authority: None,
    ///     protocol: "HTTP/1.1",
    /// };
    /// environ.receive(&received, [Field { name: (23, 33), value: (35, 39) }]);
    /// assert_eq!(environ.path_info(), "/a b");
    /// assert_eq!(environ.get("REQUEST_URI").unwrap(), "/a%20b?c");
    /// assert_eq!(environ.get("HTTP_USER_AGENT").unwrap(), "curl");
    /// ```
    #[inline]
    pub fn receive(&mut self, received: &Received<'_>, fields: impl IntoIterator<Item = Field>) {
        self.request.receive(received, fields);
    }

    /// Sets the live request from the variables of a front server (CGI, FastCGI, SCGI or uwsgi; RFC
    /// 3875 section 4.1), in the memory that this environ already has.
    ///
    /// Each of `variables` is a name and a value as offsets into `text`. A pair outside the first
    /// gibibyte of `text` reads as empty. The variables are kept unchanged, with these exceptions:
    ///
    /// - Repeated variables: the last one counts, since front servers may be configured twice. But
    ///   lines of a header field, `HTTP_*`, are joined as in an HTTP request, since some front
    ///   servers do not join them. Fields that are not lists, such as `HTTP_HOST`, are not joined.
    /// - Invalid variables are dropped: those whose name is not a token, and those whose value has
    ///   a NUL. The values of `HTTP_*`, `CONTENT_TYPE`, `QUERY_STRING`, `REQUEST_URI` and
    ///   `SERVER_PROTOCOL` may have no control character but a tab. `SCRIPT_NAME` and `PATH_INFO`
    ///   are never dropped, since the request would then be for another page.
    /// - Dangerous variables are dropped: `HTTP_PROXY`, which would configure an application's HTTP
    ///   clients (CVE-2016-5385); `HTTP_CONTENT_TYPE` and `HTTP_CONTENT_LENGTH`, which have
    ///   variables without the prefix; and `HTTP_TRANSFER_ENCODING`, since the front server has
    ///   decoded the input.
    /// - `CONTENT_TYPE`, `CONTENT_LENGTH`, `AUTH_TYPE`, `REMOTE_USER`, `REMOTE_IDENT`,
    ///   `SERVER_NAME` and `SERVER_PORT` are absent if they are empty.
    /// - `SCRIPT_NAME`, `PATH_INFO` and `QUERY_STRING` are empty if they are absent.
    ///   `SERVER_PROTOCOL` is then `HTTP/1.0`.
    /// - `SCRIPT_NAME` is empty if it is `/`, which is the same (RFC 3875 section 4.1.13). If
    ///   `PATH_INFO` is empty too, it becomes `/`.
    ///
    /// [`url_scheme`](Self::url_scheme) is guessed from `HTTPS`, unless it is set. Front servers
    /// disagree on `SCRIPT_NAME` and `PATH_INFO`: see [`derive_path`](Self::derive_path).
    ///
    /// # Errors
    ///
    /// `REQUEST_METHOD` is absent or not a token, or `CONTENT_LENGTH` is not a number or does not
    /// fit in 64 bits. There is no live request then.
    ///
    /// ```
    /// use wsgi_environ::{Environ, Field};
    ///
    /// let text = b"REQUEST_METHODGETPATH_INFO/a bHTTPSon";
    /// let mut environ = Environ::new();
    /// environ.receive_variables(text, [
    ///     Field { name: (0, 14), value: (14, 17) },
    ///     Field { name: (17, 26), value: (26, 30) },
    ///     Field { name: (30, 35), value: (35, 37) },
    /// ])?;
    /// assert_eq!(environ.request_method(), "GET");
    /// assert_eq!(environ.path_info(), "/a b");
    /// assert_eq!(environ.get("QUERY_STRING").unwrap(), "");
    /// assert_eq!(environ.url_scheme(), "https");
    /// # Ok::<(), wsgi_environ::InvalidVariable>(())
    /// ```
    pub fn receive_variables(
        &mut self,
        text: &[u8],
        variables: impl IntoIterator<Item = Field>,
    ) -> Result<(), InvalidVariable> {
        self.request.receive_variables(text, variables)
    }

    /// Sets the live request as [`receive_variables`](Self::receive_variables) does, from variables
    /// in a gateway's encoding. They are read when one is asked for, other than `REQUEST_METHOD`.
    ///
    /// # Errors
    ///
    /// `REQUEST_METHOD` is absent or not a token. There is no live request then.
    ///
    /// ```
    /// use wsgi_environ::{Encoded, Environ, Field};
    ///
    /// let mut environ = Environ::new();
    /// environ.receive_encoded(&Encoded {
    ///     text: b"REQUEST_METHOD=GET\nPATH_INFO=/a b\n",
    ///     method: Some((15, 18)),
    ///     read: |text, variables| {
    ///         let mut at = 0;
    ///         for line in text.split_inclusive(|&byte| byte == b'\n') {
    ///             let sign = line.iter().position(|&byte| byte == b'=').unwrap_or(0) as u32;
    ///             let end = at + line.len() as u32;
    ///             let (name, value) = ((at, at + sign), (at + sign + 1, end - 1));
    ///             variables.push(Field { name, value });
    ///             at = end;
    ///         }
    ///     },
    /// })?;
    /// assert_eq!(environ.request_method(), "GET");
    /// assert_eq!(environ.path_info(), "/a b");
    /// # Ok::<(), wsgi_environ::InvalidVariable>(())
    /// ```
    pub fn receive_encoded(&mut self, encoded: &Encoded<'_>) -> Result<(), InvalidVariable> {
        self.request.receive_encoded(encoded)
    }

    /// Sets `SCRIPT_NAME`, and sets `PATH_INFO` to the rest of the path in `REQUEST_URI`. It is for
    /// an application that knows its mount in a front server.
    ///
    /// Depending on their configuration, front servers pass another script name or none, and some
    /// merge slashes in the path or keep `%2F`. This method is exact: it decodes the path as
    /// [`receive`](Self::receive) does. `script_name` is decoded, and slashes at its end are
    /// ignored. It matches whole segments: after `/app` comes `/x` or nothing.
    ///
    /// Returns false, and changes no variable, if the request has no `REQUEST_URI` or is for
    /// another path, such as one that the front server rewrote.
    ///
    /// # Errors
    ///
    /// [`InvalidVariable::RequestUri`]: the path has an escape that cannot be decoded, or `%00`.
    ///
    /// ```
    /// use wsgi_environ::Environ;
    ///
    /// let mut environ = Environ::new();
    /// environ.set("SCRIPT_NAME", "/app/menu");
    /// environ.set("REQUEST_URI", "/app/caf%C3%A9%2Fmenu?day=7");
    /// assert!(environ.derive_path("/app")?);
    /// assert_eq!(environ.script_name(), "/app");
    /// assert_eq!(environ.path_info(), "/caf\u{e9}/menu");
    ///
    /// assert!(!environ.derive_path("/other")?);
    /// assert_eq!(environ.script_name(), "/app");
    /// # Ok::<(), wsgi_environ::InvalidVariable>(())
    /// ```
    pub fn derive_path(&mut self, script_name: impl AsRef<[u8]>) -> Result<bool, InvalidVariable> {
        let mut script_name = script_name.as_ref();
        while let Some(shorter) = script_name.strip_suffix(b"/") {
            script_name = shorter;
        }
        let mut path = mem::take(&mut self.scratch);
        path.clear();
        let uri = self.get("REQUEST_URI").map(Value::as_bytes);
        let method = self.request_method().as_bytes();
        let derived = match uri.and_then(|uri| target::path(method, uri)) {
            None => Ok(false),
            Some(encoded) => match target::decode(encoded, &mut path) {
                None => Err(InvalidVariable::RequestUri),
                Some(()) => Ok(path
                    .strip_prefix(script_name)
                    .is_some_and(|rest| matches!(rest.first(), None | Some(b'/')))),
            },
        };
        if let Ok(true) = derived {
            self.set("SCRIPT_NAME", script_name);
            self.set("PATH_INFO", &path[script_name.len()..]);
        }
        self.scratch = path;
        derived
    }

    /// Sets the base that all requests share. Setting the same one again costs nothing.
    pub fn set_base(&mut self, base: &Arc<Base>) {
        if !self
            .base
            .as_ref()
            .is_some_and(|known| Arc::ptr_eq(known, base))
        {
            self.base = Some(Arc::clone(base));
        }
    }

    /// Sets the connection of the request. Setting the same one again costs nothing.
    ///
    /// A deadline of the request is only obeyed by the thread of the call. On a
    /// [watched connection](Self::set_watched_connection), another thread watches over it.
    pub fn set_connection(&mut self, connection: &Arc<dyn Connection>) {
        if !matches!(&self.connection, Some(Attached::Plain(known)) if Arc::ptr_eq(known, connection))
        {
            self.connection = Some(Attached::Plain(connection.clone()));
        }
    }

    /// Sets the connection of the request, which [watches](WatchedConnection::watch) over its
    /// deadline. Setting the same one again costs nothing.
    #[inline]
    pub fn set_watched_connection(&mut self, connection: &Arc<dyn WatchedConnection<Self>>) {
        if !matches!(&self.connection, Some(Attached::Watched(known)) if Arc::ptr_eq(known, connection))
        {
            self.connection = Some(Attached::Watched(connection.clone()));
        }
    }

    /// Sets the number of the call that the environ is for, among those of its connection. A
    /// deadline that is set from now on [has](crate::Deadline::call) this number.
    #[inline]
    pub fn set_call(&mut self, number: u64) {
        self.call = number;
    }

    /// The connection, which stays attached. A body that outlives the call can keep it, and see
    /// whether the client is still there.
    ///
    /// To [set](Self::set_connection) it again on this environ would end the watch over deadlines
    /// of a [watched connection](Self::set_watched_connection).
    ///
    /// ```
    /// use wsgi_environ::Environ;
    ///
    /// fn is_wanted(environ: &Environ) -> impl Fn() -> bool + 'static {
    ///     let connection = environ.connection();
    ///     move || connection.as_ref().is_none_or(|connection| connection.is_connected())
    /// }
    ///
    /// let environ = Environ::new();
    /// assert!(environ.connection().is_none());
    /// assert!(is_wanted(&environ)(), "nobody can tell");
    /// ```
    #[must_use]
    pub fn connection(&self) -> Option<Arc<dyn Connection>> {
        self.connection.as_ref().map(Attached::share)
    }

    /// Removes and returns the connection, and removes its variables.
    ///
    /// ```
    /// use wsgi_environ::Environ;
    ///
    /// let mut environ = Environ::new();
    /// assert!(environ.take_connection().is_none());
    /// ```
    pub fn take_connection(&mut self) -> Option<Arc<dyn Connection>> {
        self.connection.take().map(Attached::into_inner)
    }

    /// Whether the client is still there; true if the gateway cannot tell.
    #[must_use]
    pub fn is_client_connected(&self) -> bool {
        self.connection
            .as_ref()
            .is_none_or(|connection| connection.get().is_connected())
    }

    /// Whether hooks wait for the end of the request.
    ///
    /// ```
    /// use wsgi_environ::Environ;
    ///
    /// let mut environ = Environ::new();
    /// assert!(!environ.has_hooks());
    /// environ.on_finished(|_environ, _outcome| {});
    /// assert!(environ.has_hooks());
    /// ```
    #[must_use]
    pub fn has_hooks(&self) -> bool {
        !self.hooks.is_empty()
    }

    /// Runs the hooks, each once, and returns the payloads of those that panicked, as
    /// [`catch_unwind`] does. A panic does not stop the next hook.
    ///
    /// The drop of a payload may panic. `wsgi_gateway::run_hooks` takes care of it, and logs
    /// the panics.
    #[must_use = "the payload of a panic may panic when it is dropped"]
    pub fn run_hooks(&mut self, outcome: &Outcome) -> Vec<Box<dyn Any + Send>> {
        if self.hooks.is_empty() {
            return Vec::new();
        }
        let mut hooks = mem::take(&mut self.hooks);
        if self
            .deadline
            .as_ref()
            .is_some_and(|deadline| deadline.has_passed())
        {
            hooks.retain(|hook| !matches!(hook, Hook::FinishedOrOverdue(_))); // they have run
        }
        let mut panics = Vec::new();
        // Most requests have one hook at most, and the end of a drain would cost more than it does.
        hooks.reverse();
        while let Some(hook) = hooks.pop() {
            let run = AssertUnwindSafe(|| hook.run(self, outcome));
            if let Err(payload) = catch_unwind(run) {
                panics.push(payload);
            }
        }
        self.hooks = hooks;
        panics
    }

    /// Removes the request, and keeps the memory for the next one.
    ///
    /// It removes everything that was set on this environ: variables, the live request, scheme,
    /// input, errors, flags, extensions and hooks (which do not run). The base and the connection
    /// stay until they are replaced. It does not panic, even if a value of the application panics
    /// when it is dropped.
    ///
    /// ```
    /// use wsgi_environ::Environ;
    ///
    /// let mut environ = Environ::new();
    /// environ.set("REMOTE_USER", "ada");
    /// environ.clear();
    /// assert!(!environ.contains("REMOTE_USER"));
    /// ```
    #[inline]
    pub fn clear(&mut self) {
        self.changes.clear();
        self.request.clear();
        self.input.clear();
        self.multithread = None;
        self.multiprocess = None;
        self.run_once = None;
        // Most requests have none of these.
        if self.url_scheme.is_some()
            || self.errors.is_some()
            || self.extensions.has_any()
            || !self.hooks.is_empty()
            || self.deadline.is_some()
        {
            self.clear_additions();
        }
    }

    /// Clears what middleware and some gateways add.
    #[inline(never)]
    fn clear_additions(&mut self) {
        self.url_scheme = None;
        discard(self.errors.take());
        self.extensions.clear();
        self.hooks.drain(..).for_each(discard);
        discard(self.deadline.take());
    }
}
