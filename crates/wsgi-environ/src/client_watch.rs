//! The client of a request, while its application waits for something.

use std::{
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};

use crate::{connection::Connection, environ::Environ};

/// The time for which a client that has ended its side may wait for more of its response.
const HALF_CLOSED: Duration = Duration::from_secs(5);

/// Tells an application that waits for something, such as a program or another server, whether its
/// client still waits for the response.
///
/// Nothing tells a client that has ended its side of the connection from one that has left. So it
/// counts as one that has left after five seconds in which it got nothing.
///
/// ```
/// use std::time::{Duration, Instant};
/// use wsgi_environ::{ClientWatch, Environ};
///
/// /// Looks twice a second whether something has come, as long as somebody waits for it.
/// fn wait(environ: &Environ, mut poll: impl FnMut(Duration) -> Option<String>) -> Option<String> {
///     let mut client = ClientWatch::of(environ);
///     loop {
///         if let Some(come) = poll(Duration::from_millis(500)) {
///             return Some(come);
///         }
///         if client.has_left(Instant::now()) {
///             return None;
///         }
///     }
/// }
///
/// let mut looks = 0;
/// let come = wait(&Environ::new(), |_pause| {
///     looks += 1;
///     (looks == 3).then(|| "news".to_owned())
/// });
/// assert_eq!(come.unwrap(), "news");
/// ```
pub struct ClientWatch {
    connection: Option<Arc<dyn Connection>>,
    /// Since when it has ended its side and got nothing, as far as it was seen.
    waits_since: Option<Instant>,
}

impl ClientWatch {
    /// Watches the client of a request. Without a connection, as in a test, it never leaves.
    #[must_use]
    pub fn of(environ: &Environ) -> Self {
        Self {
            connection: environ.connection(),
            waits_since: None,
        }
    }

    /// Whether the client has left, or has ended its side and waited for too long, at this moment.
    /// It asks the system, so a look or two a second are enough.
    pub fn has_left(&mut self, now: Instant) -> bool {
        let is_there = |connection: &Arc<dyn Connection>| connection.is_connected();
        if self.connection.as_ref().is_none_or(is_there) {
            return false;
        }
        let since = *self.waits_since.get_or_insert(now);
        now.saturating_duration_since(since) >= HALF_CLOSED
    }

    /// Notes that the client gets more of its response. Sending that fails by itself if it has
    /// left.
    ///
    /// ```
    /// use std::time::Instant;
    /// use wsgi_environ::{ClientWatch, Environ};
    ///
    /// let mut client = ClientWatch::of(&Environ::new());
    /// for part in ["one", "two"] {
    ///     assert!(!client.has_left(Instant::now()), "{part}");
    ///     client.gets_more();
    /// }
    /// ```
    pub fn gets_more(&mut self) {
        self.waits_since = None;
    }
}

impl fmt::Debug for ClientWatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("ClientWatch");
        debug
            .field("waits_since", &self.waits_since)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct HalfClosed;

    impl Connection for HalfClosed {
        fn variable(&self, _name: &str) -> Option<&[u8]> {
            None
        }

        fn names(&self) -> &[&str] {
            &[]
        }

        fn is_connected(&self) -> bool {
            false
        }
    }

    fn half_closed() -> ClientWatch {
        let connection: Arc<dyn Connection> = Arc::new(HalfClosed);
        let mut environ = Environ::new();
        environ.set_connection(&connection);
        ClientWatch::of(&environ)
    }

    #[test]
    fn a_client_that_has_ended_its_side_may_wait_for_a_while() {
        let (mut client, start) = (half_closed(), Instant::now());
        let almost = HALF_CLOSED - Duration::from_millis(1);
        assert!(!client.has_left(start));
        assert!(!client.has_left(start + almost));
        assert!(client.has_left(start + HALF_CLOSED));
        assert!(!ClientWatch::of(&Environ::new()).has_left(start + HALF_CLOSED));
    }

    #[test]
    fn the_wait_of_a_client_ends_with_each_part_of_its_response() {
        let (mut client, start) = (half_closed(), Instant::now());
        for pause in 0..10 {
            assert!(!client.has_left(start + pause * HALF_CLOSED));
            client.gets_more();
        }
        assert!(!client.has_left(start + 10 * HALF_CLOSED));
        assert!(client.has_left(start + 11 * HALF_CLOSED));
    }
}
