//! The reason why a chunk was not sent.

use std::{error::Error as StdError, fmt};

use crate::disconnected::Disconnected;

/// The reason why a [`Sender`](crate::Sender) could not send a chunk.
///
/// ```
/// use wsgi_application::{Body, Error, SendError};
///
/// let (sender, body) = Body::channel(1024);
/// drop(body);
/// let error = sender.send("tick").unwrap_err();
/// assert_eq!(error, SendError::Closed);
/// assert!(Error::from(error).is_disconnected());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SendError {
    /// Nobody takes chunks any longer: the client left or was too slow, the response has no body,
    /// as for HEAD, or the body was dropped. Drop the sender. It counts as
    /// [`Disconnected`], so that it is not logged if an application returns it.
    Closed,
    /// The body has [failed](crate::Sender::fail). Drop the sender.
    Failed,
    /// There is no room now. Leave the chunk out, or [`send`](crate::Sender::send) it.
    Full,
    /// There is no room, and there will be none before the application has returned the body.
    /// Return the body first, and send from another thread; or raise the limit.
    NotReturned,
    /// The client took so little that there was no room in time. Drop the sender.
    TimedOut,
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Closed => "nobody takes chunks of this body any longer",
            Self::Failed => "this body has failed",
            Self::Full => "the channel has no room for the chunk now",
            Self::NotReturned => {
                "the channel has no room for the chunk until its body is returned; return the body \
                 first and send from another thread, or raise the limit of the channel"
            }
            Self::TimedOut => "the client took too little in time",
        })
    }
}

impl StdError for SendError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Closed | Self::TimedOut => Some(&Disconnected),
            _ => None,
        }
    }
}
