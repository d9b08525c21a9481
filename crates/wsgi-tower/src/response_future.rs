//! The response to come.

use std::{
    convert::Infallible,
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use http::Response;

use crate::{
    conversation::Client,
    pool::{Acquire, Permit},
    response_body::ResponseBody,
    unavailable::unavailable,
};

/// The future of [`ApplicationService`](crate::ApplicationService): the response, once its head is
/// settled.
///
/// If it is dropped before, the client has left, as far as the application can see.
///
/// ```
/// use tower::Service;
/// use wsgi_application::{Status, application};
/// use wsgi_tower::{ApplicationService, ResponseFuture, park};
///
/// let app = application(|_environ, start_response| {
///     start_response.start(Status::NO_CONTENT, ())?;
///     Ok("".into())
/// });
/// let request = http::Request::new(axum::body::Body::empty());
/// let future: ResponseFuture = ApplicationService::new(app).call(request);
/// assert_eq!(park(future).unwrap().status(), 204);
/// ```
#[must_use = "a future does nothing unless it is polled"]
pub struct ResponseFuture(State);

enum State {
    /// It was called without a permit of `poll_ready`.
    Waiting(Acquire, Box<Start>),
    Called(Box<Client>),
    Over,
}

/// Has a thread call the application.
pub(crate) type Start = dyn FnOnce(Permit) -> Box<Client> + Send;

impl ResponseFuture {
    pub(crate) fn called(client: Box<Client>) -> Self {
        Self(State::Called(client))
    }

    pub(crate) fn waiting(acquire: Acquire, start: Box<Start>) -> Self {
        Self(State::Waiting(acquire, start))
    }
}

/// No part of it is pinned.
impl Unpin for ResponseFuture {}

impl Future for ResponseFuture {
    type Output = Result<Response<ResponseBody>, Infallible>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if let State::Waiting(acquire, _) = &mut self.0 {
            let Poll::Ready(permit) = acquire.poll(context) else {
                return Poll::Pending;
            };
            let state = std::mem::replace(&mut self.0, State::Over);
            let (State::Waiting(_, start), Some(permit)) = (state, permit) else {
                return Poll::Ready(Ok(unavailable().map(ResponseBody::from)));
            };
            self.0 = State::Called(start(permit));
        }
        let State::Called(client) = &mut self.0 else {
            return Poll::Pending; // it was ready before
        };
        let Poll::Ready(head) = client.poll_head(context) else {
            return Poll::Pending;
        };
        let state = std::mem::replace(&mut self.0, State::Over);
        Poll::Ready(Ok(match (head, state) {
            (Some(head), State::Called(client)) => head.map(|()| ResponseBody::new(client)),
            _ => unavailable().map(ResponseBody::from),
        }))
    }
}

impl fmt::Debug for ResponseFuture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}
