//! A request that came in pieces, so far.

use crate::{
    instant::Instant, options::Options, peers::patience::Patience, protocol::Protocol,
    requests::intake::Intake,
};

/// The bytes of a request that is not complete, and when they came.
#[derive(Debug)]
pub(crate) struct Partial {
    pub(crate) bytes: Vec<u8>,
    pub(crate) intake: Intake,
    /// When its first bytes were there.
    pub(crate) since: Instant,
    /// When its last bytes were there.
    last: Instant,
    /// Whether there are bytes that the intake has not seen.
    pub(crate) unseen: bool,
}

impl Partial {
    /// The start of a request that was not looked at, unless `bytes` is empty.
    pub(crate) fn of(bytes: Vec<u8>, protocol: Protocol, now: Instant) -> Option<Box<Self>> {
        if bytes.is_empty() {
            return None;
        }
        let partial = Partial::new(protocol, now);
        Some(Box::new(Partial {
            bytes,
            unseen: true,
            ..partial
        }))
    }

    /// The start of a request of which nothing has come.
    pub(crate) fn new(protocol: Protocol, now: Instant) -> Self {
        Partial {
            bytes: Vec::new(),
            intake: Intake::new(protocol),
            since: now,
            last: now,
            unseen: false,
        }
    }

    /// Notes that bytes came, and whether the intake has yet to see some of them.
    pub(crate) fn note(&mut self, now: Instant, unseen: bool) {
        self.last = now;
        self.unseen = unseen;
    }

    /// Whether nothing has come but the empty lines that may precede a request.
    pub(crate) fn is_blank(&self) -> bool {
        self.bytes.iter().all(|byte| matches!(byte, b'\r' | b'\n'))
    }

    /// When the head has to be complete, or else the body: the more of a body has come, the
    /// later.
    pub(crate) fn deadline(&self, options: &Options) -> Instant {
        if !self.intake.has_head() {
            return self.since + options.head_timeout;
        }
        let mut patience = Patience::with_body(options);
        patience.note(self.last - self.since, self.bytes.len());
        patience.deadline(self.last)
    }
}
