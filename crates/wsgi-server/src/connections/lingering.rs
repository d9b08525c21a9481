//! The time between the server's end of a connection and its client's.

use std::time::Duration;

use crate::{
    instant::Instant,
    options::{LINGER, LINGER_LIMIT},
};

/// A connection whose server side has ended. What still comes is read and thrown away: data that
/// meets a closed socket is answered by a reset, which may discard the last response before its
/// client has read it (RFC 9112 section 9.6).
#[derive(Debug)]
pub(crate) struct Lingering {
    /// When it is over, whatever the client does.
    end: Instant,
    /// When to look whether the client has received everything.
    look: Instant,
    /// The time until the look after that.
    interval: Duration,
    /// The number of bytes that are still thrown away.
    allowance: usize,
    expected: Expected,
}

/// The bytes that may still come from a client when the server's side ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expected {
    /// Nothing at all: the client has said so, and all that it sent was read.
    Silence,
    /// Nothing of a request that was begun.
    Nothing,
    /// More of a request. The client need not read the response before all of it is sent.
    Request,
}

/// When to look for the first time: a round trip in a network nearby.
const FIRST_LOOK: Duration = Duration::from_millis(5);

impl Lingering {
    pub(crate) fn new(now: Instant, expected: Expected) -> Self {
        let first = match expected {
            Expected::Silence | Expected::Nothing => FIRST_LOOK,
            Expected::Request => LINGER,
        };
        Lingering {
            end: now + LINGER,
            look: now + first,
            interval: FIRST_LOOK,
            allowance: LINGER_LIMIT,
            expected,
        }
    }

    /// When to look again, or when it is over.
    pub(crate) fn deadline(&self) -> Instant {
        self.look.min(self.end)
    }

    /// Goes on to the next look. Returns false if the time is up.
    pub(crate) fn go_on(&mut self, now: Instant) -> bool {
        self.interval *= 2;
        self.look = now + self.interval;
        now < self.end
    }

    /// Notes bytes that were thrown away at this time.
    pub(crate) fn discard(&mut self, count: usize, now: Instant) {
        self.allowance = self.allowance.saturating_sub(count);
        if self.is_full() {
            self.interval = FIRST_LOOK;
            self.look = now; // the client may have received everything
        }
    }

    /// Whether no more is thrown away.
    pub(crate) fn is_full(&self) -> bool {
        self.allowance == 0
    }

    /// Whether it is over as soon as the client has received everything.
    pub(crate) fn ends_with_the_response(&self) -> bool {
        self.expected != Expected::Request
    }
}
