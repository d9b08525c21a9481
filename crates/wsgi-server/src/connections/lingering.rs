//! The time between our end of a connection and its client's.

use std::time::{Duration, Instant};

use crate::options::{LINGER, LINGER_LIMIT};

/// A connection whose own side has ended. What still comes is read and thrown away, as data that
/// meets a closed socket is answered by a reset, which may take the last response along before its
/// client has read it (RFC 9112 section 9.6).
#[derive(Debug)]
pub(crate) struct Lingering {
    /// When it is over, whatever the client does.
    end: Instant,
    /// When to look whether the client has all that was sent.
    look: Instant,
    /// How long until the look after that.
    rest: Duration,
    /// How many bytes are still thrown away.
    allowance: usize,
    /// Whether more of a request may come, whose client need not read before it is out.
    is_owed: bool,
}

/// When the client is asked for the first time: a round trip in a network that is near.
const FIRST_LOOK: Duration = Duration::from_millis(5);

impl Lingering {
    pub(crate) fn new(now: Instant, is_owed: bool) -> Self {
        Lingering {
            end: now + LINGER,
            look: now + if is_owed { LINGER } else { FIRST_LOOK },
            rest: FIRST_LOOK,
            allowance: LINGER_LIMIT,
            is_owed,
        }
    }

    /// When it is to be looked at again, or over.
    pub(crate) fn deadline(&self) -> Instant {
        self.look.min(self.end)
    }

    /// Goes on to the next look; false where the time is up.
    pub(crate) fn go_on(&mut self, now: Instant) -> bool {
        self.rest *= 2;
        self.look = now + self.rest;
        now < self.end
    }

    /// Takes note of bytes that were thrown away; false where they are too many.
    pub(crate) fn discard(&mut self, count: usize) -> bool {
        self.allowance = self.allowance.saturating_sub(count);
        self.allowance > 0
    }

    /// Whether it is over as soon as the client has all that was sent.
    pub(crate) fn ends_with_the_response(&self) -> bool {
        !self.is_owed
    }
}
