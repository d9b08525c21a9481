//! The settings of an application as a service.

use std::{fmt, sync::Arc, time::Duration};

use http::request::Parts;
use wsgi_application::Application;
use wsgi_environ::{Base, Environ};
use wsgi_gateway::Engine;

use crate::{
    application_service::ApplicationService,
    pool::{LONGEST, Pool},
    shared::Shared,
};

/// The settings of an [`ApplicationService`].
///
/// ```
/// use std::{net::SocketAddr, time::Duration};
/// use wsgi_application::{Status, application};
/// use wsgi_environ::Base;
/// use wsgi_gateway::{Engine, diagnostics};
/// use wsgi_tower::{ApplicationService, Pool};
///
/// let app = application(|_environ, start_response| {
///     start_response.start(Status::OK, ())?;
///     Ok("Hello world!\n".into())
/// });
/// let pool = Pool::new(16);
/// let base = Base::new()
///     .variable("SERVER_NAME", "example.org")
///     .variable("SERVER_PORT", "443")
///     .url_scheme("https")
///     .multithread(true);
/// let service = ApplicationService::builder(app)
///     .pool(&pool)
///     .base(base)
///     .engine(Engine::new().error_output(diagnostics))
///     .script_name("/blog")
///     .prepare(|parts, environ| {
///         if let Some(version) = parts.headers.get("x-client-version") {
///             environ.set("CLIENT_VERSION", version);
///         }
///     })
///     .buffer(16 * 1024)
///     .read_timeout(Duration::from_secs(10))
///     .write_timeout(Duration::from_secs(10))
///     .build();
/// assert!(format!("{service:?}").contains("limit: 16"));
/// ```
#[must_use]
pub struct ApplicationServiceBuilder(Shared);

impl ApplicationService {
    /// A service with the defaults of [`builder`](Self::builder).
    #[must_use]
    pub fn new(application: impl Application + 'static) -> Self {
        Self::builder(application).build()
    }

    /// The settings of a service.
    pub fn builder(application: impl Application + 'static) -> ApplicationServiceBuilder {
        ApplicationServiceBuilder::new(Arc::new(application))
    }
}

impl ApplicationServiceBuilder {
    fn new(application: Arc<dyn Application>) -> Self {
        let base = Base::new()
            .variable("SERVER_NAME", "localhost")
            .variable("SERVER_PORT", "80")
            .variable(
                "SERVER_SOFTWARE",
                concat!("wsgi-tower/", env!("CARGO_PKG_VERSION")),
            )
            .multithread(true);
        Self(Shared {
            application,
            pool: Pool::default(),
            engine: Engine::new(),
            base: Arc::new(base),
            url_scheme: None,
            script_name: String::new(),
            prepare: None,
            buffer: 64 * 1024,
            read_timeout: Duration::from_secs(30),
            write_timeout: Duration::from_secs(30),
        })
    }

    /// Sets the pool; default: a pool of its own, with
    /// [`DEFAULT_THREADS`](Pool::DEFAULT_THREADS). Services that share a pool share its threads, so
    /// an application that waits for another service needs a pool of its own.
    pub fn pool(mut self, pool: &Pool) -> Self {
        self.0.pool = pool.clone();
        self
    }

    /// Sets what all environs have in common; default: `SERVER_NAME` is `localhost`, `SERVER_PORT`
    /// is 80, and the application is called by several threads.
    ///
    /// Set its scheme to `https` if the visitors come by TLS, also where hyper does it: over
    /// HTTP/1, a request does not say so, and sessions would have one cookie for each version of
    /// HTTP. A scheme that is set wins over that of a request's URI.
    pub fn base(mut self, base: Base) -> Self {
        self.0.base = Arc::new(base);
        self.0.url_scheme = url_scheme(&self.0.base);
        self
    }

    /// Sets the engine, with its error output and its log.
    pub fn engine(mut self, engine: Engine) -> Self {
        self.0.engine = engine;
        self
    }

    /// Sets `SCRIPT_NAME`; default: empty. It is the prefix that a router has removed from the path
    /// of each request, decoded and without a slash at its end, such as `/blog` for
    /// `nest_service("/blog", service)` of axum.
    pub fn script_name(mut self, script_name: impl Into<String>) -> Self {
        self.0.script_name = script_name.into();
        self
    }

    /// Sets a function that completes the environ of each request, on the thread of the
    /// application. It finds what the server knows in the extensions of the request, such as
    /// axum's `ConnectInfo`. Its panic is a 500.
    pub fn prepare(
        mut self,
        prepare: impl Fn(&Parts, &mut Environ) + Send + Sync + 'static,
    ) -> Self {
        self.0.prepare = Some(Arc::new(prepare));
        self
    }

    /// Sets the number of bytes of a body that wait for the application, and of one that wait for
    /// the client; default: 64 KiB each.
    pub fn buffer(mut self, bytes: usize) -> Self {
        self.0.buffer = bytes;
        self
    }

    /// Sets the time that a read of the request's body waits for bytes; default: 30 s. After it,
    /// the read fails with [`InputError::TimedOut`](wsgi_environ::InputError::TimedOut), for which
    /// the answer is 408. At most 365 days.
    pub fn read_timeout(mut self, timeout: Duration) -> Self {
        self.0.read_timeout = timeout.min(LONGEST);
        self
    }

    /// Sets the time that a write waits for a client that takes nothing; default: 30 s. After it,
    /// the write fails, and the response is cut. It holds for the senders of a channel, too. At
    /// most 365 days.
    pub fn write_timeout(mut self, timeout: Duration) -> Self {
        self.0.write_timeout = timeout.min(LONGEST);
        self
    }

    /// The service.
    #[must_use]
    pub fn build(self) -> ApplicationService {
        ApplicationService::from_shared(self.0)
    }
}

/// The scheme that was set in a base: the one that does not depend on a guess.
fn url_scheme(base: &Arc<Base>) -> Option<String> {
    let [scheme, other] = ["on", "off"].map(|https| {
        let mut environ = Environ::new();
        environ.set_base(base);
        environ.set("HTTPS", https);
        environ.url_scheme().to_owned()
    });
    (scheme == other).then_some(scheme)
}

impl fmt::Debug for ApplicationServiceBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApplicationServiceBuilder")
            .field("pool", &self.0.pool)
            .field("script_name", &self.0.script_name)
            .field("buffer", &self.0.buffer)
            .field("read_timeout", &self.0.read_timeout)
            .field("write_timeout", &self.0.write_timeout)
            .finish_non_exhaustive()
    }
}
