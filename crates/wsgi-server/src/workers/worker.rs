//! A thread of the server, and the loop it runs.

use std::{
    io,
    sync::{Arc, MutexGuard, atomic::Ordering::*},
    thread,
    time::{Duration, Instant},
};

use crate::{
    connections::connection::Connection,
    foreign::guarded,
    loops::core::Core,
    loops::event_loop::{Loop, Return},
    loops::shared::{Shared, Stage},
    options::TURN,
    workers::kit::Kit,
};

/// A thread: the owner of a loop, one that lost its loop while it was in an
/// application, or a spare that waits for a loop.
pub(crate) struct Worker<'s> {
    pub(crate) shared: &'s Arc<Shared>,
    /// The loop it owns, or owned last.
    pub(crate) index: usize,
    /// The loop's core, while this thread has it.
    pub(crate) core: Option<MutexGuard<'s, Core>>,
    pub(crate) kit: Kit,
    /// Whether the loop never goes to another thread, and its connection ends
    /// with its first request.
    pub(crate) alone: bool,
    /// When the loop woke, or the last application call ended that held it up.
    pub(crate) now: Instant,
    /// What is left of the turn of the connection that is driven on.
    pub(crate) turn: usize,
    /// The number of the call that is under way.
    call: u64,
    /// When the call began, on a loop that is known to be slow.
    call_began: Option<Instant>,
}

/// From which length on a call counts as one that holds up its loop.
const STALL: Duration = Duration::from_micros(200);

impl<'s> Worker<'s> {
    pub(crate) fn new(shared: &'s Arc<Shared>, index: usize) -> Self {
        Worker {
            shared,
            index,
            core: None,
            kit: Kit::new(shared),
            alone: false,
            now: Instant::now(),
            turn: TURN,
            call: 0,
            call_began: None,
        }
    }

    /// Runs a loop until another thread has it or it ends, then serves as a spare.
    pub(crate) fn run(mut self) {
        self.core = Some(self.station().begin());
        self.own();
        self.run_spare();
    }

    /// Runs a loop to its end, on this thread alone.
    pub(crate) fn run_alone(mut self) {
        self.alone = true;
        self.core = Some(self.station().begin());
        self.own();
        self.kit.rest();
    }

    /// Takes over loops whose threads are held up.
    pub(crate) fn run_spare(mut self) {
        let crew = &self.shared.crew;
        loop {
            self.kit.rest();
            let Some((index, call)) = crew.wait() else {
                return;
            };
            self.index = index;
            let station = self.station();
            let core = station.take_over(call, |core| {
                // The spare was this thread.
                crew.lose(std::mem::take(&mut core.reserved));
            });
            station.summoned.store(false, Release);
            if core.is_some() {
                self.core = core;
                self.own();
            }
        }
    }

    /// Runs the loop, for as long as this thread has it. A panic in the server's
    /// own code, which none is known to cause, ends the server rather than
    /// leave a loop that nobody runs.
    fn own(&mut self) {
        if guarded(|| self.run_loop()) {
            return;
        }
        self.shared.failed.store(true, Release);
        self.shared.advance(Stage::Cutting);
        // From here on all that is left for the loop to do is to cut its connections.
        if self.core.is_none() || guarded(|| self.run_loop()) {
            return;
        }
        if let Some(mut core) = self.core.take()
            && !std::mem::replace(&mut core.ended, true)
        {
            self.shared.loop_ended();
        }
    }

    fn run_loop(&mut self) {
        let shared = self.shared;
        let station = self.station();
        loop {
            let Some(core) = &mut self.core else {
                shared.spare_comes_back();
                return;
            };
            self.now = core.now;
            self.kit.clock.advance(self.now);
            if station.has_returns() {
                let mut cut = Vec::new();
                for item in station.take_returns() {
                    match item {
                        Return::Connection(connection) => {
                            cut.extend(core.requeue(connection).err());
                        }
                        Return::Closed(key) => {
                            if core.release(key) {
                                shared.left(self.index, 1);
                            }
                        }
                        Return::Accepted(arrival) => shared.take_in(core, self.index, arrival),
                        Return::Tell(asking) => shared.tell(core, self.index, asking),
                        Return::GiveWay(asking, turn, shortage) => {
                            self.kit.environ.take_connection(); // it may be its turn
                            shared.give_way_to(core, self.index, asking, turn, shortage);
                        }
                        Return::Told => core.answered(),
                    }
                }
                self.let_go(cut.into_iter());
            }
            let Some(core) = &mut self.core else { continue };
            match shared.stage() {
                Stage::Serving => {}
                Stage::Draining if core.drained.is_some() => {}
                Stage::Draining => core.drain(),
                Stage::Cutting => self.cut(),
            }
            let Some(core) = &mut self.core else { continue };
            if core.is_accepting() {
                // Should the connection that was answered last give way, nobody else has it.
                self.kit.environ.take_connection();
                shared.accept(core, self.index);
            }
            self.say_what_gave_way();
            let Some(core) = &mut self.core else { continue };
            if core.has_starved() && self.reserve() {
                self.core.iter_mut().for_each(|core| core.retry_starved());
            }
            if let Some(core) = &mut self.core
                && !core.crowd.is_empty()
            {
                core.retry_crowded(&shared.room);
            }
            self.turn();
            self.let_go_of_former_application();
            let Some(core) = &mut self.core else { continue };
            if core.reserved && core.ready() == 0 && shared.crew.is_short() {
                core.reserved = false;
                shared.give_spare();
            }
            let mut over = core.is_over(&station.connections);
            if !over && core.wait().is_err() {
                // Nothing can be heard any more: the loop ends rather than spin.
                self.cut();
                over = true;
            }
            if over {
                self.let_go(station.close());
                let Some(core) = &mut self.core else { continue };
                if !std::mem::replace(&mut core.ended, true) {
                    // Loops that go on may have its spare, and its thread as another one.
                    if std::mem::take(&mut core.reserved) {
                        shared.give_spare();
                    }
                    shared.give_spare();
                    shared.loop_ended();
                }
                self.core = None;
                return;
            }
        }
    }

    /// Closes every connection.
    fn cut(&mut self) {
        if let Some(core) = &mut self.core {
            let (count, connections) = core.cut();
            self.shared.left(self.index, count);
            self.let_go(connections);
        }
    }

    /// Tells the server's errors stream that connections gave way, or that none could. The
    /// stream may be the program's own.
    fn say_what_gave_way(&mut self) {
        if self.core.as_ref().is_none_or(|core| core.notice.is_none()) || !self.reserve() {
            return;
        }
        let Some(notice) = self.core.as_mut().and_then(|core| core.notice.take()) else {
            return;
        };
        let was_owner = self.is_owner();
        self.leave_for_foreign();
        let errors = &self.shared.config.errors;
        guarded(|| errors.print(format_args!("wsgi-server: {notice}")));
        self.rejoin(was_owner);
    }

    /// Parts with an application that is served no more, also where no request comes.
    fn let_go_of_former_application(&mut self) {
        if self.kit.is_outdated(self.shared) && self.reserve() {
            let was_owner = self.is_owner();
            self.leave_for_foreign();
            self.kit.let_go_of_application();
            self.rejoin(was_owner);
        }
    }

    /// Ends connections that were cut. Hooks may still have to run, which are
    /// application code.
    pub(crate) fn let_go(&mut self, connections: impl Iterator<Item = Box<Connection>>) {
        let mut connections = connections.peekable();
        if connections.peek().is_none() {
            return;
        }
        let was_owner = self.is_owner();
        self.leave_for_foreign();
        connections.for_each(|connection| connection.cut());
        self.rejoin(was_owner);
    }

    /// Drives on whoever is ready or out of time.
    fn turn(&mut self) {
        let ready = self.core.as_ref().map_or(0, |core| core.ready());
        for _ in 0..ready {
            let Some(connection) = self.core.as_mut().and_then(|core| core.next_ready()) else {
                if self.core.is_none() {
                    return;
                }
                continue;
            };
            self.drive(connection);
            if self.core.is_none() {
                return;
            }
        }
        while let Some(connection) = self.core.as_mut().and_then(|core| core.next_expired()) {
            if connection.waits_for_us() {
                self.drive(connection); // it is not late, we are
            } else {
                self.expire(connection);
            }
        }
    }

    /// Takes a step of the connection's turn; false when it was the last.
    #[inline]
    pub(crate) fn take_step(&mut self) -> bool {
        self.turn = self.turn.saturating_sub(1);
        self.turn > 0
    }

    /// Whether an application may be called: a spare thread is reserved to take
    /// the loop over.
    pub(crate) fn reserve(&mut self) -> bool {
        let Some(core) = &mut self.core else {
            return true;
        };
        core.reserved = core.reserved || self.alone || self.shared.reserve_spare();
        core.reserved
    }

    /// Leaves the loop for others, before code that has nothing to do with the request
    /// that was answered last. The environ of that may hold on to a socket, which
    /// others may close meanwhile.
    pub(crate) fn leave_for_foreign(&mut self) {
        self.kit.environ.take_connection();
        self.leave();
    }

    /// Leaves the loop for others, before application code.
    #[inline]
    pub(crate) fn leave(&mut self) {
        if self.alone {
            return self.station().mark(true);
        }
        let Some(core) = self.core.take() else { return };
        let station = self.station();
        self.call = station.leave(core);
        self.shared.doze.call_began();
        if station.is_slow() {
            self.call_began = Some(Instant::now());
            summon(self.shared, self.index, self.call);
        }
    }

    /// Takes the loop back, after application code. If another thread has it,
    /// this one is detached: it finishes its request and hands the connection
    /// back.
    #[inline]
    pub(crate) fn rejoin(&mut self, was_owner: bool) {
        if !was_owner {
            return;
        }
        if self.alone {
            self.now = Instant::now();
            return self.station().mark(false);
        }
        let station = self.station();
        // Another thread may have had the loop since, and left it in its turn.
        let stalled = station.call() != Some(self.call);
        self.core = station.rejoin();
        match self.call_began.take() {
            Some(began) => station.note_call(began.elapsed() >= STALL),
            None => station.note_call(stalled || self.core.is_none()),
        }
        match &self.core {
            Some(core) => self.now = core.now,
            None => {
                self.now = Instant::now();
                self.kit.clock.advance(self.now);
            }
        }
    }

    #[inline]
    pub(crate) fn station(&self) -> &'s Loop {
        &self.shared.loops[self.index]
    }

    /// Whether this thread has its loop.
    pub(crate) fn is_owner(&self) -> bool {
        self.core.is_some()
    }
}

/// Starts the first thread of a loop, which the crew counts already, and which serves
/// as a spare when it has lost it.
pub(crate) fn start_loop(shared: &Arc<Shared>, index: usize) -> io::Result<()> {
    let started = start(shared, format!("wsgi-loop-{index}"), Some(index));
    if started.is_err() {
        shared.crew.withdraw();
    }
    started
}

/// Calls the spare that is reserved for a loop, to take it over from this call.
pub(crate) fn summon(shared: &Arc<Shared>, index: usize, call: u64) {
    let start = || start(shared, "wsgi-spare".to_owned(), None);
    let station = &shared.loops[index];
    shared.crew.summon(station, (index, call), start);
}

/// Starts a thread that the crew counts already.
fn start(shared: &Arc<Shared>, name: String, mut own: Option<usize>) -> io::Result<()> {
    let shared = shared.clone();
    let run = move || {
        loop {
            match own.take() {
                Some(index) => Worker::new(&shared, index).run(),
                None => Worker::new(&shared, 0).run_spare(),
            }
            if shared.crew.leave() {
                return;
            }
        }
    };
    thread::Builder::new().name(name).spawn(run).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::loops::shared::tests::shared;

    #[test]
    fn the_thread_of_a_loop_that_has_ended_serves_others_as_a_spare() {
        let shared = Arc::new(shared(2));
        let spares = || {
            let count = std::iter::from_fn(|| shared.crew.reserve().ok()).count();
            (0..count).for_each(|_| shared.give_spare());
            count
        };
        let before = spares();
        shared.loops[0].begin().reserved = shared.reserve_spare();
        shared.advance(Stage::Cutting);
        shared.crew.close();
        Worker::new(&shared, 0).run();
        assert_eq!(spares(), before + 1);
    }
}
