//! The compressors of all requests, within a bound of their memory.

use std::sync::{
    Mutex, MutexGuard, PoisonError,
    atomic::{AtomicUsize, Ordering::Relaxed},
};

use super::{coding::Coding, encoder::Encoder, levels::Levels};

/// Compressors, of which those without work wait for the next request.
pub(crate) struct Pool {
    /// The most memory of all compressors together, in bytes.
    pub(crate) limit: usize,
    /// The memory of all compressors, in bytes.
    used: AtomicUsize,
    idle: Mutex<Vec<Encoder>>,
}

/// The most compressors that wait. More of them work at once only in streams, which are rare and
/// live long.
const MAX_IDLE: usize = 16;

impl Default for Pool {
    fn default() -> Self {
        Self {
            limit: 64 * 1024 * 1024,
            used: AtomicUsize::new(0),
            idle: Mutex::default(),
        }
    }
}

impl Pool {
    /// A compressor, ready for a body. `None` if there is no memory for it.
    pub(crate) fn take(&self, coding: Coding, levels: &Levels) -> Option<Encoder> {
        if let Some(encoder) = self.take_idle(|encoder| encoder.coding() == coding) {
            return Some(encoder);
        }
        while !self.reserve(levels.memory(coding)) {
            // Those that wait make room.
            let encoder = self.take_idle(|_| true)?;
            self.drop(encoder, levels);
        }
        Some(Encoder::new(coding, levels))
    }

    /// Takes back a compressor, wherever it stopped.
    pub(crate) fn give_back(&self, mut encoder: Encoder, levels: &Levels) {
        if encoder.reset() {
            let mut idle = self.idle();
            if idle.len() < MAX_IDLE {
                idle.push(encoder);
                return;
            }
        }
        self.drop(encoder, levels);
    }

    fn drop(&self, encoder: Encoder, levels: &Levels) {
        let memory = levels.memory(encoder.coding());
        drop(encoder);
        self.used.fetch_sub(memory, Relaxed);
    }

    fn reserve(&self, memory: usize) -> bool {
        let add = |used: usize| used.checked_add(memory).filter(|&used| used <= self.limit);
        self.used.fetch_update(Relaxed, Relaxed, add).is_ok()
    }

    fn take_idle(&self, is_wanted: impl Fn(&Encoder) -> bool) -> Option<Encoder> {
        let mut idle = self.idle();
        let position = idle.iter().rposition(is_wanted)?;
        Some(idle.swap_remove(position))
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Encoder>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
