//! The client of a request, while a program is waited for.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use wsgi_application::Environ;
use wsgi_environ::Connection;

/// The time for which a client that has ended its side may wait for more of its response. Nothing
/// tells it from one that has left.
const HALF_CLOSED: Duration = Duration::from_secs(5);

/// The client of a request.
pub(super) struct Client {
    connection: Option<Arc<dyn Connection>>,
    /// Since when it has ended its side and got nothing, as far as it was seen.
    waits_since: Option<Instant>,
}

impl Client {
    pub(super) fn of(environ: &Environ) -> Self {
        Self {
            connection: environ.connection(),
            waits_since: None,
        }
    }

    /// Whether it has left, or has ended its side and waited for too long.
    pub(super) fn has_left(&mut self, now: Instant) -> bool {
        let is_there = |connection: &Arc<dyn Connection>| connection.is_connected();
        if self.connection.as_ref().is_none_or(is_there) {
            return false;
        }
        let since = *self.waits_since.get_or_insert(now);
        now.saturating_duration_since(since) >= HALF_CLOSED
    }

    /// Notes that it gets more of its response. Sending that fails by itself if it has left.
    pub(super) fn gets_more(&mut self) {
        self.waits_since = None;
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

    fn half_closed() -> Client {
        let connection: Arc<dyn Connection> = Arc::new(HalfClosed);
        let mut environ = Environ::new();
        environ.set_connection(&connection);
        Client::of(&environ)
    }

    #[test]
    fn a_client_that_has_ended_its_side_may_wait_for_a_while() {
        let (mut client, start) = (half_closed(), Instant::now());
        let almost = HALF_CLOSED - Duration::from_millis(1);
        assert!(!client.has_left(start));
        assert!(!client.has_left(start + almost));
        assert!(client.has_left(start + HALF_CLOSED));
        assert!(!Client::of(&Environ::new()).has_left(start + HALF_CLOSED));
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
