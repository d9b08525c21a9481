//! An application as a tower service.

use std::{
    convert::Infallible,
    error::Error as StdError,
    fmt,
    net::SocketAddr,
    sync::Arc,
    task::{Context, Poll},
    time::{Instant, SystemTime},
};

use http::{Request, Response, header::EXPECT};
use http_body::Body;
use tower_service::Service;

use crate::{
    conversation::{Client, Conversation, Intake},
    pool::{Acquire, Permit, Pool},
    request_body::BlockingBody,
    request_source::{OfBody, RequestSource},
    response_body::ResponseBody,
    response_future::ResponseFuture,
    shared::Shared,
    turn::{Seat, Turn},
};

/// An [`Application`] as a [`Service`] of `http` requests, for hyper, axum and the layers of tower.
///
/// The application runs on a [`Pool`] of threads, so it may block. `poll_ready` waits for a free
/// thread. A service that is called without it waits in its future. Nothing else is queued, and a
/// pool that was shut down answers 503. Errors and panics of the application are responses, so the
/// service itself never fails.
///
/// Bodies are streamed both ways. At most [`buffer`] bytes of each wait between the task of the
/// client and the thread of the application; a piece that is larger waits alone. Responses of known
/// bytes, files and channels ([`Body::channel`](wsgi_application::Body::channel)) hold no thread
/// while the client takes them.
///
/// A client that leaves drops the future or the body of the response. The next write of the
/// application fails, and its hooks run once, on a thread of the pool.
///
/// The environ has the variables of [`Environ::from_parts`](wsgi_environ::Environ::from_parts). If
/// the request has a [`SocketAddr`] as an extension, it is `REMOTE_ADDR` and `REMOTE_PORT`. All
/// extensions of the request are an extension of the environ, as [`http::Extensions`].
///
/// [`Application`]: wsgi_application::Application
/// [`buffer`]: crate::ApplicationServiceBuilder::buffer
///
/// ```
/// use std::time::Duration;
/// use http::{Request, StatusCode};
/// use tower_service::Service;
/// use wsgi_application::{Status, application};
/// use wsgi_tower::{ApplicationService, Pool};
/// # use http_body::{Body, Frame, SizeHint};
/// # use std::{convert::Infallible, pin::Pin, task::{Context, Poll}};
/// # struct Empty;
/// # impl Body for Empty {
/// #     type Data = bytes::Bytes;
/// #     type Error = Infallible;
/// #     fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>)
/// #         -> Poll<Option<Result<Frame<bytes::Bytes>, Infallible>>> {
/// #         Poll::Ready(None)
/// #     }
/// #     fn is_end_stream(&self) -> bool {
/// #         true
/// #     }
/// #     fn size_hint(&self) -> SizeHint {
/// #         SizeHint::with_exact(0)
/// #     }
/// # }
///
/// let pool = Pool::new(4);
/// let app = application(|environ, start_response| {
///     start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
///     Ok(format!("{}\n", environ.path_info()).into())
/// });
/// let mut service = ApplicationService::builder(app).pool(&pool).build();
///
/// // A server does this. `Empty` is a body without bytes.
/// let request = Request::get("/hello").body(Empty)?;
/// let response = wsgi_tower::park(service.call(request)).unwrap_or_else(|never| match never {});
/// assert_eq!(response.status(), StatusCode::OK);
/// assert_eq!(response.headers()["content-length"], "7");
/// drop(response);
/// assert!(pool.shutdown(Duration::from_secs(30)));
/// # Ok::<(), http::Error>(())
/// ```
pub struct ApplicationService {
    shared: Arc<Shared>,
    ready: Ready,
}

enum Ready {
    Idle,
    Waiting(Acquire),
    /// The next call has its thread, unless the pool was shut down.
    Held(Option<Permit>),
}

impl ApplicationService {
    /// The pool on which the application runs.
    #[must_use]
    pub fn pool(&self) -> &Pool {
        &self.shared.pool
    }

    pub(crate) fn from_shared(shared: Shared) -> Self {
        Self {
            shared: Arc::new(shared),
            ready: Ready::Idle,
        }
    }
}

impl<B> Service<Request<B>> for ApplicationService
where
    B: Body + Send + 'static,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
{
    type Response = Response<ResponseBody>;
    type Error = Infallible;
    type Future = ResponseFuture;

    /// Waits for a thread. The thread is kept for the next call until then, or until the drop.
    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        loop {
            match &mut self.ready {
                Ready::Held(_) => return Poll::Ready(Ok(())),
                Ready::Idle => self.ready = Ready::Waiting(self.shared.pool.acquire()),
                Ready::Waiting(acquire) => match acquire.poll(context) {
                    Poll::Ready(permit) => self.ready = Ready::Held(permit),
                    Poll::Pending => return Poll::Pending,
                },
            }
        }
    }

    fn call(&mut self, request: Request<B>) -> ResponseFuture {
        let shared = Arc::clone(&self.shared);
        match std::mem::replace(&mut self.ready, Ready::Idle) {
            Ready::Held(Some(permit)) => ResponseFuture::called(start(shared, request, permit)),
            ready => {
                let acquire = match ready {
                    Ready::Waiting(acquire) => acquire,
                    _ => shared.pool.acquire(),
                };
                ResponseFuture::waiting(acquire, Box::new(|permit| start(shared, request, permit)))
            }
        }
    }
}

/// Has a thread call the application.
fn start<B>(shared: Arc<Shared>, request: Request<B>, permit: Permit) -> Box<Client>
where
    B: Body + Send + 'static,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
{
    let (started, clock) = (SystemTime::now(), Instant::now());
    let (parts, body) = request.into_parts();
    let peer = parts.extensions.get::<SocketAddr>();
    let peer = peer.map(|peer| {
        [
            peer.ip().to_canonical().to_string(),
            peer.port().to_string(),
        ]
    });
    let intake = match parts.extensions.get::<BlockingBody>() {
        Some(BlockingBody) => Intake::OnDemand,
        // `100 Continue` is sent when the body is polled: not before the application reads it.
        None if parts.headers.contains_key(EXPECT) => Intake::OnceRead,
        None => Intake::InAdvance,
    };
    let conversation = Arc::new(Conversation::new(shared.buffer, intake, peer));
    let length = (!body.is_end_stream()).then(|| body.size_hint().exact());
    let source = length.map(|_| Box::new(OfBody::new(body)) as Box<dyn RequestSource>);
    let pool = shared.pool.clone();
    let turn = Turn {
        opened: pool.open(&conversation),
        seat: Seat::new(&conversation),
        shared,
        parts,
        body: length,
        started,
        clock,
    };
    pool.start(permit, move || turn.run());
    Box::new(Client::new(conversation, pool, source))
}

/// A clone has no thread of its own yet.
impl Clone for ApplicationService {
    fn clone(&self) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
            ready: Ready::Idle,
        }
    }
}

impl fmt::Debug for ApplicationService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApplicationService")
            .field("pool", &self.shared.pool)
            .finish_non_exhaustive()
    }
}
