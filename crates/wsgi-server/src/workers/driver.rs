//! The means of a thread to drive connections.

use std::{mem, sync::Arc};

use crate::{
    connections::connection::Connection,
    counting::recorder::Recorder,
    guarded::guarded,
    instant::Instant,
    loops::{core::Core, shared::Shared},
    options::MAX_STEPS,
    workers::{
        kit::Kit,
        tenure::{Left, Tenure},
    },
};

/// The means of a thread to drive connections: its hold on a loop, and its kit. The
/// [steps](crate::workers::steps) that a connection takes in its [turn](crate::workers::turn) are
/// functions of it.
pub(crate) struct Driver<'s> {
    pub(crate) tenure: Tenure<'s>,
    pub(crate) kit: Kit,
    /// The steps that are left of the present connection's turn.
    turn: usize,
    /// If turns are measured: when the last one ended, or the loop woke after it.
    pub(crate) measured_at: Option<Instant>,
}

impl<'s> Driver<'s> {
    pub(crate) fn new(shared: &'s Arc<Shared>, index: usize) -> Self {
        let mut kit = Kit::new(&shared.config);
        kit.endings
            .measures
            .record_by(&shared.loops[index].recorder);
        Driver {
            tenure: Tenure::new(shared, index),
            kit,
            turn: MAX_STEPS,
            measured_at: None,
        }
    }

    #[inline]
    pub(crate) fn shared(&self) -> &'s Arc<Shared> {
        self.tenure.shared
    }

    /// The recorder of the numbers of this thread.
    pub(crate) fn recorder(&self) -> &Recorder {
        self.kit.endings.measures.recorder()
    }

    /// The present time, as far as it matters to connections.
    #[inline]
    pub(crate) fn now(&self) -> Instant {
        self.tenure.now
    }

    /// Begins the turn of another connection.
    pub(crate) fn begin_turn(&mut self) {
        self.turn = MAX_STEPS;
    }

    /// Takes a step of the connection's turn. Returns false if it was the last.
    #[inline]
    pub(crate) fn take_step(&mut self) -> bool {
        self.turn = self.turn.saturating_sub(1);
        self.turn > 0
    }

    /// Runs code that is not the server's and has nothing to do with the last request, such as
    /// a write to the errors stream. Other threads may take the loop over meanwhile.
    pub(crate) fn run_foreign<T>(&mut self, code: impl FnOnce(&mut Kit) -> T) -> T {
        let left = self.step_out();
        let result = code(&mut self.kit);
        self.step_in(left);
        result
    }

    #[inline(never)] // as many places run foreign code, each of another type
    fn step_out(&mut self) -> Left {
        // The environ may hold on to a socket that other threads close meanwhile.
        self.kit.environ.take_connection();
        self.tenure.leave()
    }

    #[inline(never)] // as above
    fn step_in(&mut self, left: Left) {
        self.tenure.rejoin(left);
        self.refresh_clock();
    }

    /// Takes the loop back, if that was put off after a call.
    #[inline]
    pub(crate) fn settle(&mut self) {
        self.tenure.settle();
        self.refresh_clock();
    }

    /// Brings the clock up to date on a thread that has lost its loop.
    #[inline]
    pub(crate) fn refresh_clock(&mut self) {
        if !self.tenure.is_owner() {
            self.kit.clock.advance(self.tenure.now);
        }
    }

    /// Closes every connection of the loop.
    pub(crate) fn cut(&mut self) {
        if let Some((count, connections)) = self.tenure.core().map(Core::cut) {
            self.shared().connections_ended(self.tenure.index(), count);
            self.end_cut(connections);
        }
    }

    /// Ends connections that were cut. Hooks may have to run, which are application code.
    pub(crate) fn end_cut(&mut self, connections: impl IntoIterator<Item = Box<Connection>>) {
        let mut connections = connections.into_iter().peekable();
        if connections.peek().is_some() {
            self.run_foreign(|_| connections.for_each(|connection| connection.cut()));
        }
    }

    /// Parts with an application that was exchanged, even if no request comes.
    pub(crate) fn drop_former_application(&mut self) {
        if self.kit.is_outdated(&self.shared().config) && self.tenure.reserve() {
            self.run_foreign(Kit::drop_application);
        }
    }

    /// Writes lines to the log about the load of the server, if there are any.
    #[inline]
    pub(crate) fn log_notices(&mut self) {
        let has_notices = |core: &mut Core| !core.notices.is_empty();
        if self.tenure.core().is_some_and(has_notices) {
            self.write_notices();
        }
    }

    /// Writes these lines, once there is a thread for it: the errors stream may be the program's
    /// own code.
    #[cold]
    fn write_notices(&mut self) {
        if !self.tenure.reserve() {
            return;
        }
        let notices = self.tenure.core().map(|core| mem::take(&mut core.notices));
        let errors = &self.shared().config.errors;
        let print = |notice| errors.print(format_args!("wsgi-server: {notice}"));
        self.run_foreign(|_| {
            for notice in notices.into_iter().flatten() {
                guarded(|| print(notice));
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::loops::shared::tests::shared;

    #[test]
    fn a_thread_without_a_loop_knows_the_time_after_code_that_hung() {
        let shared = Arc::new(shared(1));
        let mut driver = Driver::new(&shared, 0);
        let began = Instant::now();
        driver.tenure.now = began.checked_sub(Duration::from_secs(1)).unwrap();
        driver.run_foreign(|_| {});
        assert!(driver.now() >= began);
    }
}
