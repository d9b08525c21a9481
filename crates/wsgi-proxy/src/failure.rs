//! The ways in which an upstream server fails.

use std::{error, fmt, io};

use wsgi_application::{Disconnected, Status};
use wsgi_http1::Rejection;

use crate::response_head::Malformed;

/// A reason why the response of the upstream server is missing or cut.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Its name has no address, or it takes no connection.
    Unreachable(io::Error),
    /// The system has not found the addresses of its name in time.
    LookupTimeout,
    /// It takes no connection in time.
    ConnectTimeout,
    /// It was silent for too long.
    Timeout,
    /// The deadline of the request has passed.
    DeadlinePassed,
    /// The connection ended or broke before the head of the response.
    NoResponse(Option<io::Error>),
    Malformed(Malformed),
    /// The connection ended or broke within the body of the response.
    Truncated(Option<io::Error>),
    /// A chunk of the body is malformed.
    Chunks(Rejection),
    /// The body of the request cannot be read. It is the client's fault.
    Input(io::Error),
    /// The client has left.
    Disconnected,
}

impl Failure {
    /// The failure of a connection that was not made.
    pub(crate) fn of_connecting(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::TimedOut => Self::ConnectTimeout,
            _ => Self::Unreachable(error),
        }
    }

    /// The status and the text of the page, without details (RFC 9110 section 15.6). `None` if it
    /// is not the upstream server that has failed.
    pub(crate) fn page(&self) -> Option<(Status, &'static str)> {
        let (status, text) = match self {
            Self::Input(_) | Self::Disconnected => return None,
            Self::LookupTimeout | Self::ConnectTimeout | Self::Timeout | Self::DeadlinePassed => {
                (Status::GATEWAY_TIMEOUT, "the other server took too long")
            }
            Self::Unreachable(_) => (Status::BAD_GATEWAY, "the other server cannot be reached"),
            _ => (
                Status::BAD_GATEWAY,
                "the other server has not answered properly",
            ),
        };
        Some((status, text))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable(error) => write!(f, "cannot be reached: {error}"),
            Self::LookupTimeout => f.write_str("has a name whose address is not found in time"),
            Self::ConnectTimeout => f.write_str("takes no connection in time"),
            Self::Timeout => f.write_str("was silent for too long"),
            Self::DeadlinePassed => f.write_str("has not answered before the request's deadline"),
            Self::NoResponse(None) => f.write_str("has closed the connection without a response"),
            Self::NoResponse(Some(error)) => write!(f, "has not answered: {error}"),
            Self::Malformed(Malformed(what)) => write!(f, "has sent a malformed response: {what}"),
            Self::Truncated(None) => f.write_str("has sent only a part of the body"),
            Self::Truncated(Some(error)) => write!(f, "has sent a part of the body: {error}"),
            Self::Chunks(Rejection::BodyTooLarge) => {
                f.write_str("has sent malformed chunks: 2^64 bytes or more")
            }
            Self::Chunks(rejection) => write!(f, "has sent malformed chunks: {rejection}"),
            Self::Input(error) => write!(f, "has got a part of the request: {error}"),
            Self::Disconnected => f.write_str("has no client to answer"),
        }
    }
}

/// An error of a body that comes from the upstream server, with the server's name.
#[derive(Debug)]
struct Named {
    upstream: String,
    failure: Failure,
}

impl Failure {
    /// The error of the response's body. That of the request's body stays what it is, so that the
    /// gateway finds it.
    pub(crate) fn into_io(self, upstream: &str) -> io::Error {
        match self {
            Self::Input(error) => error,
            Self::Disconnected => Disconnected.into(),
            failure => io::Error::other(Named {
                upstream: upstream.to_owned(),
                failure,
            }),
        }
    }
}

impl fmt::Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the server {} {}", self.upstream, self.failure)
    }
}

impl error::Error for Named {}
