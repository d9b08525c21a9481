//! What servers and gateways do with an environ, from one request to the next.

use std::sync::Arc;

use crate::{Base, Connection, Environ, Outcome, Received, finished};

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
