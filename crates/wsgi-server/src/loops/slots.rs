//! The connections of a loop, by number.

use std::{sync::Arc, time::Instant};

use crate::{connections::connection::Connection, connections::key::Key, peers::peer::Peer};

/// A place for a connection. The connection itself may be away with a thread
/// that runs a request of it; the place waits.
pub(crate) struct Slot {
    generation: u32,
    pub(crate) peer: Option<Arc<Peer>>,
    pub(crate) connection: Option<Box<Connection>>,
    /// When its time is up.
    pub(crate) deadline: Option<Instant>,
    /// The alarm that is set for it, at its deadline or before.
    pub(crate) alarm: Option<Instant>,
    /// Whether the peer stopped sending, as an event said.
    pub(crate) hangup: bool,
    /// Whether it stands in the queue of the ready.
    pub(crate) queued: bool,
    /// Whether it was ready while it was away.
    pub(crate) missed: bool,
    /// Whether it waits for a spare thread.
    pub(crate) starved: bool,
    /// Whether it waits for room for a body.
    pub(crate) crowded: bool,
}

impl Slot {
    fn vacant(generation: u32) -> Self {
        Slot {
            generation,
            peer: None,
            connection: None,
            deadline: None,
            alarm: None,
            hangup: false,
            queued: false,
            missed: false,
            starved: false,
            crowded: false,
        }
    }
}

#[derive(Default)]
pub(crate) struct Slots {
    slots: Vec<Slot>,
    free: Vec<u32>,
}

impl Slots {
    /// How many are taken.
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
        Key {
            index,
            generation: self.slots[index as usize].generation,
        }
    }

    /// Takes the place of [`next_key`](Self::next_key).
    pub(crate) fn occupy(&mut self, key: Key, peer: Arc<Peer>) {
        self.free.pop();
        self.slots[key.index as usize].peer = Some(peer);
    }

    pub(crate) fn get(&mut self, key: Key) -> Option<&mut Slot> {
        let slot = self.slots.get_mut(key.index as usize)?;
        (slot.generation == key.generation && slot.peer.is_some()).then_some(slot)
    }

    /// Whether an alarm is the one that was set last for its connection.
    pub(crate) fn has_alarm(&self, key: Key, at: Instant) -> bool {
        let slot = self.slots.get(key.index as usize);
        slot.is_some_and(|slot| slot.generation == key.generation && slot.alarm == Some(at))
    }

    /// Frees a place; whoever still has its key finds nothing from now on.
    pub(crate) fn release(&mut self, key: Key) {
        if let Some(slot) = self.get(key) {
            // The highest generations are left out, so that no key is a token with a meaning of its own.
            *slot = Slot::vacant((key.generation + 1) % (u32::MAX >> 1));
            self.free.push(key.index);
        }
    }

    /// The connections at rest: their keys, their deadlines, and whether they were used.
    pub(crate) fn at_rest(&self) -> impl Iterator<Item = (Key, Instant, bool)> {
        self.slots.iter().enumerate().filter_map(|(index, slot)| {
            let connection = slot.connection.as_ref().filter(|rests| rests.is_idle())?;
            let key = Key {
                index: index as u32,
                generation: slot.generation,
            };
            Some((key, slot.deadline?, connection.fresh.is_none()))
        })
    }

    /// The keys of all that are taken.
    pub(crate) fn keys(&self) -> Vec<Key> {
        let taken = |(index, slot): (usize, &Slot)| {
            slot.peer.as_ref().map(|_| Key {
                index: index as u32,
                generation: slot.generation,
            })
        };
        self.slots.iter().enumerate().filter_map(taken).collect()
    }
}
