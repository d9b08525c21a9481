//! The loop that a new client comes to.

use std::sync::atomic::Ordering::*;

use crate::{
    counting::reason::ConnectionReason,
    loops::{
        acceptor::Arrival,
        core::Core,
        message::Message,
        notice::Notice,
        shared::{Shared, Stage},
    },
};

/// Connections that give way before others have their turn.
const BATCH: usize = 64;

impl Shared {
    /// Accepts clients who wait at the loop of this core, up to a bound. Passes those whose address
    /// has too many connections to `turn_away`.
    pub(crate) fn accept(&self, core: &mut Core, own: usize, mut turn_away: impl FnMut(Arrival)) {
        for _ in 0..BATCH {
            if core.accept(&self.connection_limit) {
                self.wake();
            }
            while let Some(mut arrival) = core.reception.next_arrival() {
                if self.take_place(&mut arrival) {
                    self.admit(core, own, arrival);
                } else {
                    turn_away(arrival);
                    core.recorder
                        .connection_refused(ConnectionReason::AddressLimit);
                    self.note_turned_away(core);
                    if self.connection_limit.give_back() {
                        self.wake();
                    }
                }
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
        if let Some(untold) = self.turned_away.note(core.now)
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

    /// Gives a new client to the loop with the fewest connections.
    fn admit(&self, core: &mut Core, own: usize, arrival: Arrival) {
        let target = self.admitting_loop(own);
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
    fn admitting_loop(&self, own: usize) -> usize {
        let lightest = self.lightest_loop(own);
        self.loops[lightest].connections.fetch_add(1, SeqCst);
        if lightest == own || self.stage() == Stage::Serving {
            // A loop looks at its count after it saw that it has to end: it saw this one.
            return lightest;
        }
        // The other loop may have ended.
        self.loops[lightest].connections.fetch_sub(1, SeqCst);
        self.loops[lightest].wake();
        self.loops[own].connections.fetch_add(1, SeqCst);
        own
    }

    /// The loop with the fewest connections; `own` if it has no more than that.
    fn lightest_loop(&self, own: usize) -> usize {
        let load = |index: usize| self.loops[index].connections.load(Relaxed);
        let lightest = (0..self.loops.len())
            .min_by_key(|index| load(*index))
            .unwrap_or(own);
        if load(own) > load(lightest) {
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
        assert_eq!(shared.admitting_loop(0), 0);
        assert_eq!((shared.admitting_loop(0), counts()), (1, [1, 1]));
        assert_eq!(shared.admitting_loop(0), 0);
        shared.advance(Stage::Draining);
        assert_eq!((shared.admitting_loop(0), counts()), (0, [3, 1]));
    }
}
