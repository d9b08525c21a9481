//! Sessions as a layer of tower.

mod around;
mod session_future;
mod session_service;
mod visit;

use http::Uri;
use tower_layer::Layer;
use wsgi_environ::Errors;
use wsgi_sessions::Sessions;

use crate::pool::Pool;

pub(crate) use around::Around;
pub use session_future::SessionFuture;
pub use session_service::SessionService;

/// A [`Layer`] that puts the visitor's [`Session`](wsgi_sessions::Session) among the extensions of
/// each request, for axum and all other services of tower.
///
/// The calls of the store block, so they run on a [`Pool`] of the layer's own, and not on the
/// threads of the async runtime. If the request presents the id of a session, the session is loaded
/// before the service is called. When the head of the response is there, the session is saved, and
/// its cookie is set.
///
/// With the session loaded, its reads and plain edits (`get`, `insert`, `remove`) do not ask the
/// store. Those methods that save at once do, such as `update` and `end`. Run them by
/// [`Pool::run`]: the layer's pool is an extension of the request, too. If a layer is around an
/// [`ApplicationService`](crate::ApplicationService), the application has the session as an
/// extension of its environ, and may call any method.
///
/// Two requests of one visitor at the same time lose nothing: `update` is atomic, and plain edits
/// are replayed on what the other request has saved. Responses to visitors are kept out of shared
/// caches (RFC 9111 section 7.3), as
/// [`with_session`](wsgi_middleware::with_session) does it. So are the failures: 503 if the store
/// fails, and 409 if the changes of a request come too late. A session that is not used is not
/// saved, and sets no cookie. Nothing is saved if the service returns an error or its future is
/// dropped, except by `update` and the like.
///
/// A layer inside another one that has the same [`Sessions`] uses the session of the outer one,
/// which saves it. So does a layer in a [`ServiceApplication`](crate::ServiceApplication) inside a
/// [`SessionMiddleware`](wsgi_middleware::SessionMiddleware).
///
/// ```
/// use axum::{Extension, Router, routing::get};
/// use http_body_util::BodyExt;
/// use tower::ServiceExt;
/// use wsgi_sessions::{Error, MemoryStore, Session, Sessions};
/// use wsgi_tower::{SessionLayer, park};
///
/// async fn greet(Extension(session): Extension<Session>) -> String {
///     let name: Option<String> = session.get("name").ok().flatten();
///     let _ = session.insert("name", "Ada");
///     format!("Hello {}!", name.as_deref().unwrap_or("stranger"))
/// }
///
/// let sessions = SessionLayer::new(Sessions::new(MemoryStore::new()));
/// let router = Router::new().route("/", get(greet)).layer(sessions);
/// let call = |cookie: &str| {
///     let request = http::Request::get("/").header("Cookie", cookie);
///     let request = request.body(axum::body::Body::empty()).unwrap();
///     let (head, body) = park(router.clone().oneshot(request)).unwrap().into_parts();
///     (head.headers, park(body.collect()).unwrap().to_bytes())
/// };
///
/// let (headers, body) = call("");
/// assert_eq!(body, "Hello stranger!");
/// let cookie = headers["set-cookie"].to_str()?.split(';').next().unwrap();
/// assert_eq!(call(cookie).1, "Hello Ada!");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct SessionLayer {
    pub(crate) sessions: Sessions,
    pub(crate) pool: Pool,
    pub(crate) https: Option<bool>,
    pub(crate) errors: Errors,
}

impl SessionLayer {
    /// The number of threads for the calls of the store: 8.
    pub const DEFAULT_THREADS: usize = 8;

    /// A layer with a pool of [`DEFAULT_THREADS`](Self::DEFAULT_THREADS), which its clones and its
    /// services share.
    #[must_use]
    pub fn new(sessions: Sessions) -> Self {
        Self {
            sessions,
            pool: Pool::new(Self::DEFAULT_THREADS),
            https: None,
            errors: Errors::stderr(),
        }
    }

    /// Sets the number of threads for the calls of the store; default: 8
    /// ([`DEFAULT_THREADS`](Self::DEFAULT_THREADS)).
    #[must_use]
    pub fn threads(mut self, threads: usize) -> Self {
        self.pool = Pool::new(threads);
        self
    }

    /// Sets whether the visitors come by https, which decides the name of the cookie and its
    /// `Secure`; default: what the URI of the request says. Over HTTP/1 it says nothing, which
    /// counts as http. So set it if the visitors come by TLS, whether hyper does it or a server in
    /// front: otherwise the cookie over HTTP/1 is another one than over HTTP/2.
    #[must_use]
    pub fn https(mut self, https: bool) -> Self {
        self.https = Some(https);
        self
    }

    /// Sets the stream for the log of failures; default: standard error.
    #[must_use]
    pub fn errors(mut self, errors: Errors) -> Self {
        self.errors = errors;
        self
    }

    /// The pool for the calls of the store.
    #[must_use]
    pub fn pool(&self) -> &Pool {
        &self.pool
    }

    pub(crate) fn is_https(&self, uri: &Uri) -> bool {
        self.https
            .unwrap_or_else(|| uri.scheme_str() == Some("https"))
    }
}

impl<S> Layer<S> for SessionLayer {
    type Service = SessionService<S>;

    fn layer(&self, service: S) -> SessionService<S> {
        SessionService::new(service, self.clone())
    }
}
