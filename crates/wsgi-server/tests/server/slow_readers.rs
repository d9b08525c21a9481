//! Clients that are slow to take the chunks of an iterator.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::SeqCst},
        mpsc,
    },
    thread,
};

use wsgi_application::{Application, Body, Environ, Result, StartResponse, Status};
use wsgi_environ::{End, Outcome};
use wsgi_server::{Builder, Protocol};

use crate::support::{
    Client, PATIENCE, Running, echo, eventually, fastcgi, gate::Gate,
    gateway_response::GatewayResponse, get, scgi, uwsgi,
};

/// The number of bytes of each body: more than the system takes for a client that does not read.
const LENGTH: usize = 12 << 20;

/// The chunks of a body, which all have this number of bytes. They count those that were not
/// dropped.
struct Chunks {
    size: usize,
    made: usize,
    alive: Arc<AtomicUsize>,
    panics: bool,
}

impl Chunks {
    fn new(size: usize, panics: bool, alive: &Arc<AtomicUsize>) -> Self {
        alive.fetch_add(1, SeqCst);
        Self {
            size,
            made: 0,
            alive: alive.clone(),
            panics,
        }
    }
}

impl Iterator for Chunks {
    type Item = Vec<u8>;

    fn next(&mut self) -> Option<Vec<u8>> {
        let left = LENGTH - self.made;
        assert!(!self.panics || left > LENGTH / 2, "the iterator panics");
        let size = left.min(self.size);
        let byte = (self.made / self.size) as u8;
        self.made += size;
        (size > 0).then(|| vec![byte; size])
    }
}

impl Drop for Chunks {
    fn drop(&mut self) {
        self.alive.fetch_sub(1, SeqCst);
    }
}

/// The body of chunks of this size.
fn whole(size: usize) -> Vec<u8> {
    (0..LENGTH).map(|at| (at / size) as u8).collect()
}

/// Answers `/SIZE` with chunks of this size. Other paths are echoed.
fn app(alive: &Arc<AtomicUsize>) -> impl Application + 'static {
    let alive = alive.clone();
    move |environ: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
        let path = environ.path_info().to_string_lossy().into_owned();
        let Ok(size) = path.trim_start_matches(['/', 'l', 'p']).parse() else {
            return echo(environ, start_response);
        };
        match path.contains('l') {
            true => start_response.start(Status::OK, [("Content-Length", LENGTH.to_string())])?,
            false => start_response.start(Status::OK, ())?,
        };
        Ok(Body::chunks(Chunks::new(size, path.contains('p'), &alive)))
    }
}

/// One loop and three spares.
fn few_threads(builder: Builder) -> Builder {
    builder.threads(1).max_threads(4)
}

#[test]
fn slow_readers_of_chunks_hold_no_thread() {
    for path in ["/5000", "/16385", "/l5000", "/l100000"] {
        let alive = Arc::default();
        let running = Running::with(few_threads, app(&alive));
        let mut slow: Vec<_> = (0..10).map(|_| running.connect()).collect();
        slow.iter_mut().for_each(|client| client.send(get(path)));
        eventually("all of them are called", || alive.load(SeqCst) == 10);
        for _ in 0..10 {
            assert_eq!(running.connect().ask(get("/echo")).status, 200);
        }
        let size = path.trim_start_matches(['/', 'l']).parse().unwrap();
        let expected = whole(size);
        // The others never read.
        let response = slow[0].response();
        assert!(response.complete && response.body == expected, "{path}");
        assert_eq!(slow[0].ask(get("/echo")).status, 200);
        drop(slow);
        eventually("every iterator is dropped", || alive.load(SeqCst) == 0);
    }
}

#[test]
fn bodies_that_keep_their_thread_are_made_on_it_alone() {
    let threads = Arc::new(Mutex::new(Vec::new()));
    let noted = threads.clone();
    let app = move |_: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
        start_response.start(Status::OK, ())?;
        let note = {
            let noted = noted.clone();
            move || noted.lock().unwrap().push(thread::current().id())
        };
        note();
        let chunks = Chunks::new(100_000, false, &Arc::default());
        Ok(Body::chunks(chunks.inspect(move |_| note())))
    };
    let running = Running::with(|builder| few_threads(builder).bodies_keep_thread(true), app);
    let response = running.connect().ask(get("/"));
    assert!(response.complete && response.body == whole(100_000));
    let threads = threads.lock().unwrap();
    assert_eq!(threads.len(), 1 + LENGTH.div_ceil(100_000));
    assert!(threads.iter().all(|thread| *thread == threads[0]));
}

#[test]
fn slow_front_servers_hold_no_thread_either() {
    for protocol in [Protocol::FastCgi, Protocol::Scgi, Protocol::Uwsgi] {
        let alive = Arc::default();
        let options = |builder| few_threads(builder).protocol(protocol);
        let running = Running::with(options, app(&alive));
        let request = |path: &str| match protocol {
            Protocol::FastCgi => fastcgi::get(path),
            Protocol::Scgi => scgi::get(path),
            _ => uwsgi::get(path),
        };
        let response = |client: &mut Client| match protocol {
            Protocol::FastCgi => fastcgi::answer(client, 1).response(),
            Protocol::Scgi => GatewayResponse::parse(&client.take_all()),
            _ => GatewayResponse::parse_with_status_line(&client.take_all()),
        };
        let mut slow: Vec<_> = (0..10).map(|_| running.connect()).collect();
        for (index, client) in slow.iter_mut().enumerate() {
            client.send(request(["/5000", "/100000"][index % 2]));
        }
        eventually("all of them are called", || alive.load(SeqCst) == 10);
        let mut client = running.connect();
        client.send(request("/echo"));
        assert_eq!(response(&mut client).status, "200 OK");
        for (index, client) in slow.iter_mut().enumerate().take(2) {
            let response = response(client);
            assert!(response.body == whole([5000, 100_000][index]), "{protocol}");
        }
        drop(slow);
        eventually("every iterator is dropped", || alive.load(SeqCst) == 0);
    }
}

#[test]
fn a_chunk_leaves_before_the_next_one_is_made_also_after_the_client_was_slow() {
    let gate = Gate::default();
    let inside = gate.clone();
    let app = move |_: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
        start_response.start(Status::OK, ())?;
        let large = vec![b'x'; LENGTH];
        let gate = inside.clone();
        let ticks = (0..4).map(move |tick| {
            if tick == 3 {
                gate.pass();
            }
            format!("tick {tick}\n").into_bytes()
        });
        Ok(Body::chunks([large].into_iter().chain(ticks)))
    };
    let running = Running::with(few_threads, app);
    let mut client = running.connect();
    client.send(get("/"));
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.extend(client.take(1).expect("the connection goes on"));
    }
    let first = client.take(format!("{LENGTH:x}\r\n").len() + LENGTH + 2);
    assert!(first.is_some());
    for tick in 0..3 {
        let expected = format!("7\r\ntick {tick}\n\r\n");
        assert_eq!(client.take(expected.len()).unwrap(), expected.as_bytes());
    }
    eventually("the last one waits", || gate.waiting() == 1);
    gate.open();
    let last = b"7\r\ntick 3\n\r\n0\r\n\r\n";
    assert_eq!(client.take(last.len()).unwrap(), last);
}

#[test]
fn an_iterator_that_fails_after_its_client_was_slow_cuts_the_connection() {
    for path in ["/p5000", "/lp100000"] {
        let alive = Arc::default();
        let running = Running::with(few_threads, app(&alive));
        let mut client = running.connect();
        client.send(get(path));
        eventually("it is called", || alive.load(SeqCst) == 1);
        let response = client.response();
        assert!(!response.complete && response.body.len() <= LENGTH / 2 + 100_000);
        eventually("the log says so", || {
            running.log().contains("the iterator panics")
        });
        eventually("it is dropped", || alive.load(SeqCst) == 0);
        assert_eq!(running.connect().ask(get("/echo")).status, 200);
    }
}

#[test]
fn hooks_hear_of_the_whole_response_once() {
    let (report, reports) = mpsc::channel::<Outcome>();
    let report = Mutex::new(report);
    let alive = Arc::default();
    let inner = app(&alive);
    let app = move |environ: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
        let report = report.lock().unwrap().clone();
        environ.on_finished(move |_, outcome| report.send(*outcome).unwrap());
        inner.call(environ, start_response)
    };
    let running = Running::with(few_threads, app);
    for path in ["/5000", "/16385", "/l5000", "/l100000"] {
        let mut client = running.connect();
        client.send(get(path));
        assert!(client.response().complete);
        let outcome = reports.recv_timeout(PATIENCE).unwrap();
        let seen = (outcome.end(), outcome.body_bytes(), outcome.status_code());
        assert_eq!(seen, (End::Complete, LENGTH as u64, Some(200)), "{path}");
        client.send(get(path));
        eventually("it is called", || alive.load(SeqCst) == 1);
        drop(client);
        let outcome = reports.recv_timeout(PATIENCE).unwrap();
        assert_eq!(outcome.end(), End::Disconnected, "{path}");
        assert!(reports.try_recv().is_err());
    }
}
