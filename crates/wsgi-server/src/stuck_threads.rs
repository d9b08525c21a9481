//! The error of a server that has ended because of stuck threads.

use std::{error::Error, fmt, io};

/// The error of a server that has ended because too many threads did not return from the
/// application after the deadline of their request
/// ([`Builder::end_when_stuck`](crate::Builder::end_when_stuck)).
///
/// [`serve_forever`](crate::Server::serve_forever) returns it inside an [`io::Error`], where
/// [`StuckThreads::of`] finds it. The program should end, with a status for its supervisor.
///
/// ```
/// use std::process::ExitCode;
/// use wsgi_server::StuckThreads;
///
/// fn status(served: std::io::Result<()>) -> ExitCode {
///     match served {
///         Ok(()) => ExitCode::SUCCESS,
///         Err(error) if StuckThreads::of(&error).is_some() => ExitCode::from(3),
///         Err(_) => ExitCode::FAILURE,
///     }
/// }
/// # assert_eq!(status(Ok(())), ExitCode::SUCCESS);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StuckThreads {
    pub(crate) count: usize,
    pub(crate) limit: usize,
}

impl StuckThreads {
    /// This error inside an I/O error, if that is what it is.
    #[must_use]
    pub fn of(error: &io::Error) -> Option<&Self> {
        error.get_ref()?.downcast_ref()
    }

    /// The number of threads that were stuck when the server began to end.
    #[must_use]
    pub fn count(&self) -> usize {
        self.count
    }
}

impl fmt::Display for StuckThreads {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { count, limit } = self;
        write!(
            f,
            "{count} threads are stuck in the application after the deadline of their request, \
             and {limit} may be: find out what holds them, or set request_timeout or \
             max_stuck_threads higher"
        )
    }
}

impl Error for StuckThreads {}

impl From<StuckThreads> for io::Error {
    fn from(error: StuckThreads) -> Self {
        Self::other(error)
    }
}
