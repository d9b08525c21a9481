//! The loop that a connection stays at.

use std::sync::atomic::Ordering::*;

use crate::{
    connections::connection::Connection,
    loops::{core::Core, message::Message, shared::Shared},
};

impl Shared {
    /// The loop to which a connection of this one goes after its first request: the one with the
    /// fewest, if that is better. Nothing moves once the server retires or ends.
    pub(crate) fn better_loop(&self, own: usize) -> Option<usize> {
        let lightest = self.lightest_loop(own, 1);
        (lightest != own && self.is_serving()).then_some(lightest)
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
