//! A thread of the server, and the loop it runs.

use std::{
    mem,
    sync::{Arc, atomic::Ordering::Release},
};

use crate::{
    guarded::guarded,
    loops::{core::Core, message::Message, shared::Shared, stage::Stage},
    workers::{driver::Driver, turn, turn_away},
};

/// A thread: the owner of a loop, one that is detached from its loop, or a spare that waits for a
/// summons.
pub(crate) struct Worker<'s> {
    driver: Driver<'s>,
}

/// Why a thread runs its loop no longer.
enum Parting {
    /// Another thread has taken the loop over.
    Detached,
    /// The loop has ended.
    Ended,
}

impl<'s> Worker<'s> {
    pub(crate) fn new(shared: &'s Arc<Shared>, index: usize) -> Self {
        Worker {
            driver: Driver::new(shared, index),
        }
    }

    /// Runs a loop until another thread has it or it ends, then waits for summonses.
    pub(crate) fn run(mut self) {
        self.driver.tenure.begin();
        self.own();
        self.run_spare();
    }

    /// Runs a loop to its end, on this thread alone.
    pub(crate) fn run_alone(mut self) {
        self.driver.tenure.alone = true;
        self.driver.tenure.begin();
        self.own();
        self.driver.kit.release();
    }

    /// Takes over the loops that this thread is summoned to.
    pub(crate) fn run_spare(mut self) {
        let shared = self.driver.shared();
        loop {
            self.driver.kit.release();
            let patience = shared.config.options.idle_thread_timeout;
            let Some(summons) = shared.spares.wait(patience) else {
                return;
            };
            self.driver.tenure.go_to(summons.index);
            let recorder = &shared.loops[summons.index].recorder;
            self.driver.kit.endings.measures.record_by(recorder);
            let is_owner = self.driver.tenure.take_over(summons.call);
            let summoned = &shared.loops[summons.index].summoned;
            summoned.store(false, Release);
            if is_owner {
                recorder.handed_over();
                self.own();
            }
        }
    }

    /// Runs the loop for as long as this thread has it. A panic in the server's own code, of
    /// which none is known, ends the server: else the loop would be left without a thread.
    fn own(&mut self) {
        if self.driver.shared().config.options.calls_share_lock {
            self.driver.tenure.event_loop().note_owner();
        }
        if guarded(|| self.run_loop()) {
            return;
        }
        let shared = self.driver.shared();
        shared.fail();
        self.driver.tenure.settle();
        // From here on the loop only has to cut its connections.
        if !self.driver.tenure.is_owner() {
            return self.driver.tenure.come_back();
        }
        if guarded(|| self.run_loop()) {
            return;
        }
        if let Some(mut core) = self.driver.tenure.end()
            && !mem::replace(&mut core.ended, true)
        {
            shared.loop_ended();
        }
    }

    fn run_loop(&mut self) {
        loop {
            match self.lap() {
                Ok(()) => {}
                Err(Parting::Ended) => return,
                Err(Parting::Detached) => return self.driver.tenure.come_back(),
            }
        }
    }

    /// Does everything that there is to do, and waits for more.
    #[inline(always)] // in the one place that calls it
    fn lap(&mut self) -> Result<(), Parting> {
        let now = self.core()?.now;
        self.driver.tenure.now = now;
        self.driver.kit.clock.advance(now);
        self.take_messages()?;
        self.follow_stage()?;
        self.accept()?;
        self.retry()?;
        self.drive_ready()?;
        self.driver.log_notices();
        self.driver.drop_former_application();
        self.driver.tenure.release_spare();
        self.wait()
    }

    /// The core of the loop, which another thread may have taken over in the last step.
    #[inline]
    fn core(&mut self) -> Result<&mut Core, Parting> {
        self.driver.tenure.core().ok_or(Parting::Detached)
    }

    fn take_messages(&mut self) -> Result<(), Parting> {
        let event_loop = self.driver.tenure.event_loop();
        if !event_loop.has_mail() {
            return Ok(());
        }
        let (shared, index) = (self.driver.shared(), self.driver.tenure.index());
        let mut cut = Vec::new();
        let mail = event_loop.take_mail();
        for message in mail.messages {
            let core = self.core()?;
            match message {
                Message::Returned(connection) => {
                    cut.extend(core.parking.requeue(connection).err());
                }
                Message::Closed(key) => {
                    if core.parking.release(key) {
                        shared.connections_ended(index, 1);
                    }
                }
                Message::Accepted(arrival) => shared.take_in(core, index, arrival),
                Message::Moved(connection) => core.take_over(connection),
                Message::AskTurn { asking } => shared.tell_turn(core, index, asking),
                Message::AskRoom {
                    asking,
                    turn,
                    shortage,
                } => {
                    // The connection of the last request may be the one that is closed.
                    self.driver.kit.environ.take_connection();
                    shared.give_way_to(self.core()?, index, asking, turn, shortage);
                }
                Message::Answered => core.note_answer(),
                Message::Notice(notice) => core.notify(notice),
                #[cfg(any(feature = "notify", feature = "restart"))]
                Message::Probe(probe) => drop(probe),
            }
        }
        let parking = &mut self.core()?.parking;
        mail.rung.into_iter().for_each(|key| parking.queue(key));
        self.driver.end_cut(cut);
        Ok(())
    }

    fn follow_stage(&mut self) -> Result<(), Parting> {
        let shared = self.driver.shared();
        let stage = shared.stage();
        if stage == Stage::Serving {
            return Ok(());
        }
        // A loop that looks late also leaves the sockets to the other process first.
        if (stage == Stage::Retiring || shared.has_retired())
            && let Some(core) = self.driver.tenure.core()
        {
            core.retire();
        }
        match stage {
            Stage::Serving | Stage::Retiring => {}
            Stage::Draining => {
                let core = self.core()?;
                if core.draining_since.is_none() {
                    core.drain();
                }
            }
            Stage::Cutting => self.driver.cut(),
        }
        Ok(())
    }

    fn accept(&mut self) -> Result<(), Parting> {
        if self.core()?.reception.is_open() {
            // The connection of the last request may be the one that gives way.
            self.driver.kit.environ.take_connection();
            let (shared, index) = (self.driver.shared(), self.driver.tenure.index());
            let Driver { tenure, kit, .. } = &mut self.driver;
            let core = tenure.core().ok_or(Parting::Detached)?;
            shared.accept(core, index, |arrival| turn_away::arrival(kit, &arrival));
        }
        Ok(())
    }

    /// Gives connections another try that lacked a thread or room.
    fn retry(&mut self) -> Result<(), Parting> {
        if !self.core()?.parking.has_hindered() {
            return Ok(());
        }
        if self.core()?.parking.has_starved() && self.driver.tenure.reserve() {
            self.core()?.parking.retry_starved();
        }
        let room = &self.driver.shared().room;
        let parking = &mut self.core()?.parking;
        if parking.has_crowded() {
            parking.retry_crowded(room);
        }
        Ok(())
    }

    /// Drives the connections that are ready, then those whose deadline has passed.
    fn drive_ready(&mut self) -> Result<(), Parting> {
        let is_measured = self.driver.shared().config.options.calls_share_lock;
        self.driver.measured_at = is_measured.then_some(self.driver.tenure.now);
        let (event_loop, parking) = (self.driver.tenure.event_loop(), &self.core()?.parking);
        event_loop.note_ready(parking.ready());
        for _ in 0..parking.quick() {
            if let Some(connection) = self.core()?.parking.next_ready() {
                turn::drive(&mut self.driver, connection);
            }
        }
        // However many quick ones there are by now, it is the turn of a slow one.
        if let Some(connection) = self.core()?.parking.next_slow() {
            turn::drive(&mut self.driver, connection);
        }
        while let Some(connection) = self.core()?.next_expired() {
            turn::expire(&mut self.driver, connection);
        }
        Ok(())
    }

    /// Waits until there is something to do, or ends the loop if there never will be.
    fn wait(&mut self) -> Result<(), Parting> {
        let event_loop = self.driver.tenure.event_loop();
        let lookout = &self.driver.shared().lookouts[self.driver.tenure.index()];
        let core = self.core()?;
        if !core.is_over(&event_loop.connections, &lookout.stuck) {
            event_loop.note_wait(true);
            let waited = core.wait();
            event_loop.note_wait(false);
            if waited.is_ok() {
                return Ok(());
            }
            // Nothing can be heard any more: the loop ends rather than spin.
            self.driver.cut();
        }
        // Nobody hears of connections whose threads are stuck. Other loops may wait for their
        // places. A client that one of them is about to send here stays its own.
        let stuck = self.core()?.parking.forget();
        let late = event_loop.close();
        let is_client =
            |message: &&Message| matches!(message, Message::Accepted(_) | Message::Moved(_));
        let clients = late.iter().filter(is_client).count();
        let (shared, index) = (self.driver.shared(), self.driver.tenure.index());
        shared.connections_ended(index, stuck + clients);
        self.driver
            .end_cut(late.into_iter().filter_map(Message::connection));
        self.end()
    }

    fn end(&mut self) -> Result<(), Parting> {
        let shared = self.driver.shared();
        let core = self.core()?;
        if !mem::replace(&mut core.ended, true) {
            // Loops that go on may have its spare, and its thread as another one.
            if mem::take(&mut core.reserved) {
                shared.give_spare();
            }
            shared.give_spare();
            shared.loop_ended();
        }
        drop(self.driver.tenure.end());
        Err(Parting::Ended)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::Ordering::SeqCst;

    use super::*;
    use crate::{
        connections::connection::Connection,
        loops::shared::tests::{shared, shared_with},
        options::Options,
        peers::{peer::Peer, socket::Socket},
        protocol::Protocol,
    };

    #[test]
    fn the_thread_of_a_loop_that_has_ended_serves_others_as_a_spare() {
        let shared = Arc::new(shared(2));
        let spares = || {
            let count = std::iter::from_fn(|| shared.spares.reserve().ok()).count();
            (0..count).for_each(|_| shared.give_spare());
            count
        };
        let before = spares();
        shared.loops[0].begin().reserved = shared.reserve_spare();
        shared.advance(Stage::Cutting);
        shared.spares.close();
        Worker::new(&shared, 0).run();
        assert_eq!(spares(), before + 1);
    }

    /// A server for one connection, which the thread of a request is stuck with.
    fn stuck() -> Arc<Shared> {
        let shared = Arc::new(shared_with(Options {
            max_connections: 1,
            ..Options::new()
        }));
        let (socket, _client) = Socket::pair();
        let peer = Arc::new(Peer::new(socket, None, None));
        let mut core = shared.loops[0].begin();
        let key = core.parking.next_key();
        let lookout = &shared.lookouts[0];
        let connection = Connection::new(key, Protocol::Http, peer, lookout, core.now);
        core.parking.admit(Box::new(connection));
        core.parking.queue(key);
        drop(core.parking.next_ready());
        drop(core);
        shared.loops[0].connections.fetch_add(1, SeqCst);
        assert!(shared.connection_limit.take());
        shared.lookouts[0].stuck.fetch_add(1, SeqCst);
        shared
    }

    #[test]
    fn a_loop_that_ends_beside_a_stuck_thread_gives_the_place_of_its_connection_back() {
        let shared = stuck();
        shared.advance(Stage::Draining);
        assert!(!shared.connection_limit.take(), "another loop waits");
        shared.spares.close();
        Worker::new(&shared, 0).run();
        assert!(shared.connection_limit.take());
    }

    #[test]
    fn a_loop_that_ends_leaves_a_client_to_the_loop_that_could_not_send_it() {
        let shared = stuck();
        let counted = &shared.loops[0].connections;
        // Another loop counts a client before it sends it.
        counted.fetch_add(1, SeqCst);
        shared.lookouts[0].stuck.fetch_add(1, SeqCst);
        shared.advance(Stage::Draining);
        shared.spares.close();
        Worker::new(&shared, 0).run();
        assert!(shared.loops[0].send(Message::Answered).is_err());
        assert_eq!(counted.load(SeqCst), 1);
    }
}
