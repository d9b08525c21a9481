//! The loop that a new client comes to.
//!
//! The one that has accepted it keeps it at first: a client that asks for one response is often
//! gone before another loop has woken. After the first request its connection is [placed].
//!
//! [placed]: Shared::better_loop

use std::{io, sync::atomic::Ordering::*};

use crate::{
    counting::reason::ConnectionReason,
    loops::{
        acceptor::Arrival, core::Core, message::Message, notice::Notice, shared::Shared,
        stage::Stage,
    },
};

/// The number of connections that a loop may have more than another before it gives new clients
/// away. They are placed after their first request, or end with it.
const TOLERANCE: usize = 32;

/// Connections that give way before others have their turn.
const BATCH: usize = 64;

impl Shared {
    /// Accepts clients who wait at the loop of this core, up to a bound. Passes those whose address
    /// has too many connections to `turn_away`. Those that may not connect are not answered.
    pub(crate) fn accept(&self, core: &mut Core, own: usize, mut turn_away: impl FnMut(Arrival)) {
        for _ in 0..BATCH {
            if core.accept(&self.connection_limit) {
                self.wake();
            }
            while let Some(mut arrival) = core.reception.next_arrival() {
                if !arrival.is_allowed {
                    self.refuse(core, arrival);
                } else if self.take_place(&mut arrival) {
                    self.admit(core, own, arrival);
                    continue;
                } else {
                    turn_away(arrival);
                    core.recorder
                        .connection_refused(ConnectionReason::AddressLimit);
                    self.note_turned_away(core);
                }
                if self.connection_limit.give_back() {
                    self.wake();
                }
            }
            if let Some(error) = core.reception.take_failure() {
                self.note_failure(core, error);
            }
            match core.reception.take_shortage() {
                Some(shortage)
                    if !core.reception.is_limited() && self.make_room(core, own, shortage) =>
                {
                    core.reception.resume();
                }
                _ => return,
            }
        }
    }

    /// Notes that the system lets no client be accepted, for the log.
    #[cold]
    fn note_failure(&self, core: &mut Core, error: io::Error) {
        if let Some(untold) = self.throttles.failed_accepts.note(core.now) {
            core.notify(Notice::NotAccepted { error, untold });
        }
    }

    /// Closes the connection of a peer that may not connect to the socket.
    #[cold]
    fn refuse(&self, core: &mut Core, arrival: Arrival) {
        let peer = arrival.address;
        drop(arrival);
        core.recorder
            .connection_refused(ConnectionReason::NotAllowed);
        if let Some(untold) = self.throttles.refused_peers.note(core.now)
            && let Some(peer) = peer
        {
            core.notify(Notice::NotAllowed { peer, untold });
        }
    }

    /// Takes a place for a client among the connections of its address, if these are limited.
    /// Returns false if there is none. The client of a proxy is not known yet, and that of a front
    /// server never is.
    fn take_place(&self, arrival: &mut Arrival) -> bool {
        let address = arrival.address.filter(|_| arrival.proxies.is_none());
        match (&self.address_limit, address) {
            (Some(limit), Some(address)) if !arrival.protocol.is_gateway() => {
                arrival.place = limit.take(address.ip());
                arrival.place.is_some()
            }
            _ => true,
        }
    }

    /// Notes a client whose address has too many connections, for the log.
    pub(crate) fn note_turned_away(&self, core: &mut Core) {
        if let Some(untold) = self.throttles.turned_away.note(core.now)
            && let Some(limit) = &self.address_limit
        {
            core.notify(Notice::TurnedAway {
                max_connections_per_address: limit.limit(),
                clients: untold.count(),
            });
        }
    }

    /// Takes in a client that this loop counts already.
    pub(crate) fn take_in(&self, core: &mut Core, own: usize, arrival: Arrival) {
        core.admit(arrival, &self.config.options, &self.lookouts[own]);
    }

    /// Takes a new client in, unless this loop has many more connections than another: then it goes
    /// there. One that speaks TLS goes to the loop with the fewest, as its handshake is long.
    fn admit(&self, core: &mut Core, own: usize, arrival: Arrival) {
        let tolerance = match arrival.channel {
            None => TOLERANCE,
            Some(_) => 0,
        };
        let target = self.admitting_loop(own, tolerance);
        if target == own {
            self.take_in(core, own, arrival);
        } else if let Err(Message::Accepted(arrival)) =
            self.loops[target].send(Message::Accepted(arrival))
        {
            // That loop has failed.
            self.loops[target].connections.fetch_sub(1, Relaxed);
            self.loops[own].connections.fetch_add(1, SeqCst);
            self.take_in(core, own, arrival);
        }
    }

    /// The loop that a new connection goes to, which counts it from here on.
    fn admitting_loop(&self, own: usize, tolerance: usize) -> usize {
        let lightest = self.lightest_loop(own, tolerance);
        self.loops[lightest].connections.fetch_add(1, SeqCst);
        if lightest == own || self.stage() == Stage::Serving {
            // A loop that has to end looks at its count afterwards, and finds this one in it.
            return lightest;
        }
        // The other loop may have ended.
        self.loops[lightest].connections.fetch_sub(1, SeqCst);
        self.loops[lightest].wake();
        self.loops[own].connections.fetch_add(1, SeqCst);
        own
    }

    /// The loop with the fewest connections; `own` if it has no more than that and `tolerance`.
    pub(super) fn lightest_loop(&self, own: usize, tolerance: usize) -> usize {
        let load = |index: usize| self.loops[index].connections.load(Relaxed);
        let lightest = (0..self.loops.len())
            .min_by_key(|index| load(*index))
            .unwrap_or(own);
        if load(own) > load(lightest) + tolerance {
            lightest
        } else {
            own
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::loops::shared::tests::shared;

    #[test]
    fn a_connection_goes_to_the_lighter_loop_but_not_to_one_that_may_have_ended() {
        let shared = shared(2);
        let counts = || [0, 1].map(|index| shared.loops[index].connections.load(SeqCst));
        assert_eq!(shared.admitting_loop(0, 0), 0);
        assert_eq!((shared.admitting_loop(0, 1), counts()), (0, [2, 0]));
        assert_eq!((shared.admitting_loop(0, 1), counts()), (1, [2, 1]));
        assert_eq!((shared.admitting_loop(0, 0), counts()), (1, [2, 2]));
        assert_eq!(shared.admitting_loop(0, 0), 0);
        shared.advance(Stage::Draining);
        assert_eq!((shared.admitting_loop(0, 0), counts()), (0, [4, 2]));
    }
}
