//! Group commit: writers that wait at the same time share one transaction.
//!
//! The first writer to come leads: it takes all work that waits, does it in one transaction,
//! commits, and answers. Work that came in the meantime waits for the next leader, one of those
//! who wait. There is no thread of its own, so there is nothing to stop; and nobody is answered
//! before the commit that holds its work is durable. Before a commit begins it is known that the disk
//! has room for it: what begins sessions is refused where it has not, and the rest done in smaller
//! commits.

use std::mem;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::FileStore;
use super::database::{Failed, store_error};
use super::held;
use super::tables::{Failure, Tables};
use crate::{Record, StoreError};

/// The writers of a database.
pub(super) struct Commits {
    queue: Mutex<Queue>,
}

/// The room that work takes, about, until what it replaces is free.
#[derive(Clone, Copy)]
pub(super) struct Needs {
    pub(super) bytes: u64,
    begins: bool,
}

impl Needs {
    /// The engine's pages, and those that a change of one touches besides.
    const PAGE: u64 = 4096;
    const TOUCHED: u64 = 3 * Self::PAGE;

    /// What a removal writes anew of its neighbours.
    const REMOVED: u64 = 512;

    /// Work that needs more than this is refused where there is not as much; other work may find room
    /// in the file.
    pub(super) const LITTLE: u64 = 64 << 10;

    /// Work that removes entries, or changes a few bytes of them.
    pub(super) const NOTHING: Self = Self {
        bytes: Self::TOUCHED,
        begins: false,
    };

    /// Work that removes entries which stand side by side.
    pub(super) fn removal(count: usize) -> Self {
        let bytes = Self::TOUCHED + count as u64 * Self::REMOVED;
        Self {
            bytes,
            begins: false,
        }
    }

    /// Work that writes an entry in the place of one.
    pub(super) fn place_of(record: &Record) -> Self {
        let pages = held::size(record).div_ceil(Self::PAGE).next_power_of_two();
        Self {
            bytes: pages * Self::PAGE + Self::TOUCHED,
            begins: false,
        }
    }

    /// Work that adds an entry.
    pub(super) fn new_place(record: &Record) -> Self {
        Self {
            begins: true,
            ..Self::place_of(record)
        }
    }

    /// Work that sets what a client of WSGI Utils keeps.
    #[cfg(feature = "server")]
    pub(super) fn new_entry(entry: &[u8]) -> Self {
        let pages = (entry.len() as u64)
            .div_ceil(Self::PAGE)
            .next_power_of_two();
        Self {
            bytes: pages * Self::PAGE + Self::TOUCHED,
            begins: true,
        }
    }
}

#[derive(Default)]
struct Queue {
    waiting: Vec<Box<dyn Work>>,
    is_led: bool,
}

impl Commits {
    pub(super) fn new() -> Self {
        Self {
            queue: Mutex::default(),
        }
    }

    /// Does `work` in a transaction that others may share, and returns once it is durable.
    ///
    /// Where the work fails on its own account the others go on; where the database does, none of
    /// the work of the transaction was done.
    pub(super) fn run<T, F>(
        &self,
        store: &FileStore,
        needs: Needs,
        work: F,
    ) -> Result<T, StoreError>
    where
        F: FnOnce(&mut Tables<'_>) -> Result<T, Failure> + Send + 'static,
        T: Send + 'static,
    {
        // A job hears that it leads, and the answer: sending never blocks.
        let (turn, turns) = sync_channel(2);
        let job = Job {
            needs,
            work: Some(work),
            result: None,
            turn,
        };
        if self.join(Box::new(job)) {
            self.lead(store);
        }
        self.follow(store, &turns)
    }

    /// Queues a job, and says whether to lead.
    fn join(&self, job: Box<dyn Work>) -> bool {
        let mut queue = self.queue();
        queue.waiting.push(job);
        !mem::replace(&mut queue.is_led, true)
    }

    fn follow<T>(&self, store: &FileStore, turns: &Receiver<Turn<T>>) -> Result<T, StoreError> {
        loop {
            match turns.recv() {
                Ok(Turn::Lead) => self.lead(store),
                Ok(Turn::Answer(answer)) => return answer,
                Err(_) => return Err(StoreError::unavailable("the commit was abandoned")),
            }
        }
    }

    /// Does and commits what waits, as far as there is room. The leader's own job is first of it.
    fn lead(&self, store: &FileStore) {
        let lead = Lead(self);
        let Turns {
            mut jobs,
            refused,
            is_disk_full,
        } = self.next(store);
        let committed = if jobs.is_empty() {
            Ok(())
        } else {
            store.commit(is_disk_full, |tables| {
                jobs.iter_mut().try_for_each(|job| job.run(tables))
            })
        };
        drop(lead);
        for job in refused {
            job.refuse();
        }
        for job in jobs {
            job.answer(committed.as_ref().err());
        }
    }

    /// Takes from the queue what the disk has room for.
    fn next(&self, store: &FileStore) -> Turns {
        let waiting = mem::take(&mut self.queue().waiting);
        let (mut new, mut other) = (0, 0);
        for job in &waiting {
            let needs = job.needs();
            let sum = if needs.begins { &mut new } else { &mut other };
            *sum += needs.bytes;
        }
        let admits = new == 0 || store.database.admits(new + other) || {
            store.database.compact();
            store.database.admits(new + other)
        };
        // Sessions that nobody has come back to can still give way to new ones.
        let gives_way = admits || store.database.bears(new + other) >= new + other;
        let budget = store.database.bears(other);
        let (mut turns, mut later, mut taken) = (Turns::default(), Vec::new(), 0);
        for job in waiting {
            let Needs { bytes, begins } = job.needs();
            if begins {
                let turn = if gives_way {
                    &mut turns.jobs
                } else {
                    &mut turns.refused
                };
                turn.push(job);
            } else if taken + bytes <= budget || (taken == 0 && bytes <= Needs::LITTLE) {
                taken += bytes;
                turns.jobs.push(job);
            } else if bytes > budget.max(Needs::LITTLE) {
                turns.refused.push(job);
            } else {
                later.push(job);
            }
        }
        turns.is_disk_full = !admits;
        self.queue().waiting.splice(0..0, later);
        turns
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a leader does of what waited.
#[derive(Default)]
struct Turns {
    jobs: Vec<Box<dyn Work>>,
    /// There is no room for these.
    refused: Vec<Box<dyn Work>>,
    /// New sessions need others to give way.
    is_disk_full: bool,
}

/// The right to commit. It passes on when dropped, also where work panics.
struct Lead<'a>(&'a Commits);

impl Drop for Lead<'_> {
    fn drop(&mut self) {
        let mut queue = self.0.queue();
        match queue.waiting.first() {
            Some(next) => next.lead(),
            None => queue.is_led = false,
        }
    }
}

/// A job of any result.
trait Work: Send {
    fn needs(&self) -> Needs;
    fn run(&mut self, tables: &mut Tables<'_>) -> Result<(), redb::Error>;
    fn lead(&self);
    fn refuse(self: Box<Self>);
    fn answer(self: Box<Self>, failed: Option<&Failed>);
}

struct Job<T, F> {
    needs: Needs,
    work: Option<F>,
    result: Option<Result<T, StoreError>>,
    turn: SyncSender<Turn<T>>,
}

enum Turn<T> {
    Lead,
    Answer(Result<T, StoreError>),
}

impl<T, F> Work for Job<T, F>
where
    F: FnOnce(&mut Tables<'_>) -> Result<T, Failure> + Send,
    T: Send,
{
    fn needs(&self) -> Needs {
        self.needs
    }

    fn run(&mut self, tables: &mut Tables<'_>) -> Result<(), redb::Error> {
        let Some(work) = self.work.take() else {
            return Ok(());
        };
        self.result = match work(tables) {
            Ok(result) => Some(Ok(result)),
            Err(Failure::Own(error)) => Some(Err(error)),
            Err(Failure::Database(error)) => return Err(error),
        };
        Ok(())
    }

    fn lead(&self) {
        // Whoever sent the job waits for its answer, so it hears this.
        let _ = self.turn.try_send(Turn::Lead);
    }

    fn refuse(self: Box<Self>) {
        let _ = self.turn.try_send(Turn::Answer(Err(StoreError::Full)));
    }

    fn answer(self: Box<Self>, failed: Option<&Failed>) {
        let answer = match (failed, self.result) {
            (None, Some(result)) => result,
            (Some(error), _) => Err(store_error(error)),
            (None, None) => Err(StoreError::unavailable("the work was not done")),
        };
        let _ = self.turn.try_send(Turn::Answer(answer));
    }
}
