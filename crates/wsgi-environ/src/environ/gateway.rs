//! What servers and gateways do with an environ, from one request to the next.

use std::{any::Any, sync::Arc};

use crate::{
    Base, Connection, Environ, Field, InvalidVariable, Outcome, Received, discard::discard, hooks,
    live::target,
};

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

    /// Makes the variables that a front server hands over (RFC 3875 section 4.1) the live
    /// request, in the memory this environ has already: for CGI, FastCGI and SCGI.
    ///
    /// Each of `variables` is a name and a value as offsets into `text`; a pair that does not
    /// lie within the first gibibyte of `text` reads as empty. The variables come out as they
    /// came in, but for these:
    ///
    /// - of several with one name the last counts, as where a front server was told twice; but
    ///   lines of one header field, `HTTP_*`, are joined as those of an HTTP request are, which
    ///   some front servers leave to us, unless the field is no list, such as `HTTP_HOST`;
    /// - those whose name is no token are dropped, and those whose value has a NUL, or in
    ///   `HTTP_*`, `CONTENT_TYPE`, `QUERY_STRING`, `REQUEST_URI` and `SERVER_PROTOCOL` another
    ///   control character than a tab; but `SCRIPT_NAME` and `PATH_INFO` stay as they are, as
    ///   without them the request would be for another page;
    /// - so are `HTTP_PROXY`, which would configure the HTTP clients of an application
    ///   (CVE-2016-5385), `HTTP_CONTENT_TYPE` and `HTTP_CONTENT_LENGTH`, which stand without
    ///   the prefix, and `HTTP_TRANSFER_ENCODING`, as the front server has decoded the input;
    /// - `CONTENT_TYPE`, `CONTENT_LENGTH`, `AUTH_TYPE`, `REMOTE_USER`, `REMOTE_IDENT`,
    ///   `SERVER_NAME` and `SERVER_PORT` are absent where they are empty;
    /// - `SCRIPT_NAME`, `PATH_INFO` and `QUERY_STRING` are empty where they are absent,
    ///   `SERVER_PROTOCOL` is `HTTP/1.0`.
    ///
    /// [`url_scheme`](Self::url_scheme) guesses from `HTTPS`, unless it is set. Front servers
    /// do not agree on `SCRIPT_NAME` and `PATH_INFO`: see [`derive_path`](Self::derive_path).
    ///
    /// # Errors
    ///
    /// There is no `REQUEST_METHOD` or it is no token; `CONTENT_LENGTH` is no number, or one that
    /// 64 bits cannot hold. There is no live request then.
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

    /// Sets `SCRIPT_NAME`, and `PATH_INFO` to what follows it in the path of `REQUEST_URI`:
    /// for an application that knows where a front server has put it.
    ///
    /// Front servers name another script, or none, depending on how they were set up, and
    /// some merge slashes in the path or keep `%2F` in it. This is exact: the path is decoded
    /// as [`receive`](Self::receive) does it. `script_name` is written decoded, slashes at its
    /// end are ignored, and it matches whole segments: `/app` is followed by `/x` or nothing.
    ///
    /// False says that the request is for another path, such as one that the front server
    /// rewrote, or has no `REQUEST_URI`: all variables stay as they are.
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
        let mut path = std::mem::take(&mut self.scratch);
        path.clear();
        let uri = self.get("REQUEST_URI");
        let derived = match uri.and_then(|uri| target::path(uri.as_bytes())) {
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

    /// Runs the hooks, each once, and returns the payloads of those that panicked, as
    /// [`catch_unwind`](std::panic::catch_unwind) does. A panic does not stop the next hook.
    ///
    /// The drop of a payload may panic. `wsgi_gateway::run_hooks` takes care of it, and logs
    /// the panics.
    #[must_use = "the payload of a panic may panic when it is dropped"]
    pub fn run_hooks(&mut self, outcome: &Outcome) -> Vec<Box<dyn Any + Send>> {
        if self.hooks.is_empty() {
            return Vec::new();
        }
        let mut hooks = std::mem::take(&mut self.hooks);
        let panics = hooks::run(&mut hooks, self, outcome);
        self.hooks = hooks;
        panics
    }

    /// Forgets the request, and keeps the memory for the next one.
    ///
    /// All that was set on this environ goes: variables, the live request, scheme, input,
    /// errors, flags, extensions, hooks (which do not run). The base and the connection
    /// stay until they are replaced. Values of the application that panic when they are dropped
    /// are dropped all the same, each by itself: this does not panic.
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
        discard(self.errors.take());
        self.multithread = None;
        self.multiprocess = None;
        self.run_once = None;
        self.extensions.clear();
        self.hooks.drain(..).for_each(discard);
    }
}
