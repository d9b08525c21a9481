//! The input of an environ as the body of a request.

use std::{
    fmt,
    io::{self, BufRead},
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use wsgi_environ::Input;

/// The body of the requests of [`ServiceApplication`](crate::ServiceApplication): the input of the
/// environ.
///
/// Its poll never waits for a waker, but reads and may block, up to the time limit of the WSGI
/// server. The thread of the call may block. A service that has the body polled on a thread of a
/// runtime blocks that.
///
/// Its errors contain an [`InputError`](wsgi_environ::InputError).
///
/// ```
/// use http_body_util::BodyExt;
/// use std::convert::Infallible;
/// use wsgi_testing::Request;
/// use wsgi_tower::{RequestBody, ServiceApplication};
///
/// let length = tower::service_fn(async |request: http::Request<RequestBody>| {
///     let body = request.into_body().collect().await.unwrap().to_bytes();
///     Ok::<_, Infallible>(http::Response::new(format!("{} bytes", body.len())))
/// });
/// let app = ServiceApplication::new(length);
/// assert_eq!(Request::post("/").body("four").call(&app).text(), "4 bytes");
/// ```
pub struct RequestBody {
    input: Input,
    is_over: bool,
}

/// The mark of a request whose body is a [`RequestBody`], in a layer's type or not; an extension
/// of it.
#[derive(Clone, Copy)]
pub(crate) struct BlockingBody;

impl RequestBody {
    pub(crate) fn new(input: Input) -> Self {
        Self {
            is_over: input.remaining() == Some(0),
            input,
        }
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if self.is_over {
            return Poll::Ready(None);
        }
        let frame = loop {
            match self.input.fill_buf() {
                Ok([]) => break None,
                Ok(bytes) => break Some(Ok(Bytes::copy_from_slice(bytes))),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => break Some(Err(error)),
            }
        };
        match &frame {
            Some(Ok(bytes)) => {
                let length = bytes.len();
                self.input.consume(length);
                self.is_over = self.input.remaining() == Some(0);
            }
            _ => self.is_over = true,
        }
        Poll::Ready(frame.map(|frame| frame.map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        self.is_over
    }

    fn size_hint(&self) -> SizeHint {
        match self.input.remaining() {
            Some(remaining) => SizeHint::with_exact(remaining),
            None => SizeHint::new(),
        }
    }
}

impl fmt::Debug for RequestBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestBody")
            .field("input", &self.input)
            .finish_non_exhaustive()
    }
}
