//! Group commit: writers that wait at the same time share one transaction.
//!
//! The first writer to come leads: it takes all work that waits, does it in one transaction,
//! commits, and answers. Work that came in the meantime waits for the next leader, one of those
//! who wait. There is no thread of its own, so there is nothing to stop; and nobody is answered
//! before the commit that holds its work is durable.

use std::mem;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::FileStore;
use super::database::{Failed, store_error};
use super::tables::{Failure, Tables};
use crate::StoreError;

/// The writers of a database.
pub(super) struct Commits {
    queue: Mutex<Queue>,
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
    pub(super) fn run<T, F>(&self, store: &FileStore, work: F) -> Result<T, StoreError>
    where
        F: FnOnce(&mut Tables<'_>) -> Result<T, Failure> + Send + 'static,
        T: Send + 'static,
    {
        // A job hears that it leads, and the answer: sending never blocks.
        let (turn, turns) = sync_channel(2);
        let job = Job {
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

    /// Does and commits what waits. The leader's own job is among it.
    fn lead(&self, store: &FileStore) {
        let lead = Lead(self);
        let mut jobs = mem::take(&mut self.queue().waiting);
        let committed = store.commit(|tables| jobs.iter_mut().try_for_each(|job| job.run(tables)));
        drop(lead);
        for job in jobs {
            job.answer(committed.as_ref().err());
        }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
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
    fn run(&mut self, tables: &mut Tables<'_>) -> Result<(), redb::Error>;
    fn lead(&self);
    fn answer(self: Box<Self>, failed: Option<&Failed>);
}

struct Job<T, F> {
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

    fn answer(self: Box<Self>, failed: Option<&Failed>) {
        let answer = match (failed, self.result) {
            (None, Some(result)) => result,
            (Some(error), _) => Err(store_error(error)),
            (None, None) => Err(StoreError::unavailable("the work was not done")),
        };
        let _ = self.turn.try_send(Turn::Answer(answer));
    }
}
