//! The response of a service with sessions.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use http::Response;

/// The future of [`SessionService`](super::SessionService): the response, once its session is
/// saved.
///
/// ```
/// use axum::{Router, body::Body, routing::get};
/// use tower::{Layer, Service};
/// use wsgi_sessions::{MemoryStore, Sessions};
/// use wsgi_tower::{SessionFuture, SessionLayer, park};
///
/// let router: Router = Router::new().route("/", get(async || "hello"));
/// let layer = SessionLayer::new(Sessions::new(MemoryStore::new()));
/// let mut service = layer.layer(router);
/// let future: SessionFuture<Body, _> = service.call(http::Request::new(Body::empty()));
/// assert_eq!(park(future).unwrap().status(), 200);
/// ```
#[must_use = "a future does nothing unless it is polled"]
pub struct SessionFuture<R, E>(Boxed<R, E>);

type Boxed<R, E> = Pin<Box<dyn Future<Output = Result<Response<R>, E>> + Send>>;

impl<R, E> SessionFuture<R, E> {
    pub(super) fn new(
        future: impl Future<Output = Result<Response<R>, E>> + Send + 'static,
    ) -> Self {
        Self(Box::pin(future))
    }
}

impl<R, E> Future for SessionFuture<R, E> {
    type Output = Result<Response<R>, E>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.as_mut().poll(context)
    }
}

impl<R, E> fmt::Debug for SessionFuture<R, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionFuture").finish_non_exhaustive()
    }
}
