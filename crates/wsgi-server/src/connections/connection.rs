//! One client's connection, from accept to close.

use std::{borrow::Cow, sync::Arc};

use wsgi_environ::{Environ, WatchedConnection};

use crate::{
    connections::{
        key::Key, opening::Opening, pace::Pace, partial::Partial, phase::Phase, waiting::Waiting,
    },
    event_queue::Events,
    instant::Instant,
    options::Options,
    peers::{
        address_limit::AddressPlace, client::Client, lookout::Lookout, peer::Peer,
        requester::Requester,
    },
    protocol::Protocol,
};

/// A connection. It has one owner at a time: the loop where it is parked, or the thread that
/// drives it.
pub(crate) struct Connection {
    pub(crate) key: Key,
    /// The number of the listener through which it came.
    pub(crate) listener: usize,
    pub(crate) protocol: Protocol,
    pub(crate) peer: Arc<Peer>,
    /// The same peer, or the client that it names, as environs know it.
    pub(crate) variables: Arc<dyn WatchedConnection<Environ>>,
    /// Whether it is placed at its loop. A handshake is work that is known to come, so the loop of
    /// a client who speaks TLS is chosen before it; that of others after their first request.
    pub(crate) is_placed: bool,
    /// When it was given to its present loop by another.
    pub(crate) moved_at: Option<Instant>,
    /// Whether the client speaks TLS, with this server or with the proxy that names it.
    pub(crate) is_secure: bool,
    pub(crate) phase: Phase,
    /// The length of its last turns, if calls exclude each other.
    pub(crate) pace: Pace,
    /// The part of the next request that has come.
    pub(crate) partial: Option<Box<Partial>>,
    /// Its place among the connections of its address, if these are limited. It is given back with
    /// the connection.
    pub(crate) place: Option<Box<AddressPlace>>,
    /// The wait of its request for a thread, if it waits.
    pub(crate) waiting: Option<Box<Waiting>>,
    /// When its time is up.
    pub(crate) deadline: Option<Instant>,
    /// The events that its loop is told of. A client that asks for one response, and whose request
    /// is there when it is accepted, is answered without them. While the application reads a body
    /// from the socket, they would only wake the loop.
    pub(crate) told: Option<Events>,
    /// Whether the peer has ended its side. What it sent before can still be read.
    pub(crate) hangup: bool,
    /// When it was accepted, until its first request is there.
    pub(crate) unused_since: Option<Instant>,
    /// The number of requests that were taken up.
    pub(crate) requests: u64,
    /// Whether the last read took everything that had come, and the request that is answered was
    /// all of it.
    pub(crate) is_read_up: bool,
    /// Whether something of another request was read with the one that is answered.
    pub(crate) is_followed: bool,
    /// Whether it takes another request after the one that is answered.
    pub(crate) takes_another: bool,
    /// Once the server shuts down: the position, in everything that the client sends, of the
    /// last byte that had arrived by then.
    pub(crate) arrived_at_shutdown: Option<u64>,
    lent: Option<Lent>,
}

/// A socket that another thread reads from. At the end of the connection it ends for that
/// thread as well; not before, or what still comes would be answered by a reset, and the
/// response be lost with it.
#[derive(Debug)]
struct Lent(Arc<Peer>);

impl Drop for Lent {
    fn drop(&mut self) {
        self.0.close();
    }
}

impl Connection {
    /// The connection of a client that was accepted `now`.
    pub(crate) fn new(
        key: Key,
        protocol: Protocol,
        peer: Arc<Peer>,
        lookout: &Arc<Lookout>,
        now: Instant,
    ) -> Self {
        peer.watch.note_loop(lookout.loop_index);
        Connection {
            key,
            listener: 0,
            protocol,
            variables: Arc::new(Requester::new(&peer, None, lookout)),
            is_placed: peer.is_secure(),
            moved_at: None,
            is_secure: peer.is_secure(),
            phase: first_phase(&peer),
            peer,
            pace: Pace::Quick,
            partial: None,
            place: None,
            waiting: None,
            deadline: None,
            told: None,
            hangup: false,
            unused_since: Some(now),
            requests: 0,
            is_read_up: false,
            is_followed: false,
            takes_another: true,
            arrived_at_shutdown: None,
            lent: None,
        }
    }

    /// Expects a proxy to name its client before everything else.
    pub(crate) fn expect(&mut self, opening: Opening) {
        self.phase = Phase::Opening(Box::new(opening));
    }

    /// Goes on after the header of a proxy, which may have named its client. The peer of a gateway
    /// protocol is a front server, which tells the client's address itself.
    pub(crate) fn open(&mut self, client: Option<Box<Client>>, lookout: &Arc<Lookout>) {
        self.phase = first_phase(&self.peer);
        self.deadline = None;
        if let Some(client) = client.filter(|_| !self.protocol.is_gateway()) {
            self.is_secure |= client.is_secure();
            self.variables = Arc::new(Requester::new(&self.peer, Some(client), lookout));
        }
    }

    /// The address of the client, or a word for one on a Unix socket.
    pub(crate) fn client(&self) -> Cow<'_, str> {
        match self.variables.variable("REMOTE_ADDR") {
            None | Some(b"") => "a client".into(),
            Some(address) => String::from_utf8_lossy(address),
        }
    }

    /// Notes that another thread still reads from it. The connection does not wait for that.
    pub(crate) fn lend(&mut self) {
        self.lent = Some(Lent(self.peer.clone()));
    }

    /// Whether it waits for a request of which nothing has come, or for a handshake or the header
    /// of a proxy before it.
    pub(crate) fn is_idle(&self) -> bool {
        match &self.phase {
            Phase::Opening(opening) => opening.is_idle(),
            Phase::Handshaking | Phase::Receiving => !self.has_begun(),
            _ => false,
        }
    }

    /// Whether something of the next request has come.
    fn has_begun(&self) -> bool {
        self.partial
            .as_ref()
            .is_some_and(|partial| partial.has_begun())
    }

    /// Counts the part of a TLS record as that of a request, so that its deadline runs. If the
    /// record turns out to hold nothing of one, the connection is as idle as it was before.
    #[cold] // so that connections without TLS pay nothing for it
    pub(crate) fn note_record(&mut self, options: &Options, now: Instant) {
        if !self.peer.is_midway() {
            if let Some(partial) = &mut self.partial
                && let Some(deadline) = partial.end_record()
            {
                self.deadline = Some(deadline);
                self.partial.take_if(|partial| partial.bytes.is_empty());
            }
        } else if !self.has_begun()
            && let Some(deadline) = self.next_deadline(options, now)
        {
            let protocol = self.protocol;
            self.partial
                .get_or_insert_with(|| Box::new(Partial::new(protocol, now)))
                .begin_record(now, deadline);
        }
    }

    /// Whether it is at rest between two requests: the last one is answered, and nothing is left of
    /// what was read. What the client has sent since is still in the socket.
    pub(crate) fn is_at_rest(&self) -> bool {
        self.phase.is_receiving()
            && self.partial.is_none()
            && self.unused_since.is_none()
            && self.waiting.is_none()
            && self.lent.is_none()
            && !self.hangup
            && !self.peer.has_unread()
            && !self.peer.is_midway()
    }

    /// Keeps the bytes that follow a request, for the next one.
    pub(crate) fn keep(&mut self, bytes: Vec<u8>, now: Instant) {
        self.partial = Partial::of(bytes, self.protocol, now);
    }

    /// The deadline of what it waits for; `None` if it waits for the server. An event may bring
    /// nothing to go on with, so those without bytes to count keep the deadline that they have.
    #[inline]
    pub(crate) fn next_deadline(&self, options: &Options, now: Instant) -> Option<Instant> {
        Some(match &self.phase {
            Phase::Opening(opening) => opening.deadline(),
            Phase::Handshaking => self.deadline.unwrap_or(now + options.handshake_timeout),
            Phase::Receiving => match &self.partial {
                Some(partial) if partial.has_begun() => partial.deadline(options),
                _ => self.deadline.unwrap_or_else(|| {
                    now + match self.unused_since {
                        None => options.keep_alive,
                        Some(_) => options.first_request_timeout,
                    }
                }),
            },
            Phase::Spooling(spooling) => spooling.deadline(),
            Phase::Sending(outgoing) => return outgoing.deadline(),
            Phase::Finishing(_) => return None,
            Phase::Draining(_) => self.deadline.unwrap_or(now + options.body_timeout),
            Phase::Breaking(breaking) => breaking.deadline(),
            Phase::Lingering(lingering) => lingering.deadline(),
        })
    }

    /// The events without which it does not go on.
    #[inline]
    pub(crate) fn awaited_events(&self) -> Events {
        match self.phase {
            Phase::Sending(_) => Events::All,
            _ if self.peer.has_unsent() => Events::All,
            _ => Events::Received,
        }
    }

    /// Whether it waits for a thread that may call the application, and no longer for its peer.
    pub(crate) fn waits_for_us(&self) -> bool {
        match &self.phase {
            Phase::Opening(_) => self.peer.can_be_read(),
            // It goes on once the peer has taken what is before that.
            Phase::Handshaking => !self.peer.has_unsent() && self.peer.can_be_read(),
            Phase::Receiving => self.has_unseen() || self.peer.can_be_read(),
            Phase::Spooling(spooling) => !spooling.is_crowded() && self.peer.can_be_read(),
            Phase::Finishing(_) => true,
            Phase::Sending(_) | Phase::Draining(_) | Phase::Breaking(_) | Phase::Lingering(_) => {
                false
            }
        }
    }

    /// Whether bytes have come that the intake has not seen.
    pub(crate) fn has_unseen(&self) -> bool {
        self.partial.as_ref().is_some_and(|partial| partial.unseen)
    }

    /// Ends it at once, in such a way that a client that waits for more of a response sees
    /// that.
    pub(crate) fn cut(mut self) {
        match &mut self.phase {
            Phase::Sending(outgoing) => {
                self.peer.cut();
                drop(outgoing.end_live());
            }
            Phase::Breaking(breaking) => breaking.break_off(&self.peer),
            Phase::Finishing(finishing) if finishing.is_cut() => self.peer.cut(),
            _ => {}
        }
        // The input that an application keeps owns the socket too.
        self.peer.close();
    }
}

/// The phase in which a client's first bytes are awaited.
fn first_phase(peer: &Peer) -> Phase {
    match peer.is_secure() {
        true => Phase::Handshaking,
        false => Phase::Receiving,
    }
}
