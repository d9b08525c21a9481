//! The loop that a connection is at.

use std::{sync::atomic::Ordering::*, time::Duration};

use crate::{
    connections::connection::Connection,
    instant::Instant,
    loops::{core::Core, message::Message, shared::Shared},
};

/// The least time from one move of a connection to the next.
const STAY: Duration = Duration::from_secs(1);

impl Shared {
    /// The loop to which a connection of this one goes after its first request: the one with the
    /// fewest, if that is better. Nothing moves once the server retires or ends.
    pub(crate) fn better_loop(&self, own: usize) -> Option<usize> {
        let lightest = self.lightest_loop(own, 1);
        (lightest != own && self.is_serving()).then_some(lightest)
    }

    /// The loop that has time for a connection of this one, which is saturated: others wait here to
    /// be driven. A connection that has come from another loop stays for a while.
    pub(crate) fn loop_with_time(
        &self,
        core: &Core,
        own: usize,
        connection: &Connection,
    ) -> Option<usize> {
        let is_settled = |moved_at: Instant| core.now >= moved_at + STAY;
        let may_move = core.parking.has_ready()
            && connection.is_at_rest()
            && connection.moved_at.is_none_or(is_settled)
            && self.is_serving();
        may_move.then(|| self.loops[own].relief.take())?
    }

    /// Gives a connection at rest to another loop. It stays if that may have ended. The loop with
    /// the core holds nothing of it, except its slot.
    pub(crate) fn give(
        &self,
        core: &mut Core,
        own: usize,
        target: usize,
        mut connection: Box<Connection>,
    ) {
        core.deregister(&mut connection);
        core.parking.release(connection.key);
        connection.moved_at = Some(core.now);
        connection.peer.watch.note_loop(target);
        let target = &self.loops[target];
        target.connections.fetch_add(1, SeqCst);
        // A loop that has to end looks at its count afterwards, and finds this one in it.
        let message = Message::Moved(connection);
        let refused = match self.is_serving() {
            true => target.send(message).err(),
            false => Some(message),
        };
        let Some(connection) = refused.and_then(Message::connection) else {
            self.loops[own].connections.fetch_sub(1, SeqCst);
            return;
        };
        target.connections.fetch_sub(1, SeqCst);
        target.wake();
        connection.peer.watch.note_loop(own);
        core.take_over(connection);
    }
}
