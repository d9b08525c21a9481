//! One client's connection, from accept to close.

use std::{sync::Arc, time::Instant};

use crate::{
    connections::{
        breaking::Breaking, finishing::Finishing, key::Key, lingering::Lingering, next::Draining,
        outgoing::Outgoing, spooling::Spooling,
    },
    options::Options,
    peers::{patience::Patience, peer::Peer},
    protocol::Protocol,
    requests::intake::Intake,
};

/// A connection. Whoever has it, the loop or a thread that runs a request of
/// it, has it alone.
pub(crate) struct Connection {
    pub(crate) key: Key,
    pub(crate) protocol: Protocol,
    pub(crate) peer: Arc<Peer>,
    /// The same peer, as environs want it.
    pub(crate) variables: Arc<dyn wsgi_environ::Connection>,
    pub(crate) phase: Phase,
    /// What was received of a request that is not complete.
    pub(crate) partial: Option<Box<Partial>>,
    /// When its time is up.
    pub(crate) deadline: Option<Instant>,
    /// Whether the peer stopped sending: what it sent before can still be read.
    pub(crate) hangup: bool,
    /// Since when it has been there, until its first request is.
    pub(crate) fresh: Option<Instant>,
    /// Whether it takes another request after the one that is answered.
    pub(crate) goes_on: bool,
    /// Once the server ends: the position, in all that the client sends, of the last
    /// byte that had arrived by then.
    pub(crate) arrived: Option<u64>,
    /// Whether another thread still reads from it.
    lent: Option<Lent>,
}

/// A socket that another thread waits for. At the end of the connection it ends
/// for that thread as well; not before, or what still comes would be answered by
/// a reset, and the response with it.
#[derive(Debug)]
struct Lent(Arc<Peer>);

impl Drop for Lent {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// What a connection is about. A connection at rest is receiving, with nothing
/// partial, and is small.
#[derive(Debug)]
pub(crate) enum Phase {
    /// Waits for a request or the rest of one.
    Receiving,
    /// Takes in the body of a request, in memory and in a file.
    Spooling(Box<Spooling>),
    /// The client has yet to take a response.
    Sending(Box<Outgoing>),
    /// A response is out, or never will be: its hooks are to run.
    Finishing(Box<Finishing>),
    /// What the application left of a body is read and thrown away.
    Draining(Box<Draining>),
    /// A response is out that is not whole, and its end is to show that.
    Breaking(Box<Breaking>),
    /// Our side has ended; what still comes is thrown away.
    Lingering(Box<Lingering>),
}

/// A request that came in pieces, so far.
#[derive(Debug)]
pub(crate) struct Partial {
    pub(crate) bytes: Vec<u8>,
    pub(crate) intake: Intake,
    /// When its first bytes were there.
    pub(crate) since: Instant,
    /// When its last bytes were there.
    pub(crate) last: Instant,
    /// Whether there are bytes that the intake has not seen.
    pub(crate) unseen: bool,
}

impl Partial {
    /// The start of a request that nobody has looked at, if there is any.
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

    /// Nothing, so far.
    pub(crate) fn new(protocol: Protocol, now: Instant) -> Self {
        Partial {
            bytes: Vec::new(),
            intake: Intake::new(protocol),
            since: now,
            last: now,
            unseen: false,
        }
    }

    /// Notes that bytes came, and whether the intake has seen them all.
    pub(crate) fn note(&mut self, now: Instant, unseen: bool) {
        self.last = now;
        self.unseen = unseen;
    }

    /// Whether it is no request so far, but the empty lines that may precede one.
    pub(crate) fn is_blank(&self) -> bool {
        self.bytes.iter().all(|byte| matches!(byte, b'\r' | b'\n'))
    }

    /// When a body that is being gathered has to be there: later, the more of
    /// it has come.
    pub(crate) fn body_deadline(&self, options: &Options) -> Instant {
        let mut patience = Patience::with_body(options);
        patience.note(self.last - self.since, self.bytes.len());
        patience.deadline(self.last)
    }
}

impl Connection {
    /// The connection of a client that was accepted `now`.
    pub(crate) fn new(key: Key, protocol: Protocol, peer: Arc<Peer>, now: Instant) -> Self {
        Connection {
            key,
            protocol,
            variables: peer.clone(),
            peer,
            phase: Phase::Receiving,
            partial: None,
            deadline: None,
            hangup: false,
            fresh: Some(now),
            goes_on: true,
            arrived: None,
            lent: None,
        }
    }

    /// Notes that another thread still reads from it, which it is not to wait for.
    pub(crate) fn lend(&mut self) {
        self.lent = Some(Lent(self.peer.clone()));
    }

    /// Whether driving it on may call the application, or its hooks.
    pub(crate) fn may_call(&self) -> bool {
        match &self.phase {
            Phase::Receiving | Phase::Spooling(_) | Phase::Finishing(_) => true,
            Phase::Sending(_) | Phase::Draining(_) | Phase::Breaking(_) | Phase::Lingering(_) => {
                false
            }
        }
    }

    /// Whether it waits for a request of which nothing has come.
    pub(crate) fn is_idle(&self) -> bool {
        matches!(self.phase, Phase::Receiving) && self.partial.is_none()
    }

    /// Its deadline when it is parked, by what it waits for; `None` where that
    /// is us.
    pub(crate) fn next_deadline(&self, options: &Options, now: Instant) -> Option<Instant> {
        Some(match &self.phase {
            Phase::Receiving => match &self.partial {
                None if self.fresh.is_none() => now + options.keep_alive,
                None => now + options.first_request_timeout,
                Some(partial) if !partial.intake.has_head() => partial.since + options.head_timeout,
                Some(partial) => partial.body_deadline(options),
            },
            Phase::Spooling(spooling) => spooling.deadline(),
            Phase::Sending(outgoing) => outgoing.patience.deadline(outgoing.since),
            Phase::Finishing(_) => return None,
            Phase::Draining(_) => self.deadline.unwrap_or(now + options.body_timeout),
            Phase::Breaking(breaking) => breaking.deadline(),
            Phase::Lingering(lingering) => lingering.deadline(),
        })
    }

    /// Whether what it waits for is a thread that may call the application, and
    /// no longer its peer.
    pub(crate) fn waits_for_us(&self) -> bool {
        match &self.phase {
            Phase::Receiving => self.has_unseen() || self.peer.can_be_read(),
            Phase::Spooling(spooling) => !spooling.is_crowded() && self.peer.can_be_read(),
            Phase::Finishing(_) => true,
            Phase::Sending(_) | Phase::Draining(_) | Phase::Breaking(_) | Phase::Lingering(_) => {
                false
            }
        }
    }

    /// Ends it at once, in such a way that its client can tell if it waits for
    /// more of a response.
    pub(crate) fn cut(self) {
        match &self.phase {
            Phase::Sending(_) => self.peer.reset(),
            Phase::Breaking(breaking) => breaking.break_off(&self.peer),
            Phase::Finishing(finishing) if finishing.is_cut() => self.peer.reset(),
            _ => {}
        }
    }

    /// Whether bytes were received that nobody has looked at.
    pub(crate) fn has_unseen(&self) -> bool {
        self.partial.as_ref().is_some_and(|partial| partial.unseen)
    }
}
