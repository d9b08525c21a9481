//! The limits of the load in a round, and what they allow to happen to clients.

use std::time::Duration;

use wsgi_server::Builder;

use crate::{
    ledger::{End, Fate},
    support::random::Random,
};

/// The limits of the load in a round. `None` is the default, which no round reaches.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    max_waiting: Option<usize>,
    max_requests: Option<u64>,
    max_connections_per_address: Option<usize>,
    response_timeout: Option<Duration>,
}

/// A time that no response takes here, so that the limit is watched but never reached.
const LONG: Duration = Duration::from_secs(60);

/// A time that some responses take, and on a busy machine all of them.
const SHORT: Duration = Duration::from_millis(10);

/// The answers of the server to clients that it refuses.
const BUSY: &str = "503 Service Unavailable: the server is busy at present\n";
const TOO_MANY: &str = "503 Service Unavailable: your address has too many connections\n";

impl Limits {
    pub(crate) fn new(random: &mut Random) -> Self {
        Self {
            max_waiting: random.pick(&[None, None, None, Some(0), Some(1), Some(8)]),
            max_requests: random.pick(&[None, None, None, Some(1), Some(2), Some(5)]),
            max_connections_per_address: random.pick(&[None, None, None, None, Some(1), Some(5)]),
            response_timeout: random.pick(&[None, None, None, Some(LONG), Some(SHORT)]),
        }
    }

    /// The limits that hold for clients of FastCGI, SCGI and uwsgi, and on Unix sockets: addresses
    /// do not count there.
    pub(crate) fn without_addresses(self) -> Self {
        Self {
            max_connections_per_address: None,
            ..self
        }
    }

    pub(crate) fn set(&self, mut builder: Builder) -> Builder {
        if let Some(requests) = self.max_waiting {
            builder = builder.max_waiting(requests);
        }
        if let Some(requests) = self.max_requests {
            builder = builder.max_requests_per_connection(requests);
        }
        if let Some(connections) = self.max_connections_per_address {
            builder = builder.max_connections_per_address(connections);
        }
        if let Some(timeout) = self.response_timeout {
            builder = builder.response_timeout(timeout);
        }
        builder
    }

    /// Whether a request may end in this way because of a limit. `by_tls` says how it came.
    pub(crate) fn allow(&self, fate: &Fate, by_tls: bool) -> bool {
        let is_first = fate.before == 0;
        let may_be_turned_away = is_first && self.max_connections_per_address.is_some();
        match &fate.end {
            End::Answered => !self.is_beyond(fate),
            End::Refused(text) => {
                (text == BUSY && self.max_waiting.is_some())
                    || (text == TOO_MANY && may_be_turned_away && !by_tls)
            }
            // The answer may be lost, and a handshake has none. FastCGI cannot announce an end.
            End::Nothing(why) => {
                let is_allowed = may_be_turned_away
                    || (is_first && by_tls && self.max_waiting.is_some())
                    || self.is_beyond(fate)
                    || self.cuts();
                is_allowed && why != "timed out"
            }
            End::BrokenOff(_) => self.cuts(),
            End::Wrong(_) => false,
        }
    }

    /// Whether a request comes after the last one that its connection takes.
    fn is_beyond(&self, fate: &Fate) -> bool {
        self.max_requests.is_some_and(|most| fate.before >= most)
    }

    /// Whether responses may be cut for the time that they take.
    fn cuts(&self) -> bool {
        self.response_timeout == Some(SHORT)
    }
}
