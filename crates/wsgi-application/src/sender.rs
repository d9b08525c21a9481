//! The end of a channel that chunks are sent into.

use std::{sync::Arc, thread};

use crate::{
    channel::{Channel, IfFull},
    chunk::Chunk,
    error::Error,
    send_error::SendError,
};

/// The sending end of [`Body::channel`](crate::Body::channel). Clones send to the same body, each
/// from any thread and at any time. The drop of the last one ends the body. A sender that a panic
/// drops [fails](Self::fail) the body, because something is missing from it.
///
/// Chunks of one thread keep their order. A [shared](Chunk::into_shared) chunk goes to any number
/// of bodies without a copy of its bytes.
///
/// ```
/// use std::{thread, time::Duration};
/// use wsgi_application::{Body, Environ, Result, SendError, StartResponse, Status};
///
/// /// A page that counts for as long as its client looks.
/// fn count(_environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
///     start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
///     let (sender, body) = Body::channel(64 * 1024);
///     // One thread can serve any number of senders.
///     thread::spawn(move || -> std::result::Result<(), SendError> {
///         for number in 1.. {
///             if sender.is_draining() {
///                 break; // the server ends
///             }
///             sender.send(format!("{number}\n"))?;
///             thread::sleep(Duration::from_secs(1));
///         }
///         Ok(())
///     });
///     Ok(body)
/// }
/// # let (mut exchange, mut sent) = (wsgi_application::Exchange::new(), Vec::new());
/// # let mut start_response = StartResponse::new(&mut exchange, &mut sent);
/// # assert_eq!(count(&mut Environ::new(), &mut start_response)?.len(), None);
/// # Ok::<(), wsgi_application::Error>(())
/// ```
#[derive(Debug)]
pub struct Sender(Arc<Channel>);

impl Sender {
    /// The first sender of a channel.
    pub(crate) fn new(channel: Arc<Channel>) -> Self {
        Self(channel)
    }

    /// Sends a chunk. If there is no room, waits until the client has taken some, for at most the
    /// server's `write_timeout`.
    ///
    /// `Ok` means that the chunk is in the channel; the client may still leave before it receives
    /// it. An empty chunk changes nothing.
    ///
    /// # Errors
    ///
    /// [`Closed`](SendError::Closed), [`Failed`](SendError::Failed), or
    /// [`TimedOut`](SendError::TimedOut). If the application has not returned the body yet, nobody
    /// makes room: then the error is [`NotReturned`](SendError::NotReturned), at once.
    ///
    /// ```
    /// use wsgi_application::{Body, SendError};
    ///
    /// let (sender, body) = Body::channel(10);
    /// assert_eq!(sender.send("ten bytes."), Ok(()));
    /// assert_eq!(sender.send("one more"), Err(SendError::NotReturned));
    /// drop(body);
    /// assert_eq!(sender.send("one more"), Err(SendError::Closed));
    /// ```
    pub fn send(&self, chunk: impl Into<Chunk>) -> Result<(), SendError> {
        self.0.send(chunk.into(), IfFull::Wait)
    }

    /// Sends a chunk if there is room, and never waits.
    ///
    /// # Errors
    ///
    /// [`Full`](SendError::Full), [`Closed`](SendError::Closed) or [`Failed`](SendError::Failed).
    ///
    /// ```
    /// use wsgi_application::{Body, SendError};
    ///
    /// let (sender, _body) = Body::channel(10);
    /// assert_eq!(sender.try_send("ten bytes."), Ok(()));
    /// assert_eq!(sender.try_send("one more"), Err(SendError::Full));
    /// ```
    pub fn try_send(&self, chunk: impl Into<Chunk>) -> Result<(), SendError> {
        self.0.send(chunk.into(), IfFull::Fail)
    }

    /// Ends the body with an error, for all senders. The chunks that were sent before still reach
    /// the client. Then the connection is cut, so that the client can tell that the body is
    /// incomplete, and the error is logged. If the head is not out yet, since the body was not
    /// returned, an error page replaces the response.
    ///
    /// Of several errors, the first one counts.
    ///
    /// ```
    /// use wsgi_application::{Body, SendError};
    ///
    /// let (sender, _body) = Body::channel(10);
    /// sender.fail("the source has dried up");
    /// assert_eq!(sender.send("more"), Err(SendError::Failed));
    /// ```
    pub fn fail(&self, error: impl Into<Error>) {
        self.0.fail(error.into());
    }

    /// Whether a chunk would reach nobody: the client has left, the body was dropped for another
    /// reason, or it has failed. The server notices a client that leaves even if nothing is sent.
    ///
    /// ```
    /// use wsgi_application::Body;
    ///
    /// let (sender, body) = Body::channel(1024);
    /// assert!(!sender.is_closed());
    /// drop(body);
    /// assert!(sender.is_closed());
    /// ```
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.0.is_closed()
    }

    /// Whether the server is about to end. Open bodies are cut at the end of its
    /// `shutdown_timeout`. End them earlier, so that clients come back to the server that takes
    /// over.
    #[must_use]
    pub fn is_draining(&self) -> bool {
        self.0.is_draining()
    }
}

impl Clone for Sender {
    fn clone(&self) -> Self {
        self.0.join();
        Self(self.0.clone())
    }
}

impl Drop for Sender {
    fn drop(&mut self) {
        if thread::panicking() {
            self.fail("a thread panicked, and with it a sender of the body");
        }
        self.0.leave();
    }
}
