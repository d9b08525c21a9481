//! The slots of a loop's connections.

use std::sync::Arc;

use crate::{
    connections::{connection::Connection, key::Key},
    instant::Instant,
    peers::peer::Peer,
};

/// The slot of a connection. The connection itself may be away, with the thread that drives it.
pub(crate) struct Slot {
    generation: u32,
    pub(crate) peer: Option<Arc<Peer>>,
    pub(crate) connection: Option<Box<Connection>>,
    /// When the connection's time is up.
    pub(crate) deadline: Option<Instant>,
    /// The alarm that is set for the connection, at its deadline or before.
    pub(crate) alarm: Option<Instant>,
    /// Whether an event said that the peer has ended its side.
    pub(crate) hangup: bool,
    /// Whether the connection is in the queue of those that are ready.
    pub(crate) queued: bool,
    /// Whether the connection's last turns computed for long.
    pub(crate) slow: bool,
    /// Whether the connection became ready while it was away.
    pub(crate) missed: bool,
    /// Whether the connection waits for a spare thread.
    pub(crate) starved: bool,
    /// Whether the connection waits for room for a body.
    pub(crate) crowded: bool,
}

impl Slot {
    fn vacant(generation: u32) -> Self {
        Self {
            generation,
            peer: None,
            connection: None,
            deadline: None,
            alarm: None,
            hangup: false,
            queued: false,
            slow: false,
            missed: false,
            starved: false,
            crowded: false,
        }
    }

    fn key(&self, index: usize) -> Key {
        Key {
            index: index as u32,
            generation: self.generation,
        }
    }

    fn idle(&self, key: Key) -> Option<Idle> {
        let connection = self.connection.as_ref()?;
        (connection.is_idle() && !self.queued).then_some(Idle {
            key,
            deadline: self.deadline?,
            unused_since: connection.unused_since,
        })
    }
}

/// An idle connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Idle {
    pub(crate) key: Key,
    pub(crate) deadline: Instant,
    /// When it was accepted, if it never had a request.
    pub(crate) unused_since: Option<Instant>,
}

/// The slots of a loop. A slot is reused under another generation of its [`Key`].
#[derive(Default)]
pub(crate) struct Slots {
    slots: Vec<Slot>,
    free: Vec<u32>,
}

impl Slots {
    /// The number of slots that are taken.
    pub(crate) fn len(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    /// The key that the next connection will have.
    pub(crate) fn next_key(&mut self) -> Key {
        let index = match self.free.last() {
            Some(index) => *index,
            None => {
                self.slots.push(Slot::vacant(0));
                let index = (self.slots.len() - 1) as u32;
                self.free.push(index);
                index
            }
        };
        self.slots[index as usize].key(index as usize)
    }

    /// Takes the slot of [`next_key`](Self::next_key).
    pub(crate) fn occupy(&mut self, key: Key, peer: Arc<Peer>) {
        self.free.pop();
        self.slots[key.index as usize].peer = Some(peer);
    }

    pub(crate) fn get(&mut self, key: Key) -> Option<&mut Slot> {
        let slot = self.slots.get_mut(key.index as usize)?;
        (slot.generation == key.generation && slot.peer.is_some()).then_some(slot)
    }

    /// Whether this is the alarm that was set last for a connection.
    pub(crate) fn has_alarm(&self, key: Key, at: Instant) -> bool {
        let slot = self.slots.get(key.index as usize);
        slot.is_some_and(|slot| slot.generation == key.generation && slot.alarm == Some(at))
    }

    /// Frees a slot. Its present key finds nothing from now on.
    pub(crate) fn release(&mut self, key: Key) {
        if let Some(slot) = self.get(key) {
            *slot = Slot::vacant((key.generation + 1) % Key::GENERATIONS);
            self.free.push(key.index);
        }
    }

    /// The idle connection of a key, unless it is away or something may have come on it.
    pub(crate) fn idle(&mut self, key: Key) -> Option<Idle> {
        self.get(key).and_then(|slot| slot.idle(key))
    }

    /// All idle connections that are not away and on which nothing has come, as far as is known.
    pub(crate) fn all_idle(&self) -> impl Iterator<Item = Idle> {
        let slots = self.slots.iter().enumerate();
        slots.filter_map(|(index, slot)| slot.idle(slot.key(index)))
    }

    /// The keys of all slots that are taken.
    pub(crate) fn keys(&self) -> Vec<Key> {
        let slots = self.slots.iter().enumerate();
        let taken = slots.filter(|(_, slot)| slot.peer.is_some());
        taken.map(|(index, slot)| slot.key(index)).collect()
    }
}
