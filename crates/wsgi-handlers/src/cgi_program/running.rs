//! The programs that run at once.

use std::{
    collections::HashMap,
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::life::Life;

/// The programs that run. Clones count together.
#[derive(Clone, Debug, Default)]
pub(super) struct Running(Arc<Mutex<Programs>>);

#[derive(Debug, Default)]
struct Programs {
    /// Whether there will be no others.
    is_stopped: bool,
    /// The number of the next one.
    next: u64,
    /// Each by its number, once it was started.
    places: HashMap<u64, Option<Life>>,
}

/// A program among those that run, until it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    running: Running,
    number: u64,
}

/// Why there is no place for a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// As many run as may.
    Full,
    /// All were stopped.
    Stopped,
}

impl Running {
    /// A place for a program, unless `most` of them run.
    pub(super) fn enter(&self, most: usize) -> Result<Place, Refusal> {
        let mut programs = self.programs();
        if programs.is_stopped {
            return Err(Refusal::Stopped);
        }
        if programs.places.len() >= most {
            return Err(Refusal::Full);
        }
        let number = programs.next;
        programs.next += 1;
        programs.places.insert(number, None);
        drop(programs);
        Ok(Place {
            running: self.clone(),
            number,
        })
    }

    /// Kills all programs. There will be no others.
    pub(super) fn stop(&self) {
        let mut programs = self.programs();
        programs.is_stopped = true;
        let lives: Vec<Life> = programs.places.values_mut().filter_map(mem::take).collect();
        drop(programs);
        lives.iter().for_each(Life::kill);
    }

    fn programs(&self) -> MutexGuard<'_, Programs> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    /// Notes the program that has this place.
    pub(super) fn hold(&self, life: &Life) {
        let mut programs = self.running.programs();
        if programs.is_stopped {
            drop(programs);
            return life.kill(); // since just now
        }
        programs.places.insert(self.number, Some(life.clone()));
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.running.programs().places.remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::{Refusal, Running};

    #[test]
    fn a_place_is_free_again_after_its_drop() {
        let running = Running::default();
        let clone = running.clone();
        let places = [running.enter(2), clone.enter(2)];
        assert!(places.iter().all(Result::is_ok));
        assert_eq!(running.enter(2).unwrap_err(), Refusal::Full);
        assert!(running.enter(3).is_ok());
        drop(places);
        assert!(running.enter(1).is_ok());
        assert_eq!(running.enter(0).unwrap_err(), Refusal::Full);
        clone.stop();
        assert_eq!(running.enter(1).unwrap_err(), Refusal::Stopped);
    }
}
