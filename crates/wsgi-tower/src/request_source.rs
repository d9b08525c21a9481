//! The body of a request, as its task polls it.

use std::{
    error::Error as StdError,
    io,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::{Buf, Bytes};
use http_body::Body;
use http_body_util::LengthLimitError;
use wsgi_environ::InputError;

type BoxError = Box<dyn StdError + Send + Sync>;

/// The bytes of a request's body. It is not polled after its end or an error.
pub(crate) trait RequestSource: Send {
    fn poll_bytes(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, InputError>>>;
}

/// The body of a request.
pub(crate) struct OfBody<B>(Pin<Box<B>>);

impl<B> OfBody<B> {
    pub(crate) fn new(body: B) -> Self {
        Self(Box::pin(body))
    }
}

impl<B> RequestSource for OfBody<B>
where
    B: Body + Send,
    B::Error: Into<BoxError>,
{
    fn poll_bytes(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, InputError>>> {
        loop {
            return Poll::Ready(match self.0.as_mut().poll_frame(context) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(None) => None,
                Poll::Ready(Some(Err(error))) => Some(Err(reason(&*error.into()))),
                Poll::Ready(Some(Ok(frame))) => match frame.into_data() {
                    Ok(mut data) => Some(Ok(data.copy_to_bytes(data.remaining()))),
                    Err(_) => continue, // trailers, which CGI does not have
                },
            });
        }
    }
}

/// The reason why a body cannot be read, as far as its error and the causes say it.
fn reason(error: &(dyn StdError + 'static)) -> InputError {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<InputError>() {
            return *error;
        }
        // The limit of tower-http, and of axum's `with_limited_body`.
        if error.is::<LengthLimitError>() {
            return InputError::TooLarge;
        }
        if let Some(error) = error.downcast_ref::<io::Error>() {
            if let Some(inner) = InputError::of(error) {
                return *inner;
            }
            match error.kind() {
                io::ErrorKind::FileTooLarge => return InputError::TooLarge,
                io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => {
                    return InputError::Malformed;
                }
                io::ErrorKind::TimedOut => return InputError::TimedOut,
                io::ErrorKind::UnexpectedEof => return InputError::Truncated,
                _ => {}
            }
        }
        cause = error.source();
    }
    InputError::Disconnected
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(error: impl Into<BoxError>, expected: InputError) {
        assert_eq!(reason(&*error.into()), expected);
    }

    #[test]
    fn the_reason_is_found_among_the_causes() {
        check("reset by peer", InputError::Disconnected);
        check(InputError::TooLarge, InputError::TooLarge);
        check(
            io::Error::from(InputError::Malformed),
            InputError::Malformed,
        );
        check(
            io::Error::from(io::ErrorKind::UnexpectedEof),
            InputError::Truncated,
        );
        check(
            io::Error::from(io::ErrorKind::TimedOut),
            InputError::TimedOut,
        );
        check(
            io::Error::from(io::ErrorKind::FileTooLarge),
            InputError::TooLarge,
        );
        check(
            io::Error::from(io::ErrorKind::ConnectionReset),
            InputError::Disconnected,
        );
        let wrapped = io::Error::other(io::Error::from(io::ErrorKind::InvalidData));
        check(wrapped, InputError::Disconnected); // `source` of an io::Error skips what it wraps
    }
}
