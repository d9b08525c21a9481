//! The body of a response.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

use crate::{
    body_error::BodyError,
    conversation::{Client, Ending, Next},
};

/// The body of a response of [`ApplicationService`](crate::ApplicationService).
///
/// Its frames are the application's, as they come. Its drop before the end is how the application
/// sees that the client has left.
///
/// ```
/// use http_body_util::BodyExt;
/// use wsgi_tower::{ResponseBody, park};
///
/// // A layer can answer in place of the application.
/// let body = ResponseBody::from("Closed on Sundays.\n".to_owned());
/// assert_eq!(park(body.collect()).unwrap().to_bytes(), "Closed on Sundays.\n");
/// ```
#[derive(Default)]
pub struct ResponseBody(Content);

#[derive(Default)]
enum Content {
    #[default]
    Empty,
    Bytes(Bytes),
    Conversation(Box<Client>),
}

impl ResponseBody {
    pub(crate) fn new(client: Box<Client>) -> Self {
        Self(Content::Conversation(client))
    }
}

/// A body in memory.
impl From<String> for ResponseBody {
    fn from(text: String) -> Self {
        Self(Content::Bytes(text.into()))
    }
}

impl Body for ResponseBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let next = match &mut self.0 {
            Content::Empty => return Poll::Ready(None),
            Content::Bytes(bytes) => {
                let bytes = std::mem::take(bytes);
                self.0 = Content::Empty;
                Next::Bytes(bytes)
            }
            Content::Conversation(client) => match client.poll_next(context) {
                Poll::Ready(next) => next,
                Poll::Pending => return Poll::Pending,
            },
        };
        Poll::Ready(match next {
            Next::Bytes(bytes) => Some(Ok(Frame::data(bytes))),
            Next::Ended(ending) => {
                self.0 = Content::Empty;
                (ending == Ending::Broken).then_some(Err(BodyError))
            }
        })
    }

    fn is_end_stream(&self) -> bool {
        match &self.0 {
            Content::Empty => true,
            Content::Bytes(bytes) => bytes.is_empty(),
            Content::Conversation(client) => client.is_over(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Content::Empty => SizeHint::with_exact(0),
            Content::Bytes(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Content::Conversation(client) => client
                .remaining()
                .map_or_else(SizeHint::new, SizeHint::with_exact),
        }
    }
}

impl fmt::Debug for ResponseBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseBody")
            .field("size_hint", &self.size_hint())
            .finish_non_exhaustive()
    }
}
