//! The connection of a request.

use std::sync::Arc;

use crate::deadline::Deadline;

/// The connection of a request: its variables, and whether the client is still there.
///
/// A server implements it for each kind of connection and passes it to
/// [`Environ::set_connection`](crate::Environ::set_connection).
///
/// ```
/// use std::sync::Arc;
/// use wsgi_environ::{Connection, Environ};
///
/// struct Tcp { address: String }
///
/// impl Connection for Tcp {
///     fn variable(&self, name: &str) -> Option<&[u8]> {
///         (name == "REMOTE_ADDR").then_some(self.address.as_bytes())
///     }
///     fn names(&self) -> &[&str] {
///         &["REMOTE_ADDR"]
///     }
///     fn is_connected(&self) -> bool {
///         true
///     }
/// }
///
/// let connection: Arc<dyn Connection> = Arc::new(Tcp { address: "192.0.2.7".into() });
/// let mut environ = Environ::new();
/// environ.set_connection(&connection);
/// assert_eq!(environ.get("REMOTE_ADDR").unwrap(), "192.0.2.7");
/// assert!(environ.is_client_connected());
/// ```
pub trait Connection: Send + Sync {
    /// The variable of this name, such as `REMOTE_ADDR` or `REMOTE_PORT`
    /// (RFC 3875 sections 4.1.8 and 4.1.9).
    fn variable(&self, name: &str) -> Option<&[u8]>;

    /// The names of all variables that [`variable`](Self::variable) may return, each once.
    fn names(&self) -> &[&str];

    /// Whether the client is still connected, as far as the server knows. It may make a system
    /// call, but never blocks.
    fn is_connected(&self) -> bool;
}

/// A connection that watches over the deadlines of its requests, on another thread.
///
/// A server passes it to
/// [`Environ::set_watched_connection`](crate::Environ::set_watched_connection). On another
/// connection, a deadline is only obeyed by the thread of the call. A request has the type `R`,
/// which is an [`Environ`](crate::Environ).
///
/// ```
/// use std::sync::{Arc, Mutex};
/// use std::time::{Duration, Instant};
/// use wsgi_environ::{Connection, Deadline, Environ, WatchedConnection};
///
/// #[derive(Default)]
/// struct Tcp(Mutex<Option<Arc<Deadline<Environ>>>>);
///
/// impl WatchedConnection<Environ> for Tcp {
///     fn watch(self: Arc<Self>, deadline: &Arc<Deadline<Environ>>) {
///         // Another thread looks at it from time to time.
///         *self.0.lock().unwrap() = Some(Arc::clone(deadline));
///     }
/// }
///
/// impl Connection for Tcp {
///     fn variable(&self, _name: &str) -> Option<&[u8]> {
///         None
///     }
///     fn names(&self) -> &[&str] {
///         &[]
///     }
///     fn is_connected(&self) -> bool {
///         true
///     }
/// }
///
/// let tcp = Arc::new(Tcp::default());
/// let connection: Arc<dyn WatchedConnection<Environ>> = tcp.clone();
/// let mut environ = Environ::new();
/// environ.set_watched_connection(&connection);
/// let at = Instant::now() + Duration::from_secs(30);
/// environ.set_deadline(at);
/// assert_eq!(tcp.0.lock().unwrap().as_ref().unwrap().at(), Some(at));
/// ```
pub trait WatchedConnection<R>: Connection {
    /// Watches over the deadline of the request on this connection from now on. The moment of the
    /// deadline was just set, or changed.
    fn watch(self: Arc<Self>, deadline: &Arc<Deadline<R>>);
}

/// The connection that an environ has.
pub(crate) enum Attached<R> {
    Plain(Arc<dyn Connection>),
    Watched(Arc<dyn WatchedConnection<R>>),
}

impl<R: 'static> Attached<R> {
    #[inline]
    pub(crate) fn get(&self) -> &dyn Connection {
        match self {
            Self::Plain(connection) => &**connection,
            Self::Watched(connection) => &**connection,
        }
    }

    pub(crate) fn into_inner(self) -> Arc<dyn Connection> {
        match self {
            Self::Plain(connection) => connection,
            Self::Watched(connection) => connection,
        }
    }

    pub(crate) fn share(&self) -> Arc<dyn Connection> {
        match self {
            Self::Plain(connection) => connection.clone(),
            Self::Watched(connection) => connection.clone(),
        }
    }

    /// The same connection for a request without a deadline.
    pub(crate) fn unwatched(&self) -> Self {
        Self::Plain(self.share())
    }

    pub(crate) fn watch(&self, deadline: &Arc<Deadline<R>>) {
        if let Self::Watched(connection) = self {
            connection.clone().watch(deadline);
        }
    }
}
