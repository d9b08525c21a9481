//! Group commit: writers that wait at the same time share one transaction.
//!
//! The first writer leads: it takes all waiting work, does it in one transaction, commits, and
//! answers. Work that arrives in the meantime waits for the next leader, which is one of the
//! waiting writers. There is no extra thread, so there is nothing to stop. Nobody is answered
//! before the commit with their work is durable. A commit begins only if the disk has room for it:
//! otherwise work that begins sessions is refused, and the rest is done in smaller commits.

use std::{
    mem,
    sync::{
        Mutex, MutexGuard, PoisonError,
        mpsc::{Receiver, SyncSender, sync_channel},
    },
};

use super::{
    contents::Contents,
    database::{Failed, store_error},
    failure::Failure,
    held,
    tables::Tables,
};
use crate::{record::Record, store_error::StoreError};

/// The commits of a database.
pub(super) struct Commits {
    queue: Mutex<Queue>,
}

/// Approximate room that work needs until the pages it replaces are free.
#[derive(Clone, Copy)]
pub(super) struct Needs {
    pub(super) bytes: u64,
    begins: bool,
}

impl Needs {
    /// The size of the engine's pages, and the size of those that a change of one page also
    /// touches.
    const PAGE: u64 = 4096;
    const TOUCHED: u64 = 3 * Self::PAGE;

    /// The number of bytes that a removal rewrites of its neighbours.
    const REMOVED: u64 = 512;

    /// Work that needs more than this is refused if the disk has less room. Smaller work may find
    /// room inside the file.
    pub(super) const LITTLE: u64 = 64 << 10;

    /// Work that removes entries, or changes a few bytes of them.
    pub(super) const NOTHING: Self = Self {
        bytes: Self::TOUCHED,
        begins: false,
    };

    /// Work that removes adjacent entries.
    pub(super) fn removal(count: usize) -> Self {
        let bytes = Self::TOUCHED + count as u64 * Self::REMOVED;
        Self {
            bytes,
            begins: false,
        }
    }

    /// Work that replaces an entry.
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

    /// Work that sets a value of a WSGI Utils client.
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

    /// Does `work` in a shared transaction, and returns once it is durable.
    ///
    /// If the work itself fails, the other work of the transaction goes on. If the database fails,
    /// no work of the transaction is done.
    pub(super) fn run<T, F>(
        &self,
        contents: &Contents,
        needs: Needs,
        work: F,
    ) -> Result<T, StoreError>
    where
        F: FnOnce(&mut Tables<'_>) -> Result<T, Failure> + Send + 'static,
        T: Send + 'static,
    {
        // Room for both messages to a job, `Lead` and `Answer`: sending never blocks.
        let (turn, turns) = sync_channel(2);
        let job = Job {
            needs,
            work: Some(work),
            result: None,
            turn,
        };
        if self.join(Box::new(job)) {
            self.lead(contents);
        }
        self.follow(contents, &turns)
    }

    /// Queues a job. Returns whether its sender must lead.
    fn join(&self, job: Box<dyn Work>) -> bool {
        let mut queue = self.queue();
        queue.waiting.push(job);
        !mem::replace(&mut queue.is_led, true)
    }

    fn follow<T>(&self, contents: &Contents, turns: &Receiver<Turn<T>>) -> Result<T, StoreError> {
        loop {
            match turns.recv() {
                Ok(Turn::Lead) => self.lead(contents),
                Ok(Turn::Answer(answer)) => return answer,
                Err(_) => return Err(StoreError::unavailable("the commit was abandoned")),
            }
        }
    }

    /// Does and commits the waiting jobs for which there is room. The leader's own job is the
    /// first.
    fn lead(&self, contents: &Contents) {
        let lead = Lead(self);
        let Turns {
            mut jobs,
            refused,
            is_disk_full,
        } = self.next(contents);
        let committed = if jobs.is_empty() {
            Ok(())
        } else {
            contents.commit(is_disk_full, |tables| {
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

    /// Takes the jobs for which the disk has room from the queue.
    fn next(&self, contents: &Contents) -> Turns {
        let waiting = mem::take(&mut self.queue().waiting);
        let (mut new, mut other) = (0, 0);
        for job in &waiting {
            let needs = job.needs();
            let sum = if needs.begins { &mut new } else { &mut other };
            *sum += needs.bytes;
        }
        let admits = new == 0 || contents.database.admits(new + other) || {
            contents.database.compact();
            contents.database.admits(new + other)
        };
        // Sessions whose cookie has not come back can still give way to new ones.
        let gives_way = admits || contents.database.bears(new + other) >= new + other;
        let budget = contents.database.bears(other);
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

/// The jobs that a leader takes from the queue.
#[derive(Default)]
struct Turns {
    jobs: Vec<Box<dyn Work>>,
    /// Jobs for which there is no room.
    refused: Vec<Box<dyn Work>>,
    /// Whether new sessions need others to give way.
    is_disk_full: bool,
}

/// The right to commit. It passes on when dropped, even if work panics.
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

/// A job with any type of result.
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
        // The sender of the job waits for its answer, so it receives this.
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
