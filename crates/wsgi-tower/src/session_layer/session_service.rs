//! A service whose requests have sessions.

use std::{
    future::poll_fn,
    mem,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    task::{Context, Poll},
    thread,
};

use http::{Request, Response};
use tower_service::Service;
use wsgi_sessions::Session;

use super::{Around, SessionFuture, SessionLayer, visit::Visit};
use crate::{pool::PoolStopped, unavailable::unavailable};

/// A service whose requests have sessions, made by [`SessionLayer`].
///
/// The body of its responses is that of the inner service. It can be made of text, for the answer
/// if a session fails.
///
/// A request that waits for its session gives its place in the inner service back meanwhile, and
/// waits for another one after it. So a store that hangs takes no threads of an application.
///
/// ```
/// use axum::{Router, body::Body, routing::get};
/// use tower::{Layer, ServiceExt};
/// use wsgi_environ::Errors;
/// use wsgi_sessions::{MemoryStore, Sessions};
/// use wsgi_tower::{SessionLayer, SessionService, park};
///
/// let router: Router = Router::new().route("/", get(async || "hello"));
/// let layer = SessionLayer::new(Sessions::new(MemoryStore::new())).errors(Errors::stderr());
/// let service: SessionService<Router> = layer.layer(router);
/// let response = park(service.oneshot(http::Request::new(Body::empty()))).unwrap();
/// assert!(!response.headers().contains_key("set-cookie"), "nobody used the session");
/// ```
#[derive(Clone, Debug)]
pub struct SessionService<S> {
    service: S,
    layer: SessionLayer,
}

impl<S> SessionService<S> {
    pub(crate) fn new(service: S, layer: SessionLayer) -> Self {
        Self { service, layer }
    }
}

impl<S, B, R> Service<Request<B>> for SessionService<S>
where
    S: Service<Request<B>, Response = Response<R>> + Clone + Send + 'static,
    S::Future: Send,
    S::Error: Send + 'static,
    B: Send + 'static,
    R: From<String> + Send + 'static,
{
    type Response = Response<R>;
    type Error = S::Error;
    type Future = SessionFuture<R, S::Error>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.service.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        // The one that is ready is called. The clone is not.
        let clone = self.service.clone();
        let ready = mem::replace(&mut self.service, clone);
        let visit = Visit::open(&request, &self.layer);
        let session = visit.session().clone();
        Around::add(request.extensions_mut(), &session);
        request.extensions_mut().insert(session.clone());
        request.extensions_mut().insert(visit.pool().clone());
        let is_loaded = session.is_loaded();
        let mut service = match is_loaded {
            true => ready,
            false => self.service.clone(), // `ready` is dropped, and with it what it holds
        };
        SessionFuture::new(async move {
            if !is_loaded {
                match visit.pool().run(preload(session)).await {
                    Ok(Ok(Ok(()))) => {}
                    Ok(Ok(Err(error))) => return Ok(visit.fail(|| error.into()).await),
                    Ok(Err(panic)) => return Ok(visit.fail(|| resume_unwind(panic)).await),
                    Err(PoolStopped) => return Ok(unavailable().map(R::from)),
                }
                poll_fn(|context| service.poll_ready(context)).await?;
            }
            let response = service.call(request).await?;
            Ok(visit.end(response).await)
        })
    }
}

/// Loads a session. A panic of its store must not reach the task.
fn preload(
    session: Session,
) -> impl FnOnce() -> thread::Result<Result<(), wsgi_sessions::Error>> + Send + 'static {
    move || catch_unwind(AssertUnwindSafe(|| session.preload()))
}
