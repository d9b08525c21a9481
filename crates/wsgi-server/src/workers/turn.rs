//! A connection's turn: it is driven as far as it goes without waiting, then parked again.

use std::sync::Arc;

use crate::{
    connections::{connection::Connection, key::Key, lingering::Expected, pace::Pace},
    instant::Instant,
    loops::{message::Message, parking::Parking},
    options::FIRST_REQUEST,
    workers::{
        driver::Driver,
        flow::Flow,
        steps::{self, linger, overload},
    },
};

/// Drives a connection until it waits, ends, or has had its turn.
pub(super) fn drive(driver: &mut Driver<'_>, mut connection: Box<Connection>) {
    driver.begin_turn();
    let start = driver.measured_at.map(|at| connection.pace.begin(at));
    loop {
        if connection.phase.may_call() {
            if !driver.tenure.reserve() {
                return starve(driver, connection);
            }
            if connection.waiting.is_some() {
                end_wait(&mut connection, driver.now());
            }
        }
        match steps::go_on(driver, &mut connection) {
            Flow::Go if driver.tenure.is_owner() && driver.take_step() => {}
            flow => {
                if let Some(start) = start {
                    let now = Instant::now();
                    driver.measured_at = Some(now);
                    connection.pace = Pace::after(start, now);
                }
                return go_on(driver, connection, flow);
            }
        }
    }
}

/// Drives a connection whose deadline has passed.
pub(super) fn expire(driver: &mut Driver<'_>, mut connection: Box<Connection>) {
    if connection.waits_for_us() {
        return drive(driver, connection); // it is not late, we are
    }
    let flow = steps::expire(driver, &mut connection);
    go_on(driver, connection, flow);
}

/// Notes that a connection waits for a thread no longer.
#[cold]
fn end_wait(connection: &mut Connection, now: Instant) {
    let waiting = connection.waiting.take();
    connection.deadline = waiting.and_then(|waiting| waiting.deadline_after(now));
}

/// Ends the turn of a connection.
#[inline]
fn go_on(driver: &mut Driver<'_>, connection: Box<Connection>, flow: Flow) {
    match flow {
        Flow::Wait => park(driver, connection),
        Flow::Go | Flow::Yield => requeue(driver, connection),
        Flow::Close => close(driver, connection),
    }
}

/// Parks a connection until its peer does something.
pub(super) fn park(driver: &mut Driver<'_>, mut connection: Box<Connection>) {
    let options = &driver.shared().config.options;
    connection.deadline = connection.next_deadline(options, driver.now());
    let draining_since = driver.tenure.draining_since();
    if let Some(draining_since) = draining_since.filter(|_| connection.is_idle()) {
        match connection.unused_since {
            // The request may have come during a call or a hook of this thread, while
            // another one had the loop: the last read was before that.
            None if connection.peer.can_be_read() => return requeue(driver, connection),
            None => {
                if linger::begin(driver, &mut connection, Expected::Nothing) == Flow::Close {
                    return close(driver, connection);
                }
                connection.deadline = connection.next_deadline(options, driver.now());
            }
            Some(accepted) => {
                let first = draining_since.max(accepted) + FIRST_REQUEST;
                connection.deadline = connection.deadline.map(|at| at.min(first));
            }
        }
    }
    if !connection.is_placed && connection.is_at_rest() {
        return place(driver, connection);
    }
    if driver.tenure.event_loop().relief.is_offered() {
        return relieve(driver, connection);
    }
    // As a closure, it is inlined.
    put_back(driver, connection, |parking, connection| {
        parking.park(connection)
    });
}

/// Places a connection after its first request, and parks it there.
#[cold]
fn place(driver: &mut Driver<'_>, mut connection: Box<Connection>) {
    let (shared, own) = (driver.shared(), driver.tenure.index());
    if let Some(target) = shared.better_loop(own)
        && let Some(core) = driver.tenure.core()
    {
        connection.is_placed = true;
        // The environ that was used last may hold on to the socket.
        driver.kit.environ.take_connection();
        return shared.give(core, own, target, connection);
    }
    connection.is_placed = driver.tenure.is_owner();
    put_here(driver, connection);
}

/// Parks a connection of a saturated loop, here or at one that has time.
#[cold]
fn relieve(driver: &mut Driver<'_>, connection: Box<Connection>) {
    let (shared, own) = (driver.shared(), driver.tenure.index());
    if let Some(core) = driver.tenure.core()
        && let Some(target) = shared.loop_with_time(core, own, &connection)
    {
        driver.kit.environ.take_connection(); // as above
        return shared.give(core, own, target, connection);
    }
    put_here(driver, connection);
}

/// Puts a connection at the end of the queue.
fn requeue(driver: &mut Driver<'_>, mut connection: Box<Connection>) {
    let options = &driver.shared().config.options;
    connection.deadline = connection.next_deadline(options, driver.now());
    put_back(driver, connection, Parking::requeue);
}

/// Parks a connection that needs a spare thread. Its request is refused if it waits too long, or
/// if too many others do.
#[cold] // so that other connections pay nothing for it
fn starve(driver: &mut Driver<'_>, mut connection: Box<Connection>) {
    let waits_for_us = connection.waits_for_us();
    if waits_for_us && let Some(flow) = overload::wait(driver, &mut connection) {
        return go_on(driver, connection, flow);
    }
    if let Some(core) = driver.tenure.core() {
        core.parking.starve(connection.key);
    }
    if !waits_for_us {
        return park(driver, connection);
    }
    let wait_timeout = driver.shared().config.options.wait_timeout;
    let waiting = connection.waiting.as_ref();
    connection.deadline = waiting.map(|waiting| waiting.since + wait_timeout);
    put_here(driver, connection);
}

/// Parks a connection here, as [`park`] does if it stays. The rare cases share this copy of
/// [`put_back`], which is inlined.
#[cold]
fn put_here(driver: &mut Driver<'_>, connection: Box<Connection>) {
    put_back(driver, connection, Parking::park);
}

/// Puts a connection into the parking, or sends it to the loop that this thread has lost.
/// It may have been cut meanwhile.
#[inline(always)] // as nearly every turn ends with it
fn put_back(
    driver: &mut Driver<'_>,
    mut connection: Box<Connection>,
    put: impl FnOnce(&mut Parking, Box<Connection>) -> Result<(), Box<Connection>>,
) {
    let Some(core) = driver.tenure.core() else {
        return give_back(driver, connection);
    };
    if core.register(&mut connection).is_err() {
        return give_up(driver, connection);
    }
    if let Err(refused) = put(&mut core.parking, connection) {
        driver.end_cut([refused]);
    }
}

/// Ends a connection that the event queue of its loop refuses.
#[cold]
#[inline(never)]
fn give_up(driver: &mut Driver<'_>, connection: Box<Connection>) {
    release(driver, connection.key);
    // It may have a response that has begun, and hooks.
    driver.end_cut([connection]);
}

/// Sends a connection to the loop that this thread has lost.
#[cold]
#[inline(never)]
fn give_back(driver: &mut Driver<'_>, connection: Box<Connection>) {
    // The environ must not keep the socket open: it may rest for long.
    driver.kit.environ.take_connection();
    // The loop may end the server with this connection, which waits for the threads that are back.
    driver.tenure.come_back();
    let message = Message::Returned(connection);
    let sent = driver.tenure.event_loop().send(message);
    if let Some(refused) = sent.err().and_then(Message::connection) {
        driver.tenure.go_away(|| refused.cut()); // hooks may have to run
    }
}

fn close(driver: &mut Driver<'_>, connection: Box<Connection>) {
    // The environ that was used last may hold on to the socket.
    driver.kit.environ.take_connection();
    // So may one that the application has kept. The client must see the end all the same.
    if Arc::strong_count(&connection.variables) > 1 {
        connection.peer.finish();
    }
    let key = connection.key;
    drop(connection);
    if driver.tenure.core().is_some() {
        return release(driver, key);
    }
    driver.tenure.come_back(); // as in `give_back`
    // If the loop has ended, the connection is forgotten already.
    drop(driver.tenure.event_loop().send(Message::Closed(key)));
}

/// Gives up the place of a connection that has ended here.
fn release(driver: &mut Driver<'_>, key: Key) {
    if let Some(core) = driver.tenure.core()
        && core.parking.release(key)
    {
        driver.shared().connections_ended(driver.tenure.index(), 1);
    }
}

#[cfg(test)]
mod tests {
    use std::{
        os::unix::net::UnixStream,
        sync::atomic::Ordering::{Relaxed, SeqCst},
        time::Duration,
    };

    use super::*;
    use crate::{
        event_queue::Events,
        loops::{
            shared::{Shared, tests::shared},
            stage::Stage,
        },
        peers::{peer::Peer, socket::Socket},
        protocol::Protocol,
    };

    /// The connection of a client after its first request, which this driver drives.
    fn after_a_request(driver: &mut Driver<'_>) -> (Box<Connection>, UnixStream) {
        let (socket, client) = Socket::pair();
        let peer = Arc::new(Peer::new(socket, None, None));
        let (shared, index) = (driver.shared(), driver.tenure.index());
        let core = driver.tenure.core().expect("the loop");
        let (key, lookout) = (core.parking.next_key(), &shared.lookouts[index]);
        let mut connection = Connection::new(key, Protocol::Http, peer, lookout, core.now);
        connection.unused_since = None;
        core.parking.admit(Box::new(connection));
        shared.loops[index].connections.fetch_add(1, SeqCst);
        (next_ready(driver, key), client)
    }

    fn next_ready(driver: &mut Driver<'_>, key: Key) -> Box<Connection> {
        let parking = &mut driver.tenure.core().expect("the loop").parking;
        parking.queue(key);
        parking.next_ready().expect("the connection")
    }

    fn begun(shared: &Arc<Shared>, index: usize) -> Driver<'_> {
        let mut driver = Driver::new(shared, index);
        driver.tenure.begin();
        driver
    }

    fn counts(shared: &Shared) -> [usize; 2] {
        [0, 1].map(|index| shared.loops[index].connections.load(Relaxed))
    }

    #[test]
    fn a_connection_goes_to_a_loop_with_fewer_after_its_first_request_and_stays_there() {
        let shared = Arc::new(shared(2));
        let mut first = begun(&shared, 0);
        shared.loops[0].connections.store(1, SeqCst);
        let (connection, _client) = after_a_request(&mut first);
        let environ = Arc::downgrade(&connection.variables);
        park(&mut first, connection);
        assert_eq!(counts(&shared), [1, 1]);
        let mut messages = shared.loops[1].take_mail().messages.into_iter();
        let Some(Message::Moved(connection)) = messages.next() else {
            panic!("it is not moved");
        };
        assert_eq!(connection.peer.watch.loop_index(), 1);
        assert_eq!(connection.told, None, "its first loop hears nothing of it");

        let mut second = begun(&shared, 1);
        let core = second.tenure.core().expect("the loop");
        core.take_over(connection);
        let connection = core.parking.next_ready().expect("it is looked at");
        shared.loops[1].connections.store(9, SeqCst);
        park(&mut second, connection);
        assert_eq!(counts(&shared), [1, 9]);
        assert!(environ.upgrade().is_some(), "it waits");
        assert!(shared.loops[0].take_mail().messages.is_empty());
    }

    #[test]
    fn a_connection_stays_with_a_loop_that_has_hardly_more_than_others() {
        let shared = Arc::new(shared(2));
        let mut driver = begun(&shared, 0);
        let (connection, _client) = after_a_request(&mut driver);
        let key = connection.key;
        park(&mut driver, connection);
        assert_eq!(counts(&shared), [1, 0]);
        // It stays for good.
        shared.loops[0].connections.store(9, SeqCst);
        let connection = next_ready(&mut driver, key);
        assert_eq!(connection.told, Some(Events::Received));
        park(&mut driver, connection);
        assert_eq!(counts(&shared), [9, 0]);
    }

    #[test]
    fn a_saturated_loop_gives_connections_to_one_that_has_time_while_others_wait() {
        let shared = Arc::new(shared(2));
        let mut driver = begun(&shared, 0);
        let [(one, _client), (other, _other_client)] = [(); 2].map(|()| {
            let (mut connection, client) = after_a_request(&mut driver);
            connection.is_placed = true;
            (connection, client)
        });
        let (one_key, other_key) = (one.key, other.key);
        park(&mut driver, other);
        park(&mut driver, one);
        assert_eq!(counts(&shared), [2, 0], "there is no offer");

        shared.loops[0].relief.offer(1, 1);
        let one = next_ready(&mut driver, one_key);
        park(&mut driver, one);
        assert_eq!(counts(&shared), [2, 0], "no other connection waits");

        let one = next_ready(&mut driver, one_key);
        let core = driver.tenure.core().expect("the loop");
        core.parking.queue(other_key);
        park(&mut driver, one);
        assert_eq!(counts(&shared), [1, 1]);
        let other = next_ready(&mut driver, other_key);
        park(&mut driver, other);
        assert_eq!(counts(&shared), [1, 1], "the offer was for one");
        let messages = shared.loops[1].take_mail().messages;
        assert!(matches!(&messages[..], [Message::Moved(_)]));
    }

    #[test]
    fn a_connection_moves_at_most_once_a_second() {
        let shared = Arc::new(shared(2));
        let mut driver = begun(&shared, 0);
        let (mut connection, _client) = after_a_request(&mut driver);
        let (mut waiting, _waiting_client) = after_a_request(&mut driver);
        waiting.is_placed = true;
        let waiting_key = waiting.key;
        park(&mut driver, waiting);
        let core = driver.tenure.core().expect("the loop");
        core.parking.queue(waiting_key);
        shared.loops[0].relief.offer(1, 9);
        for (milliseconds, moves) in [(0, false), (999, false), (1_000, true)] {
            connection.moved_at = Some(core.now);
            core.now += Duration::from_millis(milliseconds);
            let target = shared.loop_with_time(core, 0, &connection);
            assert_eq!(target.is_some(), moves, "after {milliseconds} ms");
        }
    }

    #[test]
    fn a_connection_moves_only_at_rest_and_to_no_loop_that_may_have_ended() {
        let shared = Arc::new(shared(2));
        let mut driver = begun(&shared, 0);
        shared.loops[0].connections.store(9, SeqCst);
        let (mut connection, _client) = after_a_request(&mut driver);
        let key = connection.key;
        connection.keep(b"GET /".to_vec(), driver.now());
        park(&mut driver, connection);
        let mut connection = next_ready(&mut driver, key);
        assert!(!connection.is_placed, "it may move later");
        connection.partial = None;
        shared.advance(Stage::Draining);
        park(&mut driver, connection);
        assert_eq!(counts(&shared), [10, 0]);
        // The end begins while it is about to move.
        let connection = next_ready(&mut driver, key);
        let core = driver.tenure.core().expect("the loop");
        shared.give(core, 0, 1, connection);
        assert_eq!(counts(&shared), [10, 0]);
        assert!(shared.loops[1].take_mail().messages.is_empty());
        let connection = core.parking.next_ready().expect("it is looked at");
        assert_eq!(connection.peer.watch.loop_index(), 0);
        assert_ne!(connection.key, key);
    }
}
