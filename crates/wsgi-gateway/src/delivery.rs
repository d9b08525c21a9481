//! The state of a response once the engine is done with it.

use wsgi_application::Exchange;
use wsgi_environ::End;

use crate::rest::Rest;

/// The state of a response once the engine is done with it: what was sent, and what the gateway
/// still has to send.
///
/// ```
/// use wsgi_application::{Environ, Status, application};
/// use wsgi_environ::End;
/// use wsgi_gateway::{Engine, Exchange, Rules};
/// # use wsgi_gateway::{Framing, Transport};
/// # struct Discard;
/// # impl Transport for Discard {
/// #     fn head(&mut self, _: &wsgi_application::Head, _: Framing) -> std::io::Result<()> {
/// #         Ok(())
/// #     }
/// #     fn body(&mut self, _: &[u8]) -> std::io::Result<()> {
/// #         Ok(())
/// #     }
/// #     fn flush(&mut self) -> std::io::Result<()> {
/// #         Ok(())
/// #     }
/// # }
///
/// let app = application(|_environ, start_response| {
///     start_response.start(Status::OK, [("Content-Length", "100")])?;
///     Ok("too short".into())
/// });
/// let (mut environ, mut exchange) = (Environ::new(), Exchange::new());
/// # environ.set_errors(wsgi_environ::Errors::discard());
/// // `Discard` is a transport, as in the example of `Engine`.
/// let delivery =
///     Engine::new().respond(&app, &mut environ, Rules::default(), &mut exchange, &mut Discard);
/// assert_eq!(delivery.status_code(&exchange), Some(200));
/// assert_eq!(delivery.body_bytes(), 9);
/// assert!(!delivery.is_complete() && delivery.end() != End::Complete);
/// ```
#[derive(Debug)]
#[must_use]
pub struct Delivery {
    /// The end of the body that the gateway still has to send.
    pub rest: Rest,
    pub(crate) end: End,
    /// Whether the head was sent.
    pub(crate) sent: bool,
    /// The number of bytes of the body that were sent.
    pub(crate) streamed: u64,
}

impl Delivery {
    /// The way in which the response ends if the gateway can send the rest.
    ///
    /// If it is not [`Complete`](End::Complete), the gateway must cut the connection after the
    /// rest, so that the client notices.
    #[must_use]
    pub fn end(&self) -> End {
        self.end
    }

    /// Whether the response, including its rest, is what its head promises.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.end == End::Complete
    }

    /// The status code of the response, which was made in `exchange`. `None` if no head was sent,
    /// because the client went away before.
    #[must_use]
    pub fn status_code(&self, exchange: &Exchange) -> Option<u16> {
        self.sent.then(|| exchange.head.status.code())
    }

    /// The length of the body as far as it was sent, including the rest unless it is live, without
    /// any framing.
    #[must_use]
    pub fn body_bytes(&self) -> u64 {
        self.streamed
            + match &self.rest {
                Rest::Nothing | Rest::Live(_) => 0,
                Rest::Bytes(bytes) => bytes.len() as u64,
                Rest::File(_, length) => *length,
            }
    }
}
