//! The way in which a response ended.

use std::io::ErrorKind;

/// The way in which a response ended. Every end but [`Complete`](Self::Complete) broke it off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum End {
    /// It was sent to the end that its head promises. This may be the error page for an application
    /// that failed.
    Complete,
    /// The client left, or could no longer be reached.
    Disconnected,
    /// A deadline passed: that of the request during its call, or the client was too slow, or the
    /// response took too long.
    TimedOut,
    /// The application failed when the head was already sent, or its body was shorter than
    /// declared, or could not be read.
    Failed,
    /// The server cut the connection, for example since it was aborted itself.
    Aborted,
}

impl End {
    /// The name of this end, for logs: `complete`, `disconnected`, `timed_out`, `failed` or
    /// `aborted`. A later version may add names.
    ///
    /// ```
    /// use wsgi_environ::End;
    ///
    /// assert_eq!(End::TimedOut.as_str(), "timed_out");
    /// ```
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Disconnected => "disconnected",
            Self::TimedOut => "timed_out",
            Self::Failed => "failed",
            Self::Aborted => "aborted",
        }
    }

    /// For gateways: this end if the response is already broken off, and otherwise the `next` one.
    ///
    /// ```
    /// use wsgi_environ::End;
    ///
    /// assert_eq!(End::Complete.and(End::Disconnected), End::Disconnected);
    /// assert_eq!(End::Failed.and(End::Disconnected), End::Failed);
    /// ```
    #[must_use]
    pub const fn and(self, next: Self) -> Self {
        match self {
            Self::Complete => next,
            broken => broken,
        }
    }

    /// For gateways: the end of a response that could not be written.
    ///
    /// It is [`TimedOut`](Self::TimedOut) if the error is `TimedOut` or `WouldBlock`, which a
    /// blocking socket returns after its time limit, and [`Disconnected`](Self::Disconnected) if it
    /// is any other.
    ///
    /// ```
    /// use std::io::ErrorKind;
    /// use wsgi_environ::End;
    ///
    /// assert_eq!(End::of_write_error(ErrorKind::BrokenPipe), End::Disconnected);
    /// assert_eq!(End::of_write_error(ErrorKind::TimedOut), End::TimedOut);
    /// ```
    #[must_use]
    pub fn of_write_error(kind: ErrorKind) -> Self {
        match kind {
            ErrorKind::TimedOut | ErrorKind::WouldBlock => Self::TimedOut,
            _ => Self::Disconnected,
        }
    }
}
