//! A Redis server that hangs and then continues.

use super::*;

impl Server {
    pub(super) fn signal(&self, signal: &str) {
        let process = self.0.id().to_string();
        let sent = Command::new("kill").args([signal, &process]).status();
        assert!(sent.unwrap().success());
        let late = Instant::now() + PATIENCE;
        while signal == "-STOP" && !self.is_stopped() {
            assert!(Instant::now() < late, "the server does not stop");
            thread::sleep(Duration::from_millis(1));
        }
    }

    /// Whether all of its threads are stopped, which the system takes a while for.
    fn is_stopped(&self) -> bool {
        let Ok(tasks) = std::fs::read_dir(format!("/proc/{}/task", self.0.id())) else {
            return true; // another system
        };
        tasks.flatten().all(|task| {
            let stat = std::fs::read_to_string(task.path().join("stat"));
            let state = stat.unwrap_or_default();
            state
                .rsplit_once(") ")
                .is_some_and(|(_, rest)| rest.starts_with('T'))
        })
    }
}

fn load(store: &RedisStore) -> (Duration, Result<Load, StoreError>) {
    let start = Instant::now();
    let loaded = store.load(&Key::of("an id"), SystemTime::now());
    (start.elapsed(), loaded)
}

/// Checks that a call gives up in time while the server is stopped, and succeeds after it
/// continues.
#[track_caller]
fn check_in_time(server: &Server, store: &RedisStore) {
    let late = Instant::now() + PATIENCE;
    loop {
        server.signal("-STOP");
        let (took, loaded) = load(store);
        server.signal("-CONT");
        let why = loaded.unwrap_err();
        assert!(!why.is_repeated(), "{why:?}");
        let answered = load(store).1;
        assert_eq!(answered.unwrap(), Load::Absent);
        if is_in_time(took, late) {
            return;
        }
    }
}

/// Whether a call gave up after a second, and not after two. A busy machine makes some calls late,
/// and a defect all of them.
#[track_caller]
fn is_in_time(took: Duration, late: Instant) -> bool {
    assert!(took >= Duration::from_secs(1), "{took:?}");
    assert!(Instant::now() < late, "it always takes as long as {took:?}");
    took < Duration::from_millis(1_800)
}

#[test]
fn a_call_to_a_server_that_hangs_fails_after_the_configured_time() {
    let folder = tempfile::tempdir().unwrap();
    let more = [
        "--bind",
        "127.0.0.1",
        "--port",
        "PORT",
        "--tcp-backlog",
        "1",
    ];
    let more = [&more[..], &["--requirepass", "secret"]].concat();
    let (server, port) = Server::start_at_a_port(folder.path(), &more);
    let path = socket(folder.path());
    let urls = [
        format!("redis://default:secret@127.0.0.1:{port}/3"),
        format!("redis+unix://{}?pass=secret&db=3", path.display()),
    ];
    for url in urls {
        let store = RedisStore::open(&url).unwrap();
        let store = store
            .answer_timeout(Duration::from_secs(1))
            .reconnect_timeout(Duration::from_secs(1));
        check_in_time(&server, &store);
        // With a connection that was kept.
        check_in_time(&server, &store);
        check_in_time(&server, &store.max_idle(0));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_call_to_a_server_that_accepts_nobody_fails_in_time() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), &["--port", "0", "--tcp-backlog", "1"]);
    let store = store(folder.path()).answer_timeout(Duration::from_secs(1));
    assert_eq!(load(&store).1.unwrap(), Load::Absent);
    let store = store.max_idle(0);
    server.signal("-STOP");
    // Fills the queue of the server. The last connection finds no room.
    let (full, crowded) = std::sync::mpsc::channel();
    let path = socket(folder.path());
    let crowd = thread::spawn(move || {
        let waiting: Vec<_> = (0..3)
            .map(|_| {
                let stream = UnixStream::connect(&path).unwrap();
                full.send(()).unwrap();
                stream
            })
            .collect();
        drop(waiting);
    });
    while crowded.recv_timeout(Duration::from_millis(500)).is_ok() {}
    let late = Instant::now() + PATIENCE;
    loop {
        let (took, loaded) = load(&store);
        assert!(loaded.is_err(), "{loaded:?}");
        if is_in_time(took, late) {
            break;
        }
    }
    server.signal("-CONT");
    crowd.join().unwrap();
}

#[test]
fn five_calls_wait_for_a_server_that_hangs_and_the_others_fail_soon() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), NO_PORT);
    let store = store(folder.path());
    assert_eq!(load(&store).1.unwrap(), Load::Absent);
    let waited = Duration::from_secs(6);
    let store = store.answer_timeout(waited);
    server.signal("-STOP");
    let ends = thread::scope(|scope| {
        let calls: Vec<_> = (0..60).map(|_| scope.spawn(|| load(&store))).collect();
        let joined = calls.into_iter().map(|call| call.join().unwrap());
        joined.collect::<Vec<_>>()
    });
    let (long, short): (Vec<_>, Vec<_>) = ends.iter().partition(|(took, _)| *took >= waited);
    assert_eq!(long.len(), 5);
    let slowest = short.iter().map(|end| end.0).max().unwrap();
    assert!(slowest < Duration::from_secs(5), "{slowest:?}");
    let known = |end: &&(_, Result<Load, StoreError>)| end.1.as_ref().unwrap_err().is_repeated();
    assert_eq!(ends.iter().filter(known).count(), 58);

    server.signal("-CONT");
    assert_eq!(load(&store).1.unwrap(), Load::Absent);
}
