//! Sending responses, as far as clients take them.

use std::io;

use wsgi_environ::End;

use crate::{
    connections::{
        answer::Answer,
        connection::Connection,
        next::Next,
        outgoing::{Outgoing, Sent},
        phase::Phase,
    },
    instant::Instant,
    options::{MAX_SENT, OUT_LIMIT, SENDFILE_SIZE},
    peers::patience::Patience,
    workers::{
        driver::Driver,
        flow::Flow,
        kit::Kit,
        steps::{
            finish,
            live::{self, Progress},
        },
    },
};

/// Sends the thread's buffer and the rest of an answer, and goes on to what is next once the
/// client has taken them.
pub(super) fn begin(driver: &mut Driver<'_>, connection: &mut Connection, answer: Answer) -> Flow {
    let Answer { tail, next } = answer;
    let out = &mut driver.kit.out;
    let mut start = 0;
    if tail.is_none() {
        if out.is_empty() {
            driver.kit.out_end = None;
            let end = match next {
                Next::Cut => End::Disconnected,
                _ => End::Complete,
            };
            return finish::begin(driver, connection, next, end);
        }
        // Nearly every response leaves in one write.
        match connection.peer.write(out) {
            Ok(count) if count == out.len() => {
                out.clear();
                driver.kit.out_end = None;
                return finish::begin(driver, connection, next, End::Complete);
            }
            Ok(count) => start = count,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(_) => {
                out.clear();
                driver.kit.out_end = None;
                return finish::begin(driver, connection, Next::Cut, End::Disconnected);
            }
        }
    }
    let bytes = std::mem::take(out);
    let answer = Answer { tail, next };
    let endings = driver.kit.endings.take();
    let mut patience = Patience::with_write(&driver.shared().config.options);
    patience.until(driver.kit.out_end.take());
    let mut outgoing = Outgoing::new(bytes, start, answer, endings, patience, driver.now());
    outgoing.measures = driver.kit.endings.measures.take();
    send(driver, connection, Box::new(outgoing))
}

/// Sends the thread's buffer, if the client takes all of it at once. If not, [`begin`] goes on.
pub(super) fn at_once(kit: &mut Kit, connection: &Connection) -> bool {
    // If it is empty, the client is gone. If it is large, the client may take a part.
    if kit.out.is_empty() || kit.out.len() > OUT_LIMIT {
        return false;
    }
    // An error shows again.
    let count = connection.peer.write(&kit.out).unwrap_or(0);
    if count < kit.out.len() {
        kit.out.drain(..count);
        return false;
    }
    kit.out.clear();
    kit.out_end = None;
    let position = connection.peer.position();
    kit.endings.measures.end(End::Complete, position);
    true
}

/// Sends more of a response that the client is slow to take.
pub(super) fn go_on(
    driver: &mut Driver<'_>,
    connection: &mut Connection,
    outgoing: Box<Outgoing>,
) -> Flow {
    let flow = send(driver, connection, outgoing);
    flow.after_response(connection)
}

/// Ends a response that the client takes too slowly.
pub(super) fn expire(
    driver: &mut Driver<'_>,
    connection: &mut Connection,
    mut outgoing: Box<Outgoing>,
) -> Flow {
    if outgoing.may_hang() && !driver.tenure.reserve() {
        connection.peer.cut(); // the rest of its end needs a thread
        outgoing.lift_deadline();
        live::starve(driver, connection, &mut outgoing);
        connection.phase = Phase::Sending(outgoing);
        return Flow::Wait;
    }
    driver.kit.endings.measures.extend(outgoing.measures.take());
    live::close(driver, &mut outgoing);
    close_file(driver, &mut outgoing);
    let (_, _, endings) = outgoing.into_parts();
    driver.kit.endings.extend(endings);
    finish::begin(driver, connection, Next::Cut, End::TimedOut)
}

fn send(driver: &mut Driver<'_>, connection: &mut Connection, mut outgoing: Box<Outgoing>) -> Flow {
    let result = loop {
        if outgoing.may_hang() && !driver.tenure.reserve() {
            live::starve(driver, connection, &mut outgoing);
            break Ok(Flow::Wait);
        }
        break match send_turn(driver, connection, &mut outgoing) {
            Ok(Sent::Blocked) if live::is_left(connection, &mut outgoing) => {
                Err((Some(Next::Cut), End::Disconnected))
            }
            Ok(Sent::Blocked) => Ok(Flow::Wait),
            Ok(Sent::Some) => Ok(Flow::Yield),
            Ok(Sent::All) => Err((None, End::Complete)),
            Ok(Sent::Dry) => match live::go_on(driver, connection, &mut outgoing) {
                Progress::More => continue,
                Progress::Wait => Ok(Flow::Wait),
                Progress::Yield => Ok(Flow::Yield),
                Progress::Left => Err((Some(Next::Cut), End::Disconnected)),
                Progress::Broken => Err((None, End::Failed)),
            },
            Err(end) => Err((Some(Next::Cut), end)),
        };
    };
    let flow = match result {
        Ok(flow) => flow,
        Err(_) if (outgoing.may_call() || outgoing.may_hang()) && !driver.tenure.reserve() => {
            live::starve(driver, connection, &mut outgoing);
            Flow::Wait
        }
        Err((cut, end)) => {
            if let (End::Failed, Some(cause)) = (end, outgoing.cause()) {
                driver.shared().note_broken(driver.tenure.index(), cause);
            }
            live::close(driver, &mut outgoing);
            close_file(driver, &mut outgoing);
            driver.kit.endings.measures.extend(outgoing.measures.take());
            let (buffer, next, endings) = outgoing.into_parts();
            driver.kit.out = buffer;
            driver.kit.endings.extend(endings);
            return finish::begin(driver, connection, cut.unwrap_or(next), end);
        }
    };
    finish::run_sent(driver, connection, &mut outgoing);
    connection.phase = Phase::Sending(outgoing);
    flow
}

/// Sends as much as the client takes now, up to the end of a turn. While a disk may hang, the
/// thread that is reserved for the loop may take it over.
fn send_turn(
    driver: &mut Driver<'_>,
    connection: &Connection,
    outgoing: &mut Outgoing,
) -> Result<Sent, End> {
    if !outgoing.may_hang() {
        return outgoing.send(&connection.peer, driver.now(), MAX_SENT);
    }
    let mut sent = Sent::Some;
    for _ in 0..MAX_SENT / SENDFILE_SIZE {
        let now = Instant::now(); // as the disk may have held up the last slice
        outgoing.go_on(now);
        sent = driver.run_foreign(|_| outgoing.send(&connection.peer, now, SENDFILE_SIZE))?;
        outgoing.excuse(now.elapsed());
        if sent != Sent::Some || !driver.tenure.reserve() {
            break;
        }
    }
    Ok(sent)
}

/// Closes the file of a response that broke off, which its disk may hold up too.
fn close_file(driver: &mut Driver<'_>, outgoing: &mut Outgoing) {
    if outgoing.may_hang() {
        let tail = outgoing.answer.tail.take();
        driver.run_foreign(|_| drop(tail));
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io::Read,
        os::unix::net::UnixStream,
        sync::{Arc, Mutex, mpsc},
        time::Duration,
    };

    use wsgi_application::FileWrapper;
    use wsgi_gateway::Rest;

    use super::*;
    use crate::{
        loops::shared::{
            Shared,
            tests::{shared, shared_with},
        },
        options::Options,
        peers::{peer::Peer, socket::Socket},
        protocol::Protocol,
        responses::tail::Tail,
    };

    /// A file on a disk that hangs if the thread that reads or closes it holds its loop.
    struct Disk {
        shared: Arc<Shared>,
        closed: mpsc::Sender<()>,
        /// The time that its reads have taken.
        reads: Arc<Mutex<Duration>>,
    }

    impl Disk {
        fn wait(&self) {
            assert!(self.shared.loops[0].try_lock().is_some(), "the loop hangs");
        }
    }

    impl Read for Disk {
        fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
            let began = Instant::now();
            self.wait();
            bytes.fill(b'a');
            *self.reads.lock().unwrap() += began.elapsed();
            Ok(bytes.len())
        }
    }

    impl Drop for Disk {
        fn drop(&mut self) {
            self.wait();
            let _ = self.closed.send(());
        }
    }

    /// A connection that sends a file.
    struct Download {
        connection: Box<Connection>,
        closed: mpsc::Receiver<()>,
        reads: Arc<Mutex<Duration>>,
        client: UnixStream,
    }

    impl Download {
        /// A connection of the driver's loop that sends a file of this length from now on.
        fn new(driver: &mut Driver<'_>, length: u64) -> Self {
            let shared = driver.shared();
            let (socket, client) = Socket::pair();
            let peer = Arc::new(Peer::new(socket, None, None));
            let (close, closed) = mpsc::channel();
            let reads = Arc::default();
            let disk = Disk {
                shared: Arc::clone(shared),
                closed: close,
                reads: Arc::clone(&reads),
            };
            let file = FileWrapper::new(disk);
            let now = Instant::now();
            let parking = &mut driver.tenure.core().expect("the loop").parking;
            let key = parking.next_key();
            let lookout = &shared.lookouts[0];
            let connection = Connection::new(key, Protocol::Http, peer, lookout, now);
            parking.admit(Box::new(connection));
            parking.queue(key);
            let mut connection = parking.next_ready().expect("the connection");
            let patience = Patience::with_write(&shared.config.options);
            let answer = Answer {
                tail: Tail::of(Rest::File(Box::new(file), length)),
                next: Next::Request,
            };
            let outgoing = Outgoing::new(b"head".to_vec(), 0, answer, Vec::new(), patience, now);
            connection.phase = Phase::Sending(Box::new(outgoing));
            Download {
                connection,
                closed,
                reads,
                client,
            }
        }

        fn outgoing(&mut self) -> Box<Outgoing> {
            match self.connection.phase.take() {
                Phase::Sending(outgoing) => outgoing,
                _ => panic!("nothing is sent"),
            }
        }

        fn go_on(&mut self, driver: &mut Driver<'_>) -> Flow {
            let outgoing = self.outgoing();
            go_on(driver, &mut self.connection, outgoing)
        }

        fn expire(&mut self, driver: &mut Driver<'_>) -> Flow {
            let outgoing = self.outgoing();
            expire(driver, &mut self.connection, outgoing)
        }
    }

    /// Has a spare thread ready for the driver's loop.
    fn reserve(driver: &mut Driver<'_>) {
        driver.tenure.core().expect("the loop").reserved = true;
    }

    #[test]
    fn what_a_client_does_not_take_at_once_is_left() {
        let shared = Arc::new(shared(1));
        let mut driver = Driver::new(&shared, 0);
        driver.tenure.begin();
        let mut download = Download::new(&mut driver, 5);
        let outgoing = download.outgoing();
        driver.run_foreign(|_| drop(outgoing));
        let (kit, connection) = (&mut driver.kit, &download.connection);
        assert!(!at_once(kit, connection), "there is nothing");
        let mut all = Vec::new();
        for number in 0_u32.. {
            let response = number.to_be_bytes().repeat(12_345);
            all.extend_from_slice(&response);
            kit.out = response;
            if !at_once(kit, connection) {
                break;
            }
            assert!(kit.out.is_empty());
        }
        let (sent, left) = all.split_at(all.len() - kit.out.len());
        assert!(!left.is_empty() && kit.out == left);
        let mut received = vec![0; sent.len()];
        download.client.read_exact(&mut received).unwrap();
        assert!(received == sent);

        kit.out = vec![0; OUT_LIMIT + 1];
        assert!(!at_once(kit, connection), "it may be taken in part");
        assert_eq!(kit.out.len(), OUT_LIMIT + 1);
    }

    #[test]
    fn a_disk_that_hangs_holds_up_no_loop() {
        let shared = Arc::new(shared(1));
        let mut driver = Driver::new(&shared, 0);
        driver.tenure.begin();
        reserve(&mut driver);
        let mut download = Download::new(&mut driver, 5);
        download.go_on(&mut driver);
        download.closed.try_recv().expect("the file is sent");
        let mut received = [0; 9];
        download.client.read_exact(&mut received).unwrap();
        assert_eq!(&received, b"headaaaaa");

        // The client takes too little, and then too long.
        let mut download = Download::new(&mut driver, u64::MAX);
        while download.go_on(&mut driver) != Flow::Wait {}
        download.expire(&mut driver);
        download.closed.try_recv().expect("the file is closed");
    }

    #[test]
    fn a_client_has_its_whole_time_after_a_disk_that_hung() {
        let shared = Arc::new(shared(1));
        let mut driver = Driver::new(&shared, 0);
        driver.tenure.begin();
        reserve(&mut driver);
        let mut download = Download::new(&mut driver, u64::MAX);
        let began = Instant::now();
        while download.go_on(&mut driver) != Flow::Wait {}
        let outgoing = download.outgoing();
        let deadline = outgoing.deadline().expect("a deadline");
        expire(&mut driver, &mut download.connection, outgoing);
        let hung = *download.reads.lock().unwrap();
        let last = began + hung + shared.config.options.write_timeout;
        assert!(deadline >= last, "{:?} is missing", last - deadline);
    }

    #[test]
    fn a_file_on_a_disk_that_may_hang_waits_for_a_thread() {
        let shared = Arc::new(shared_with(Options {
            max_threads: 1,
            ..Options::new()
        }));
        let mut driver = Driver::new(&shared, 0);
        driver.tenure.begin();
        let mut download = Download::new(&mut driver, u64::MAX);
        let is_starved = |driver: &mut Driver<'_>| {
            let parking = &mut driver.tenure.core().expect("the loop").parking;
            let has_starved = parking.has_starved();
            parking.retry_starved();
            has_starved
        };
        assert_eq!(download.go_on(&mut driver), Flow::Wait);
        assert!(is_starved(&mut driver));
        let outgoing = download.outgoing();
        assert_eq!(outgoing.deadline(), None, "the client has nothing to take");
        download.connection.phase = Phase::Sending(outgoing);

        reserve(&mut driver);
        while download.go_on(&mut driver) != Flow::Wait {}
        assert!(!is_starved(&mut driver), "the client is slow");

        // Its close waits for a thread, too.
        driver.tenure.core().expect("the loop").reserved = false;
        assert_eq!(download.expire(&mut driver), Flow::Wait);
        assert!(is_starved(&mut driver));
        assert!(download.closed.try_recv().is_err());
        let mut received = Vec::new();
        let read = download.client.read_to_end(&mut received);
        read.expect("the client sees the end at once");

        reserve(&mut driver);
        download.go_on(&mut driver);
        download.closed.try_recv().expect("the file is closed");
    }
}
