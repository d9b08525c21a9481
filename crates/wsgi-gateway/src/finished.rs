//! The end of a response, and of a request.

use wsgi_application::Exchange;
use wsgi_environ::{Environ, Outcome};

use crate::Rest;

/// How a response came out.
#[derive(Debug)]
#[must_use]
pub struct Finished {
    /// What the gateway has yet to send.
    pub rest: Rest,
    pub(crate) ending: Ending,
    /// Whether the head was sent.
    pub(crate) sent: bool,
    /// How many bytes of the body were.
    pub(crate) streamed: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    Complete,
    Failed,
    Disconnected,
}

impl Finished {
    /// Whether the response, with its rest, is as its head promises. If not,
    /// the gateway must end it so that the client can tell, by cutting the
    /// connection, after what is left in `rest`.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.ending == Ending::Complete
    }

    /// The status code of the response, by the exchange that it was made in; `None` if
    /// there was none to send, since the client went away before.
    #[must_use]
    pub fn status_code(&self, exchange: &Exchange) -> Option<u16> {
        self.sent.then(|| exchange.head.status.code())
    }

    /// How many bytes of the body were sent, with those in `rest`, and without any
    /// framing.
    #[must_use]
    pub fn body_bytes(&self) -> u64 {
        self.streamed
            + match &self.rest {
                Rest::Nothing => 0,
                Rest::Bytes(bytes) => bytes.len() as u64,
                Rest::File(_, length) => *length,
            }
    }

    /// Whether it ended because the client went away.
    #[must_use]
    pub fn is_disconnected(&self) -> bool {
        self.ending == Ending::Disconnected
    }
}

/// Runs the hooks that wait for the end of this request: for gateways, once
/// the last byte left or the client went away. A hook that panics is logged,
/// and the next one runs all the same. Each runs once.
///
/// ```
/// use std::time::Duration;
/// use wsgi_environ::{Environ, Errors, Outcome};
/// use wsgi_gateway::finished;
///
/// let (errors, log) = Errors::buffer();
/// let mut environ = Environ::new();
/// environ.set_errors(errors);
/// environ.on_finished(|environ, outcome| {
///     environ.errors().print(format_args!("{} bytes", outcome.bytes_sent));
/// });
/// let outcome = Outcome::new(13, true, Duration::from_millis(2));
/// finished(&mut environ, &outcome);
/// finished(&mut environ, &outcome);
/// assert_eq!(log.contents(), b"13 bytes\n");
/// ```
pub fn finished(environ: &mut Environ, outcome: &Outcome) {
    for panic in environ.run_finished(outcome) {
        crate::log::message(environ, format_args!("a hook panicked: {panic}"));
    }
}
