use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    os::unix::net::UnixStream,
    sync::{Arc, atomic::Ordering::SeqCst},
    thread,
};

use wsgi_application::{Environ, Result, StartResponse, Status};

use super::*;
use crate::{
    connections::{key::Key, partial::Partial},
    listeners::listener::Listener,
    loops::{
        acceptor::Arrival,
        event_loop::EventLoop,
        shared::{
            Stage,
            tests::{shared, with},
        },
        workload::WINDOW,
    },
    options::Options,
    peers::socket::Socket,
    protocol::Protocol,
    workers::worker::Worker,
};

/// The time that a test waits for an event: longer than a busy machine takes.
const PATIENCE: Duration = Duration::from_secs(20);

// A window may have begun before the loop was saturated. The next one shows it.
const _: () = assert!(2 * WINDOW.as_millis() < 50);

fn counts(shared: &Shared) -> Vec<usize> {
    let loops = shared.loops.iter();
    loops
        .map(|event_loop| event_loop.connections.load(SeqCst))
        .collect()
}

/// Work of which only this is known.
fn busy(busy: u32) -> Work {
    let backlog = 0;
    Work { busy, backlog }
}

#[test]
fn a_new_client_goes_to_the_first_loop_that_has_room() {
    let rows: [([Option<u32>; 3], Option<usize>); 6] = [
        ([None, None, None], Some(0)),
        ([Some(ROOM - 1), None, Some(0)], Some(0)),
        ([Some(ROOM), Some(10), Some(0)], Some(1)),
        ([Some(100), Some(80), None], Some(2)),
        ([Some(100), Some(ROOM), Some(ROOM)], None),
        ([Some(0), Some(100), Some(100)], Some(0)),
    ];
    for (loads, expected) in rows {
        let (shared, now) = (shared(3), Instant::now());
        for (event_loop, load) in shared.loops.iter().zip(loads) {
            let time = shared.pressure.milliseconds(now);
            load.iter()
                .for_each(|load| event_loop.load.tell(busy(*load), time));
        }
        assert_eq!(shared.loop_with_room(now), expected, "{loads:?}");
        let later = now + Duration::from_secs(1);
        assert_eq!(shared.loop_with_room(later), Some(0), "all sleep");
        // The call of the first one goes on, so it does not sleep.
        let _call = shared.loops[0].leave(shared.loops[0].begin());
        assert_eq!(shared.loop_with_room(later), Some(1));
    }
    let (shared, now) = (shared(2), Instant::now());
    for _ in 0..MOST_GIVEN {
        assert_eq!(shared.loop_with_room(now), Some(0));
        shared.loops[0].load.note_given();
    }
    assert_eq!(
        shared.loop_with_room(now),
        Some(1),
        "its load will show them"
    );
}

#[test]
fn clients_are_left_to_loops_before_and_never_by_the_first_one() {
    let (shared, now) = (shared(2), Instant::now());
    let time = shared.pressure.milliseconds(now);
    let leaves = |own: usize| shared.leaves_clients(&shared.loops[own].begin(), own);
    assert_eq!([leaves(0), leaves(1)], [false, true]);
    shared.loops[0].load.tell(busy(100), time);
    assert_eq!([leaves(0), leaves(1)], [false, false]);
    shared.loops[0].load.tell(busy(0), time);
    shared.advance(Stage::Retiring);
    assert_eq!([leaves(0), leaves(1)], [false, false]);
}

#[test]
fn loops_are_filled_and_give_away_what_is_too_much() {
    let to = |target, step| Some(Transfer { target, step });
    let rows: [(usize, u32, [Option<u32>; 3], _); 11] = [
        (0, SATURATED, [None, None, None], to(1, 2)),
        (0, 100, [None, Some(20), Some(10)], to(2, 2)),
        (2, 100, [Some(49), Some(50), None], to(0, 2)),
        (1, 100, [Some(HALF), None, Some(HALF)], None),
        (0, SATURATED - 1, [None, None, None], None),
        (1, 20, [Some(39), None, None], to(0, 1)),
        (1, 20, [Some(40), None, None], None),
        (2, 20, [Some(95), Some(30), None], to(1, 1)),
        (1, 20, [None, None, Some(10)], None),
        (1, LITTLE, [Some(0), None, None], None),
        (0, 20, [None, Some(10), Some(10)], None),
    ];
    for (own, share, loads, expected) in rows {
        let (shared, now) = (shared(3), Instant::now());
        for (event_loop, load) in shared.loops.iter().zip(loads) {
            event_loop.connections.fetch_add(2, SeqCst);
            let time = shared.pressure.milliseconds(now);
            load.iter()
                .for_each(|load| event_loop.load.tell(busy(*load), time));
        }
        let name = format!("loop {own} at {share} beside {loads:?}");
        // One that has not told for long sleeps, unless a call goes on in it.
        let calls = loads.iter().enumerate().filter(|(_, load)| load.is_none());
        let place = || shared.place(own, busy(share), now);
        if expected != to(1, 2) {
            for (index, _) in calls.filter(|(index, _)| *index != own) {
                shared.loops[index].leave(shared.loops[index].begin());
            }
        }
        assert_eq!(place(), expected, "{name}");
        shared.loops[own].connections.store(1, SeqCst);
        if share >= SATURATED {
            assert_eq!(place(), None, "{name}, one connection");
        }
        shared.loops[own].connections.store(2, SeqCst);
        shared.advance(Stage::Retiring);
        assert_eq!(place(), None, "{name}, at the end");
    }
}

#[test]
fn saturated_loops_are_evened_out_with_some_tolerance() {
    let rows = [
        ((256, 2), Some(2)),
        ((256, 100), Some(3)),
        ((150, 100), None),
        ((160, 100), Some(5)),
        ((4, 2), None),
        ((6, 2), Some(3)),
        ((2, 256), None),
    ];
    for ((own, other), step) in rows {
        let (shared, now) = (shared(2), Instant::now());
        shared.loops[0].connections.fetch_add(2, SeqCst);
        let work = |busy, backlog| Work { busy, backlog };
        let time = shared.pressure.milliseconds(now);
        shared.loops[1].load.tell(work(HALF, other), time);
        let expected = step.map(|step| Transfer { target: 1, step });
        let transfer = shared.place(0, work(SATURATED, own), now);
        assert_eq!(transfer, expected, "{own} beside {other}");
    }
}

/// A connection of a loop that is at rest after its first request, and for which bytes have come.
fn at_rest(shared: &Shared, core: &mut Core, own: usize) -> (Key, UnixStream) {
    let (ours, mut client) = UnixStream::pair().unwrap();
    ours.set_nonblocking(true).unwrap();
    let arrival = Arrival {
        listener: 0,
        protocol: Protocol::Http,
        socket: Socket::Unix(mio::net::UnixStream::from_std(ours)),
        address: None,
        channel: None,
        proxies: None,
        place: None,
    };
    assert!(shared.connection_limit.take());
    shared.loops[own].connections.fetch_add(1, SeqCst);
    shared.take_in(core, own, arrival);
    let key = rest(core);
    client.write_all(b"next").unwrap();
    core.wait().unwrap();
    assert_eq!(rest(core), key);
    (key, client)
}

/// Drives the connection that is ready, which goes on waiting.
fn rest(core: &mut Core) -> Key {
    let mut connection = core.parking.next_ready().expect("a connection");
    connection.unused_since = None;
    core.register(&mut connection).unwrap();
    let key = connection.key;
    assert!(core.parking.park(connection).is_ok());
    key
}

/// Takes in what other loops have sent to this one.
fn receive(shared: &Shared, core: &mut Core, own: usize) -> usize {
    let messages = shared.loops[own].take_mail().messages;
    let count = messages.len();
    for message in messages {
        match message {
            Message::Moved(connection) => core.take_over(connection),
            _ => panic!("another message"),
        }
    }
    count
}

const TO_FIRST: Transfer = Transfer { target: 0, step: 1 };
const TO_SECOND: Transfer = Transfer { target: 1, step: 1 };

#[test]
fn a_connection_moves_with_all_that_its_client_has_sent() {
    let shared = shared(2);
    let (mut first, mut second) = (shared.loops[0].begin(), shared.loops[1].begin());
    let (key, mut client) = at_rest(&shared, &mut first, 0);
    let deadline = first.parking.at_rest(key).unwrap().deadline;
    shared.transfer(&mut first, 0, TO_SECOND);
    assert_eq!(counts(&shared), [0, 1]);
    assert!(first.parking.at_rest(key).is_none());
    assert_eq!(receive(&shared, &mut second, 1), 1);
    let connection = second.parking.next_ready().expect("it is looked at");
    assert_eq!(connection.deadline, deadline);
    // A deadline of its next request is one of the new loop.
    assert_eq!(connection.peer.watch.loop_index(), 1);
    let mut bytes = [0; 8];
    assert_eq!(connection.peer.read(&mut bytes).unwrap(), 4);
    assert_eq!(&bytes[..4], b"next");
    let key = connection.key;
    second.parking.requeue(connection).ok().unwrap();
    assert_eq!(rest(&mut second), key);
    // Only the new loop hears of what comes now.
    second.wait().unwrap();
    while second.parking.ready() > 0 {
        rest(&mut second);
    }
    client.write_all(b"more").unwrap();
    first.parking.queue(key);
    first.wait().unwrap();
    assert_eq!(first.parking.ready(), 0);
    second.wait().unwrap();
    assert_eq!(rest(&mut second), key);
}

#[test]
fn a_connection_moves_once_a_second_at_most() {
    let shared = shared(2);
    let (mut first, mut second) = (shared.loops[0].begin(), shared.loops[1].begin());
    let (_, mut client) = at_rest(&shared, &mut first, 0);
    let began = first.now;
    shared.transfer(&mut first, 0, TO_SECOND);
    assert_eq!(receive(&shared, &mut second, 1), 1);
    rest(&mut second);
    client.write_all(b"more").unwrap();
    second.wait().unwrap();
    rest(&mut second);
    for (after, expected) in [(0, [0, 1]), (999, [0, 1]), (1000, [1, 0])] {
        second.now = began + Duration::from_millis(after);
        shared.transfer(&mut second, 1, TO_FIRST);
        assert_eq!(counts(&shared), expected, "after {after} ms");
    }
}

#[test]
fn a_connection_that_is_not_at_rest_stays() {
    type Change = fn(&mut Core, Key);
    let rows: [(&str, Change); 5] = [
        ("queued", |core, key| core.parking.queue(key)),
        ("starved", |core, key| core.parking.starve(key)),
        ("hung up", |core, key| {
            core.parking.note_event(key, true);
            rest(core);
        }),
        ("unused", |core, key| {
            let now = core.now;
            core.parking.at_rest(key).unwrap().unused_since = Some(now);
        }),
        ("partial", |core, key| {
            let now = core.now;
            let partial = Partial::of(b"GET".to_vec(), Protocol::Http, now);
            core.parking.at_rest(key).unwrap().partial = partial;
        }),
    ];
    for (name, change) in rows {
        let shared = shared(2);
        let mut core = shared.loops[0].begin();
        let (key, _client) = at_rest(&shared, &mut core, 0);
        change(&mut core, key);
        shared.transfer(&mut core, 0, TO_SECOND);
        assert_eq!(counts(&shared), [1, 0], "{name}");
        assert!(!shared.loops[1].has_mail(), "{name}");
    }
}

#[test]
fn a_connection_stays_if_the_other_loop_ends() {
    let ends: [fn(&Shared); 2] = [
        |shared| shared.advance(Stage::Draining),
        |shared| drop(shared.loops[1].close()),
    ];
    for end in ends {
        let shared = shared(2);
        let mut core = shared.loops[0].begin();
        let (_, _client) = at_rest(&shared, &mut core, 0);
        end(&shared);
        shared.transfer(&mut core, 0, TO_SECOND);
        assert_eq!(counts(&shared), [1, 0]);
        let connection = core.parking.next_ready().expect("it is looked at");
        assert_eq!(connection.peer.watch.loop_index(), 0);
        assert!(connection.peer.can_be_read());
    }
}

/// A server whose loops run and change no hands, since no monitor watches over them.
struct Running {
    shared: Arc<Shared>,
    address: SocketAddr,
    threads: Vec<thread::JoinHandle<()>>,
}

impl Running {
    /// A server with this number of loops. Its application computes for a while.
    fn new(loops: usize) -> Self {
        let app = |environ: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
            let began = Instant::now();
            while began.elapsed() < Duration::from_micros(300) {}
            start_response.start(Status::OK, ())?;
            Ok(format!("{}\n", environ.path_info()).into())
        };
        let listener = Listener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().tcp().unwrap();
        let listeners = [listener];
        let a_loop = |_| {
            let core = Core::new(&listeners, Default::default()).unwrap();
            EventLoop::new(core.among_others()).unwrap()
        };
        let options = Options::new();
        let shared = Arc::new(with(options, app, (0..loops).map(a_loop).collect()));
        let threads = (0..loops).map(|index| {
            let shared = shared.clone();
            thread::spawn(move || Worker::new(&shared, index).run())
        });
        Self {
            address,
            threads: threads.collect(),
            shared,
        }
    }

    /// Ends the server. Returns the number of places that connections still have.
    fn end(self) -> usize {
        self.shared.advance(Stage::Draining);
        while self.shared.running.load(SeqCst) > 0 {
            thread::yield_now();
        }
        let limit = self.shared.config.options.max_connections;
        let free = (0..limit)
            .take_while(|_| self.shared.connection_limit.take())
            .count();
        self.shared.spares.close();
        self.threads
            .into_iter()
            .for_each(|thread| thread.join().unwrap());
        limit - free
    }
}

/// Asks for two pages at a time, the second in two pieces, until the server ends the connection.
/// Returns the number of responses.
fn ask(mut stream: TcpStream, client: usize) -> usize {
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut responses = BufReader::new(stream.try_clone().unwrap());
    let mut count = 0;
    loop {
        let paths = [0, 1].map(|number| format!("/{client}/{}", count + number));
        let requests = paths
            .each_ref()
            .map(|path| format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n"));
        let (whole, rest) = (requests.concat(), requests[1].len() / 2);
        let (begin, end) = whole.as_bytes().split_at(whole.len() - rest);
        if stream.write_all(begin).is_err() || stream.write_all(end).is_err() {
            return count;
        }
        for path in paths {
            let mut line = String::new();
            let mut length = 0;
            loop {
                line.clear();
                match responses.read_line(&mut line) {
                    Ok(0) => return count, // the end, between two responses
                    Ok(_) if line == "\r\n" => break,
                    Ok(_) => {}
                    Err(_) => return count,
                }
                if let Some(value) = line.strip_prefix("Content-Length: ") {
                    length = value.trim().parse().unwrap();
                }
            }
            let mut body = vec![0; length];
            responses.read_exact(&mut body).unwrap();
            assert_eq!(String::from_utf8(body).unwrap(), format!("{path}\n"));
            count += 1;
        }
    }
}

#[test]
fn loops_share_work_that_is_too_much_for_one_and_no_request_is_lost() {
    for loops in [2, 8] {
        let running = Running::new(loops);
        let streams = [(); 8].map(|()| TcpStream::connect(running.address).unwrap());
        let clients: Vec<_> = streams
            .into_iter()
            .enumerate()
            .map(|(client, stream)| thread::spawn(move || ask(stream, client)))
            .collect();
        let began = Instant::now();
        loop {
            let counts = counts(&running.shared);
            if counts.iter().filter(|count| **count > 0).count() > 1 {
                break;
            }
            assert!(began.elapsed() < PATIENCE, "{counts:?}");
            thread::sleep(Duration::from_millis(1));
        }
        // The end comes while connections move.
        assert_eq!(running.end(), 0);
        for client in clients {
            assert!(client.join().unwrap() > 0);
        }
    }
}
