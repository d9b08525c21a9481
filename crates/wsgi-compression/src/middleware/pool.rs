//! The compressors of all requests, within a bound of their memory.

use std::sync::{
    Mutex, MutexGuard, PoisonError,
    atomic::{AtomicUsize, Ordering::Relaxed},
};

use super::{coding::Coding, encoder::Encoder, levels::Levels, window::Window};

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
    /// A compressor, ready for a body of which the length may be known. `None` if there is no
    /// memory for it.
    pub(crate) fn take(
        &self,
        coding: Coding,
        length: Option<u64>,
        levels: &Levels,
    ) -> Option<Encoder> {
        let window = levels.window(coding, length);
        // Half of the memory is left for usual windows, so that a few long bodies do not keep all
        // others from being compressed.
        if window != Window::USUAL && self.make_room(coding, window, self.limit / 2, levels) {
            return Some(Encoder::new(coding, window, levels));
        }
        if let Some(encoder) = self.take_idle(|encoder| encoder.coding() == coding) {
            return Some(encoder);
        }
        let window = Window::USUAL;
        self.make_room(coding, window, self.limit, levels)
            .then(|| Encoder::new(coding, window, levels))
    }

    /// Reserves the memory of a compressor, within a limit for all. Those that wait make room, if
    /// all of them together are enough.
    fn make_room(&self, coding: Coding, window: Window, limit: usize, levels: &Levels) -> bool {
        let memory = levels.memory(coding, window);
        while !self.reserve(memory, limit) {
            if self.used_by_work(levels).saturating_add(memory) > limit {
                return false;
            }
            let Some(encoder) = self.take_idle(|_| true) else {
                return false;
            };
            self.drop(encoder, levels);
        }
        true
    }

    /// Takes back a compressor, wherever it stopped. One with a large window does not wait for
    /// another long body, because those are rare.
    pub(crate) fn give_back(&self, mut encoder: Encoder, levels: &Levels) {
        if encoder.window() == Window::USUAL && encoder.reset() {
            let mut idle = self.idle();
            if idle.len() < MAX_IDLE {
                idle.push(encoder);
                return;
            }
        }
        self.drop(encoder, levels);
    }

    fn drop(&self, encoder: Encoder, levels: &Levels) {
        let memory = levels.memory(encoder.coding(), encoder.window());
        drop(encoder);
        self.used.fetch_sub(memory, Relaxed);
    }

    fn reserve(&self, memory: usize, limit: usize) -> bool {
        let add = |used: usize| used.checked_add(memory).filter(|&used| used <= limit);
        self.used.fetch_update(Relaxed, Relaxed, add).is_ok()
    }

    /// The memory of the compressors that do not wait.
    fn used_by_work(&self, levels: &Levels) -> usize {
        let idle = self.idle();
        let memory = |encoder: &Encoder| levels.memory(encoder.coding(), encoder.window());
        let idle: usize = idle.iter().map(memory).sum();
        self.used.load(Relaxed).saturating_sub(idle)
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

#[cfg(all(test, feature = "brotli", feature = "gzip"))]
mod tests {
    use super::*;

    #[test]
    fn those_that_wait_are_kept_if_they_would_not_make_room() {
        let levels = Levels::default();
        let pool = Pool {
            limit: 2
                * (levels.memory(Coding::Brotli, Window::LARGEST)
                    + levels.memory(Coding::Gzip, Window::USUAL)),
            ..Pool::default()
        };
        let take = |coding, length| pool.take(coding, length, &levels);
        let gzip = take(Coding::Gzip, None).unwrap();
        // It takes the half that is for long bodies.
        let long = take(Coding::Brotli, Some(4 << 20)).unwrap();
        assert_eq!(long.window(), Window::LARGEST);
        pool.give_back(gzip, &levels);

        let short = take(Coding::Brotli, Some(4 << 20)).unwrap();
        assert_eq!(short.window(), Window::USUAL);
        assert_eq!(pool.idle().len(), 1, "the compressor of gzip still waits");
    }

    #[test]
    fn those_that_wait_make_room_if_they_are_enough() {
        let levels = Levels::default();
        let memory = levels.memory(Coding::Brotli, Window::LARGEST);
        let pool = Pool {
            limit: 2 * memory,
            ..Pool::default()
        };
        let gzip = pool.take(Coding::Gzip, None, &levels).unwrap();
        pool.give_back(gzip, &levels);
        let long = pool.take(Coding::Brotli, Some(4 << 20), &levels).unwrap();
        assert_eq!(long.window(), Window::LARGEST);
        assert_eq!(pool.idle().len(), 0);
        assert_eq!(pool.used.load(Relaxed), memory);
    }
}
