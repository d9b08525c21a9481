//! A tower service as an application.

mod request;
mod response;

use std::{
    error::Error as StdError,
    fmt,
    future::poll_fn,
    pin::{Pin, pin},
    sync::Arc,
};

use http::{Request, Response};
use http_body::Body as HttpBody;
use tower_service::Service;
use wsgi_application::{Application, Body, Environ, Result, StartResponse, Status};

use crate::{park::park, request_body::RequestBody};

/// Runs a future to its end.
pub(crate) type BlockOn = dyn Fn(Pin<&mut (dyn Future<Output = ()> + '_)>) + Send + Sync;

/// A tower [`Service`] as an [`Application`], for any WSGI server: a router of axum, or an
/// application with layers of tower around it.
///
/// Each call runs a clone of the service to its end on the server's thread, first until it is
/// ready. The body of the response is streamed: each of its frames is a chunk that is sent at once.
/// Its trailers are dropped.
///
/// The service gets the path below the mount point, `PATH_INFO`, as a router of axum expects it.
/// Among the extensions of its request are those of an [`http::Extensions`] in the environ, and the
/// client's address as [`SocketAddr`](std::net::SocketAddr). Fields of the connection are removed
/// in both directions. Only `Connection` and the fields that it names reach the service, which has
/// to remove them if it is a proxy (RFC 9110 section 7.6.1).
///
/// An error of the service is an error of the application: it is logged, and answered with 500.
///
/// ```
/// use axum::{Router, extract::Path, routing::get};
/// use wsgi_testing::Request;
/// use wsgi_tower::ServiceApplication;
///
/// let hello = async |Path(name): Path<String>| format!("Hello {name}!\n");
/// let app = ServiceApplication::new(Router::new().route("/hello/{name}", get(hello)));
///
/// assert_eq!(Request::get("/hello/ada").call(&app).text(), "Hello ada!\n");
/// assert_eq!(Request::get("/").call(&app).status().code(), 404);
/// ```
#[derive(Clone)]
pub struct ServiceApplication<S> {
    service: S,
    block_on: Arc<BlockOn>,
}

impl<S> ServiceApplication<S> {
    /// An application that runs the service by [`park`]. That suffices for a service that waits for
    /// nothing but other threads. One with timers or sockets needs a runtime, see
    /// [`block_on`](Self::block_on).
    #[must_use]
    pub fn new(service: S) -> Self {
        Self {
            service,
            block_on: Arc::new(|future| park(future)),
        }
    }

    /// Sets the function that runs a future to its end on the current thread, such as the
    /// `block_on` of a runtime. It is called several times for each request, also for the body of
    /// the response after the call. It must not be called within the same runtime: so the WSGI
    /// server must not run on its threads.
    ///
    /// ```
    /// use axum::{Router, routing::get};
    /// use tokio::{runtime, time};
    /// use wsgi_testing::Request;
    /// use wsgi_tower::ServiceApplication;
    ///
    /// let runtime = runtime::Builder::new_multi_thread().enable_time().build()?;
    /// let handle = runtime.handle().clone();
    /// let router = Router::new().route("/", get(async || {
    ///     time::sleep(time::Duration::from_millis(1)).await;
    ///     "awake\n"
    /// }));
    /// let app = ServiceApplication::new(router).block_on(move |future| handle.block_on(future));
    /// assert_eq!(Request::get("/").call(&app).text(), "awake\n");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn block_on(
        mut self,
        block_on: impl Fn(Pin<&mut (dyn Future<Output = ()> + '_)>) + Send + Sync + 'static,
    ) -> Self {
        self.block_on = Arc::new(block_on);
        self
    }
}

impl<S, B> Application for ServiceApplication<S>
where
    S: Service<Request<RequestBody>, Response = Response<B>> + Clone + Send + Sync,
    S::Error: Into<Box<dyn StdError + Send + Sync>>,
    B: HttpBody + Send + 'static,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
{
    fn call(&self, environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
        let Some(request) = request::from_environ(environ) else {
            start_response.start(Status::BAD_REQUEST, [("Content-Type", "text/plain")])?;
            return Ok("400 Bad Request\n".into());
        };
        let is_head = request.method() == http::Method::HEAD;
        let mut service = self.service.clone();
        let response = run(&*self.block_on, async {
            poll_fn(|context| service.poll_ready(context)).await?;
            service.call(request).await
        })?;
        let (parts, body) = response.map_err(Into::into)?.into_parts();
        let known = (!is_head).then(|| body.size_hint().exact()).flatten();
        let (status, headers) = response::head(&parts, known)?;
        start_response.start(status, headers)?;
        Ok(match body.is_end_stream() {
            true => Body::empty(),
            false => Body::chunks(response::Chunks::new(body, Arc::clone(&self.block_on))),
        })
    }
}

/// Runs a future to its end.
fn run<F: Future>(block_on: &BlockOn, future: F) -> Result<F::Output> {
    let mut output = None;
    {
        let future = pin!(async { output = Some(future.await) });
        block_on(future);
    }
    output.ok_or_else(|| "the `block_on` of a service returned before the future's end".into())
}

impl<S> fmt::Debug for ServiceApplication<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServiceApplication").finish_non_exhaustive()
    }
}
