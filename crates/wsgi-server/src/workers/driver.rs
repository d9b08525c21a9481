//! A thread that drives connections on, as far as they go without waiting.

use std::{sync::Arc, time::Instant};

use crate::{
    connections::{connection::Connection, lingering::Expected},
    foreign::guarded,
    loops::{core::Core, message::Message, parking::Parking, shared::Shared},
    options::{FIRST_REQUEST, TURN},
    workers::{
        flow::Flow,
        kit::Kit,
        steps::{self, linger},
        tenure::Tenure,
    },
};

/// The means of a thread to drive connections: its hold on a loop, and its kit. The
/// [steps](crate::workers::steps) that a connection takes are functions of it.
pub(crate) struct Driver<'s> {
    pub(crate) tenure: Tenure<'s>,
    pub(crate) kit: Kit,
    /// What is left of the present connection's turn.
    turn: usize,
}

impl<'s> Driver<'s> {
    pub(crate) fn new(shared: &'s Arc<Shared>, index: usize) -> Self {
        Driver {
            tenure: Tenure::new(shared, index),
            kit: Kit::new(&shared.config),
            turn: TURN,
        }
    }

    #[inline]
    pub(crate) fn shared(&self) -> &'s Arc<Shared> {
        self.tenure.shared
    }

    /// The present time, as far as it matters to connections.
    #[inline]
    pub(crate) fn now(&self) -> Instant {
        self.tenure.now
    }

    /// Drives a connection until it waits, ends, or has had its turn.
    pub(crate) fn drive(&mut self, mut connection: Box<Connection>) {
        self.turn = TURN;
        loop {
            if connection.phase.may_call() && !self.tenure.reserve() {
                return self.starve(connection);
            }
            match steps::go_on(self, &mut connection) {
                Flow::Go if self.tenure.is_owner() && self.take_step() => {}
                Flow::Wait => return self.park(connection),
                Flow::Go | Flow::Yield => return self.requeue(connection),
                Flow::Close => return self.close(connection),
            }
        }
    }

    /// Drives a connection whose deadline has passed.
    pub(crate) fn expire(&mut self, mut connection: Box<Connection>) {
        if connection.waits_for_us() {
            return self.drive(connection); // it is not late, we are
        }
        match steps::expire(self, &mut connection) {
            Flow::Wait => self.park(connection),
            Flow::Go | Flow::Yield => self.requeue(connection),
            Flow::Close => self.close(connection),
        }
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
        // The environ may hold on to a socket that other threads close meanwhile.
        self.kit.environ.take_connection();
        let left = self.tenure.leave();
        let result = code(&mut self.kit);
        self.tenure.rejoin(left);
        self.refresh_clock();
        result
    }

    /// Brings the clock up to date on a thread that has lost its loop.
    #[inline]
    pub(crate) fn refresh_clock(&mut self) {
        if !self.tenure.is_owner() {
            self.kit.clock.advance(self.tenure.now);
        }
    }

    /// Parks a connection until its peer does something.
    pub(super) fn park(&mut self, mut connection: Box<Connection>) {
        let options = &self.shared().config.options;
        connection.deadline = connection.next_deadline(options, self.now());
        let drained = self.tenure.drained();
        if let Some(drained) = drained.filter(|_| connection.is_idle()) {
            match connection.fresh {
                // The request may have come during a call or a hook of this thread, while
                // another one had the loop: the last read was before that.
                None if connection.peer.can_be_read() => return self.requeue(connection),
                None => {
                    if linger::begin(self, &mut connection, Expected::Nothing) == Flow::Close {
                        return self.close(connection);
                    }
                    connection.deadline = connection.next_deadline(options, self.now());
                }
                Some(accepted) => {
                    let first = drained.max(accepted) + FIRST_REQUEST;
                    connection.deadline = connection.deadline.map(|at| at.min(first));
                }
            }
        }
        self.put_back(connection, Parking::park);
    }

    /// Puts a connection at the end of the queue.
    fn requeue(&mut self, mut connection: Box<Connection>) {
        let options = &self.shared().config.options;
        connection.deadline = connection.next_deadline(options, self.now());
        self.put_back(connection, Parking::requeue);
    }

    /// Parks a connection that needs a spare thread. It has no deadline if it waits for nothing
    /// else.
    fn starve(&mut self, mut connection: Box<Connection>) {
        if let Some(core) = self.tenure.core() {
            core.parking.starve(connection.key);
        }
        if !connection.waits_for_us() {
            return self.park(connection);
        }
        connection.deadline = None;
        self.put_back(connection, Parking::park);
    }

    /// Puts a connection into the parking, or sends it to the loop that this thread has lost.
    /// It may have been cut meanwhile.
    fn put_back(
        &mut self,
        connection: Box<Connection>,
        put: fn(&mut Parking, Box<Connection>) -> Result<(), Box<Connection>>,
    ) {
        let refused = match self.tenure.core() {
            Some(core) => put(&mut core.parking, connection).err(),
            None => {
                // The environ must not keep the socket open: it may rest for long.
                self.kit.environ.take_connection();
                let message = Message::Connection(connection);
                let sent = self.tenure.event_loop().send(message);
                sent.err().and_then(Message::connection)
            }
        };
        self.let_go(refused);
    }

    fn close(&mut self, connection: Box<Connection>) {
        // The environ that was used last may hold on to the socket.
        self.kit.environ.take_connection();
        let key = connection.key;
        drop(connection);
        match self.tenure.core() {
            Some(core) => {
                if core.parking.release(key) {
                    self.shared().left(self.tenure.index, 1);
                }
            }
            // If the loop has ended, the connection is forgotten already.
            None => drop(self.tenure.event_loop().send(Message::Closed(key))),
        }
    }

    /// Closes every connection of the loop.
    pub(crate) fn cut(&mut self) {
        if let Some((count, connections)) = self.tenure.core().map(Core::cut) {
            self.shared().left(self.tenure.index, count);
            self.let_go(connections);
        }
    }

    /// Ends connections that were cut. Hooks may have to run, which are application code.
    pub(crate) fn let_go(&mut self, connections: impl IntoIterator<Item = Box<Connection>>) {
        let mut connections = connections.into_iter().peekable();
        if connections.peek().is_some() {
            self.run_foreign(|_| connections.for_each(|connection| connection.cut()));
        }
    }

    /// Parts with an application that was exchanged, even if no request comes.
    pub(crate) fn let_go_of_former_application(&mut self) {
        if self.kit.is_outdated(&self.shared().config) && self.tenure.reserve() {
            self.run_foreign(Kit::let_go_of_application);
        }
    }

    /// Writes a line to the log if connections gave way, or if none could. The errors stream may
    /// be the program's own code.
    pub(crate) fn log_notice(&mut self) {
        if !self
            .tenure
            .core()
            .is_some_and(|core| core.appeal.has_notice())
            || !self.tenure.reserve()
        {
            return;
        }
        let core = self.tenure.core();
        if let Some(notice) = core.and_then(|core| core.appeal.take_notice()) {
            let errors = &self.shared().config.errors;
            let print = || errors.print(format_args!("wsgi-server: {notice}"));
            self.run_foreign(|_| guarded(print));
        }
    }
}
