//! The session server and its clients, over a socket.

#![cfg(unix)]

use std::fs;
use std::io::{self, Read, Write as _};
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant, SystemTime};

use tempfile::TempDir;
use wsgi_sessions::{
    FileStore, Key, Load, Record, SessionServer, SessionServerBuilder, SocketStore, StopHandle,
    Store, StoreError, Version, Write, conformance, wire,
};

/// A server in this process, stopped and waited for when dropped.
struct Running {
    stop: StopHandle,
    thread: Option<JoinHandle<io::Result<()>>>,
}

impl Running {
    fn start(
        folder: &Path,
        settings: impl Fn(SessionServerBuilder) -> SessionServerBuilder,
    ) -> Self {
        let store = FileStore::open(folder.join("sessions.redb")).unwrap();
        let builder = settings(SessionServer::builder(store));
        let server = builder.bind(folder.join("socket")).unwrap();
        let stop = server.stop_handle().unwrap();
        let thread = Some(thread::spawn(|| server.run()));
        Self { stop, thread }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.stop();
        let thread = self.thread.take().unwrap();
        thread.join().unwrap().unwrap();
    }
}

fn served() -> (Running, PathBuf, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let running = Running::start(folder.path(), |settings| settings);
    (running, folder.path().join("socket"), folder)
}

fn record(data: &[u8], now: SystemTime) -> Record {
    Record {
        version: Version::random().unwrap(),
        data: data.to_vec(),
        idle: Duration::from_secs(60),
        idle_until: now + Duration::from_secs(60),
        absolute_until: now + Duration::from_secs(600),
    }
}

fn connect(path: &Path) -> UnixStream {
    let stream = UnixStream::connect(path).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(10)))
        .unwrap();
    stream
}

fn ask(stream: &mut UnixStream, request: &[u8]) -> Vec<u8> {
    stream.write_all(request).unwrap();
    let mut length = [0; 4];
    stream.read_exact(&mut length).unwrap();
    let mut answer = vec![0; u32::from_be_bytes(length) as usize];
    stream.read_exact(&mut answer).unwrap();
    answer
}

#[track_caller]
fn expect_error_and_close(stream: &mut UnixStream, request: &[u8]) {
    let answer = ask(stream, request);
    assert!(
        answer.starts_with(b"\0\0\0\x05ERROR\0\0\0"),
        "{}",
        answer.escape_ascii()
    );
    // Where the server closed before it had read all, the end is a reset.
    assert!(
        !matches!(stream.read(&mut [0]), Ok(1)),
        "the connection goes on"
    );
}

#[test]
fn the_suite_passes() {
    let (_running, path, _folder) = served();
    conformance::suite(|| SocketStore::new(&path));
}

/// Bytes as a client of WSGI Utils writes them: nothing here is from this crate.
#[test]
fn a_client_that_knows_get_set_and_bye_is_served() {
    let (_running, path, _folder) = served();
    let mut client = connect(&path);
    let get = b"\0\0\0\x14\0\0\0\x03GET\0\0\0\0\x07visitor\0";
    assert_eq!(ask(&mut client, get), b"\0\0\0\x08NOTFOUND");
    let set = b"\0\0\0\x20\0\0\0\x03SET\0\0\0\0\x07visitor\0\0\0\0\x05(dp0\n\0\0\0";
    assert_eq!(ask(&mut client, set), b"\0\0\0\x02OK\0\0");
    let found = b"\0\0\0\x05FOUND\0\0\0\0\0\0\x05(dp0\n\0\0\0";
    assert_eq!(ask(&mut client, get), found);
    let mut other = connect(&path);
    assert_eq!(ask(&mut other, get), found, "another client sees it");
    assert_eq!(
        ask(&mut client, b"\0\0\0\x08\0\0\0\x03BYE\0"),
        b"\0\0\0\x02OK\0\0"
    );
    assert_eq!(client.read(&mut [0]).unwrap(), 0, "the server closes");
}

#[test]
fn the_verbs_of_wsgi_utils_never_touch_sessions() {
    let (_running, path, folder) = served();
    let (store, key, now) = (SocketStore::new(&path), Key::of("an id"), SystemTime::now());
    let kept = record(b"kept", now);
    store.create(&key, &kept, now).unwrap();
    let mut client = connect(&path);
    for name in [&b"an id"[..], key.as_bytes()] {
        let mut request = Vec::new();
        wire::write(&mut request, &[b"GET", name]);
        assert_eq!(ask(&mut client, &request), b"\0\0\0\x08NOTFOUND");
        request.clear();
        wire::write(&mut request, &[b"SET", name, b"overwritten"]);
        assert_eq!(ask(&mut client, &request), b"\0\0\0\x02OK\0\0");
    }
    let Load::Found(found) = store.load(&key, now).unwrap() else {
        panic!("the session is gone");
    };
    assert_eq!((found.version, found.data), (kept.version, kept.data));
    let bytes = fs::read(folder.path().join("sessions.redb")).unwrap();
    assert!(
        !bytes.windows(5).any(|window| window == b"an id"),
        "keys are hashed"
    );
}

#[test]
fn what_is_set_ends_with_its_lifetime() {
    let folder = tempfile::tempdir().unwrap();
    let _running = Running::start(folder.path(), |s| s.legacy_lifetime(Duration::ZERO));
    let mut client = connect(&folder.path().join("socket"));
    let set = b"\0\0\0\x18\0\0\0\x03SET\0\0\0\0\x01k\0\0\0\0\0\0\x01v\0\0\0";
    assert_eq!(ask(&mut client, set), b"\0\0\0\x02OK\0\0");
    let get = b"\0\0\0\x10\0\0\0\x03GET\0\0\0\0\x01k\0\0\0";
    assert_eq!(ask(&mut client, get), b"\0\0\0\x08NOTFOUND");
}

#[test]
fn what_is_set_for_ever_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let _running = Running::start(folder.path(), |s| s.legacy_lifetime(Duration::MAX));
    let mut client = connect(&folder.path().join("socket"));
    let set = b"\0\0\0\x18\0\0\0\x03SET\0\0\0\0\x01k\0\0\0\0\0\0\x01v\0\0\0";
    assert_eq!(ask(&mut client, set), b"\0\0\0\x02OK\0\0");
    let get = b"\0\0\0\x10\0\0\0\x03GET\0\0\0\0\x01k\0\0\0";
    assert!(ask(&mut client, get).starts_with(b"\0\0\0\x05FOUND"));
}

#[test]
fn the_verbs_of_wsgi_utils_can_be_switched_off() {
    let folder = tempfile::tempdir().unwrap();
    let _running = Running::start(folder.path(), |settings| settings.legacy(false));
    let mut client = connect(&folder.path().join("socket"));
    let get = b"\0\0\0\x10\0\0\0\x03GET\0\0\0\0\x01k\0\0\0";
    assert!(ask(&mut client, get).starts_with(b"\0\0\0\x05ERROR"));
}

#[test]
fn an_unknown_request_is_an_error_and_the_connection_goes_on() {
    let (_running, path, _folder) = served();
    let mut client = connect(&path);
    let requests: [&[&[u8]]; 6] = [
        &[b"DELETE", b"k"],
        &[b"GET"],
        &[b"get", b"k"],
        &[b"LOAD", b"short", &[0; 8]],
        &[b"LOAD", &[0; 32], b"now"],
        &[b"SAVE", &[0; 32], b"", b"", &[0; 8]],
    ];
    for strings in requests {
        let mut request = Vec::new();
        wire::write(&mut request, strings);
        let answer = ask(&mut client, &request);
        let is_refused = answer.starts_with(b"\0\0\0\x05ERROR") || answer == b"\0\0\0\x07CORRUPT\0";
        assert!(is_refused, "{strings:?}: {}", answer.escape_ascii());
    }
    assert_eq!(
        ask(&mut client, b"\0\0\0\x08\0\0\0\x03BYE\0"),
        b"\0\0\0\x02OK\0\0"
    );
}

#[test]
fn a_bad_frame_gets_an_error_and_a_close_and_harms_nobody_else() {
    let (_running, path, _folder) = served();
    let mut other = connect(&path);
    other.write_all(b"\0\0\0\x08").unwrap();
    let frames: [&[u8]; 5] = [
        b"\xff\xff\xff\xff",
        b"\x7f\xff\xff\xfc",
        b"\0\0\0\x07",
        b"\0\0\0\x08\0\0\0\x09BYE\0",
        b"GET / HTTP/1.1\r\n\r\n",
    ];
    for frame in frames {
        expect_error_and_close(&mut connect(&path), frame);
    }
    assert_eq!(ask(&mut other, b"\0\0\0\x03BYE\0"), b"\0\0\0\x02OK\0\0");
}

#[test]
fn several_requests_in_one_piece_are_answered_in_turn() {
    let (_running, path, _folder) = served();
    let mut client = connect(&path);
    let get = b"\0\0\0\x10\0\0\0\x03GET\0\0\0\0\x01k\0\0\0";
    let set = b"\0\0\0\x18\0\0\0\x03SET\0\0\0\0\x01k\0\0\0\0\0\0\x01v\0\0\0";
    let bye = b"\0\0\0\x08\0\0\0\x03BYE\0";
    client
        .write_all(&[&get[..], set, get, bye].concat())
        .unwrap();
    let mut answers = Vec::new();
    client.read_to_end(&mut answers).unwrap();
    let expected = [
        &b"\0\0\0\x0c\0\0\0\x08NOTFOUND"[..],
        b"\0\0\0\x08\0\0\0\x02OK\0\0",
        b"\0\0\0\x14\0\0\0\x05FOUND\0\0\0\0\0\0\x01v\0\0\0",
        b"\0\0\0\x08\0\0\0\x02OK\0\0",
    ];
    assert_eq!(answers, expected.concat());
}

#[test]
fn a_client_that_stops_in_the_middle_is_let_go() {
    let folder = tempfile::tempdir().unwrap();
    let timeout = Duration::from_millis(20);
    let _running = Running::start(folder.path(), |settings| settings.client_timeout(timeout));
    let mut client = connect(&folder.path().join("socket"));
    client.write_all(b"\0\0\0\x08\0\0").unwrap();
    assert!(
        !matches!(client.read(&mut [0]), Ok(1) | Err(_)),
        "the server closes"
    );
}

#[test]
fn one_client_too_many_hears_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let _running = Running::start(folder.path(), |settings| settings.most_clients(1));
    let path = folder.path().join("socket");
    let mut first = connect(&path);
    let get = b"\0\0\0\x10\0\0\0\x03GET\0\0\0\0\x01k\0\0\0";
    assert_eq!(ask(&mut first, get), b"\0\0\0\x08NOTFOUND");
    expect_error_and_close(&mut connect(&path), b"");
    assert_eq!(ask(&mut first, get), b"\0\0\0\x08NOTFOUND");
}

#[test]
fn the_socket_is_for_its_owner_alone_unless_told() {
    let (_running, path, _folder) = served();
    let permissions = fs::metadata(&path).unwrap().permissions();
    assert_eq!(permissions.mode() & 0o777, 0o600);
    let folder = tempfile::tempdir().unwrap();
    let _running = Running::start(folder.path(), |settings| settings.mode(0o660));
    let permissions = fs::metadata(folder.path().join("socket"))
        .unwrap()
        .permissions();
    assert_eq!(permissions.mode() & 0o777, 0o660);
}

#[track_caller]
fn bind_error(folder: &Path) -> io::ErrorKind {
    let elsewhere = tempfile::tempdir().unwrap();
    let store = FileStore::open(elsewhere.path().join("sessions.redb")).unwrap();
    let bound = SessionServer::builder(store).bind(folder.join("socket"));
    bound.expect_err("it is refused").kind()
}

#[test]
fn a_stale_socket_is_replaced_and_a_live_one_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    drop(UnixListener::bind(&path).unwrap());
    let running = Running::start(folder.path(), |settings| settings);
    assert_eq!(
        SocketStore::new(&path).sweep(SystemTime::now(), 1).unwrap(),
        0
    );
    assert_eq!(bind_error(folder.path()), io::ErrorKind::AddrInUse);
    drop(running);
    assert!(!path.exists(), "a server that stops takes its socket away");
    let _foreign = UnixListener::bind(&path).unwrap();
    assert_eq!(bind_error(folder.path()), io::ErrorKind::AddrInUse);
    assert!(fs::metadata(&path).unwrap().file_type().is_socket());
}

#[test]
fn what_is_no_socket_is_never_replaced() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("socket"), "precious").unwrap();
    assert_eq!(bind_error(folder.path()), io::ErrorKind::AlreadyExists);
    assert_eq!(fs::read(folder.path().join("socket")).unwrap(), b"precious");
}

#[test]
fn a_server_that_stops_answers_what_has_arrived() {
    let (running, path, _folder) = served();
    let mut client = connect(&path);
    // Its connection waits to be accepted, or its request to be read: either way it has arrived.
    client
        .write_all(b"\0\0\0\x10\0\0\0\x03GET\0\0\0\0\x01k\0\0\0")
        .unwrap();
    drop(running);
    let mut answer = Vec::new();
    client.read_to_end(&mut answer).unwrap();
    assert_eq!(answer, b"\0\0\0\x0c\0\0\0\x08NOTFOUND");
}

#[test]
fn a_server_that_stops_answers_all_of_a_pile_and_waits_for_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let forever = |settings: SessionServerBuilder| {
        settings.client_timeout(Duration::MAX).drain(Duration::MAX)
    };
    let running = Running::start(folder.path(), forever);
    let path = folder.path().join("socket");
    let (mut client, idle) = (connect(&path), connect(&path));
    let get = b"\0\0\0\x10\0\0\0\x03GET\0\0\0\0\x01k\0\0\0";
    let mut pile = get.repeat(2000);
    // The beginning of one more, which never comes whole.
    pile.extend_from_slice(&get[..7]);
    client.write_all(&pile).unwrap();
    let mut cut = connect(&path);
    cut.write_all(&get[..7]).unwrap();
    running.stop.stop();
    let mut answers = Vec::new();
    client.read_to_end(&mut answers).unwrap();
    assert_eq!(answers, b"\0\0\0\x0c\0\0\0\x08NOTFOUND".repeat(2000));
    for mut other in [idle, cut] {
        assert_eq!(other.read(&mut [0]).unwrap(), 0);
    }
    drop(running);
}

#[test]
fn a_client_whose_clock_is_fast_sweeps_nothing_that_lives() {
    let (_running, path, _folder) = served();
    let (store, key, now) = (SocketStore::new(&path), Key::of("an id"), SystemTime::now());
    store.create(&key, &record(b"kept", now), now).unwrap();
    let fast = now + Duration::from_secs(3600);
    assert_eq!(store.sweep(fast, 1000).unwrap(), 0);
    assert!(matches!(store.load(&key, now), Ok(Load::Found(_))));
}

#[test]
fn a_path_is_as_long_as_the_system_takes_or_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let most = if cfg!(target_os = "macos") { 97 } else { 101 };
    let room = most - folder.path().as_os_str().len() - 1;
    for (length, fits) in [(room, true), (room + 1, false)] {
        let elsewhere = tempfile::tempdir().unwrap();
        let store = FileStore::open(elsewhere.path().join("sessions.redb")).unwrap();
        let path = folder.path().join("s".repeat(length));
        let bound = SessionServer::builder(store).bind(&path);
        assert_eq!(bound.is_ok(), fits, "{bound:?}");
        if let Err(error) = bound {
            assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
            let left: Vec<_> = fs::read_dir(folder.path()).unwrap().collect();
            assert!(left.iter().all(|left| {
                let name = left.as_ref().unwrap().file_name();
                name.len() < length + ".lock".len()
            }));
        }
    }
}

#[test]
fn a_store_goes_on_with_the_server_that_comes_after() {
    let folder = tempfile::tempdir().unwrap();
    let store =
        SocketStore::new(folder.path().join("socket")).reconnect_timeout(Duration::from_secs(10));
    let (key, now) = (Key::of("an id"), SystemTime::now());
    let mut standing = record(b"0", now);
    let running = Running::start(folder.path(), |settings| settings);
    store.create(&key, &standing, now).unwrap();
    drop(running);
    for round in [b"1", b"2"] {
        let next = Record {
            version: Version::random().unwrap(),
            data: round.to_vec(),
            ..standing.clone()
        };
        thread::scope(|scope| {
            let saved = scope.spawn(|| store.save(&key, standing.version, &next, now));
            let _running = Running::start(folder.path(), |settings| settings);
            assert_eq!(saved.join().unwrap().unwrap(), Write::Done);
        });
        standing = next;
    }
}

#[test]
fn without_a_server_a_call_fails_within_its_bound() {
    let folder = tempfile::tempdir().unwrap();
    let store =
        SocketStore::new(folder.path().join("socket")).reconnect_timeout(Duration::from_millis(30));
    let start = Instant::now();
    let loaded = store.load(&Key::of("an id"), SystemTime::now());
    assert!(
        matches!(loaded, Err(StoreError::Unavailable(_))),
        "{loaded:?}"
    );
    assert!(start.elapsed() >= Duration::from_millis(30));
}

/// A server that accepts nobody, with as many waiting as there is room for.
fn crowded(path: &Path) -> (UnixListener, UnixStream) {
    let listener = UnixListener::bind(path).unwrap();
    rustix::net::listen(&listener, 0).unwrap();
    let waiting = UnixStream::connect(path).unwrap();
    (listener, waiting)
}

#[cfg(target_os = "linux")]
#[test]
fn a_server_that_accepts_nobody_is_given_up_within_the_bound() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    let _crowded = crowded(&path);
    for wait in [Duration::ZERO, Duration::from_millis(30)] {
        let store = SocketStore::new(&path).reconnect_timeout(wait);
        let start = Instant::now();
        let loaded = store.load(&Key::of("an id"), SystemTime::now());
        let Err(StoreError::Unavailable(why)) = loaded else {
            panic!("{loaded:?}");
        };
        assert!(why.to_string().contains("accepts no connections"), "{why}");
        assert!(start.elapsed() >= wait);
    }
    // Such a server lives all the same.
    assert_eq!(bind_error(folder.path()), io::ErrorKind::AddrInUse);
}

#[test]
fn a_call_waits_for_a_server_that_is_behind_with_accepting() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    let (listener, waiting) = crowded(&path);
    let store = SocketStore::new(&path).reconnect_timeout(Duration::from_secs(20));
    thread::scope(|scope| {
        let loaded = scope.spawn(|| store.load(&Key::of("an id"), SystemTime::now()));
        drop((listener.accept().unwrap(), waiting));
        answer_one(&listener, Some(&[b"ABSENT"]));
        assert_eq!(loaded.join().unwrap().unwrap(), Load::Absent);
    });
}

#[test]
fn a_server_that_closes_each_connection_is_not_asked_without_rest() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    let listener = UnixListener::bind(&path).unwrap();
    let server = thread::spawn(move || {
        // The last to come says that it was the last.
        let comes = || listener.accept().unwrap().0.read(&mut [0]).unwrap() == 1;
        (0..).take_while(|_| comes()).count()
    });
    let wait = Duration::from_millis(100);
    let store = SocketStore::new(&path).reconnect_timeout(wait);
    let start = Instant::now();
    let loaded = store.load(&Key::of("an id"), SystemTime::now());
    let took = start.elapsed();
    assert!(
        matches!(loaded, Err(StoreError::Unavailable(_))),
        "{loaded:?}"
    );
    drop(UnixStream::connect(&path).unwrap());
    let tries = server.join().unwrap();
    let rests = usize::try_from(took.as_millis()).unwrap() / 10;
    assert!((2..=rests + 1).contains(&tries), "{tries} in {took:?}");
}

#[test]
fn a_full_server_is_heard_out_however_large_the_request_is() {
    let folder = tempfile::tempdir().unwrap();
    let _running = Running::start(folder.path(), |settings| settings.most_clients(0));
    let store =
        SocketStore::new(folder.path().join("socket")).reconnect_timeout(Duration::from_secs(20));
    let now = SystemTime::now();
    for size in [0, 1 << 20] {
        let created = store.create(&Key::of("an id"), &record(&vec![7; size], now), now);
        let Err(StoreError::Unavailable(why)) = created else {
            panic!("{created:?}");
        };
        assert!(why.to_string().contains("too many clients"), "{why}");
    }
}

#[test]
fn a_wait_without_end_is_a_long_one() {
    let folder = tempfile::tempdir().unwrap();
    let _running = Running::start(folder.path(), |settings| {
        settings
            .sweep_interval(Duration::MAX)
            .client_timeout(Duration::MAX)
            .drain(Duration::MAX)
    });
    let store = SocketStore::new(folder.path().join("socket"))
        .reconnect_timeout(Duration::MAX)
        .answer_timeout(Duration::MAX);
    let loaded = store.load(&Key::of("an id"), SystemTime::now());
    assert_eq!(loaded.unwrap(), Load::Absent);
}

/// A server made of what it reads and answers, one connection after the other.
fn scripted(path: &Path, answers: Vec<Option<&'static [&'static [u8]]>>) -> JoinHandle<()> {
    let listener = UnixListener::bind(path).unwrap();
    thread::spawn(move || {
        for answer in answers {
            answer_one(&listener, answer);
        }
    })
}

fn answer_one(listener: &UnixListener, answer: Option<&[&[u8]]>) {
    let (mut stream, _) = listener.accept().unwrap();
    let mut length = [0; 4];
    stream.read_exact(&mut length).unwrap();
    let mut request = vec![0; u32::from_be_bytes(length) as usize];
    stream.read_exact(&mut request).unwrap();
    if let Some(strings) = answer {
        let mut bytes = Vec::new();
        wire::write(&mut bytes, strings);
        stream.write_all(&bytes).unwrap();
    }
}

#[test]
fn a_call_whose_answer_was_lost_is_repeated() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    let server = scripted(&path, vec![None, Some(&[b"DONE"])]);
    let (store, now) = (SocketStore::new(&path), SystemTime::now());
    let saved = store.save(
        &Key::of("id"),
        Version::random().unwrap(),
        &record(b"", now),
        now,
    );
    assert_eq!(saved.unwrap(), Write::Done);
    server.join().unwrap();
}

#[test]
fn an_answer_that_cannot_tell_what_became_of_the_first_try_is_no_answer() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    let server = scripted(
        &path,
        vec![None, Some(&[b"GONE"]), None, Some(&[b"CONFLICT", b"x"])],
    );
    let (store, key, now) = (SocketStore::new(&path), Key::of("id"), SystemTime::now());
    let version = Version::random().unwrap();
    let retired = store.retire(&key, Some(version), Duration::ZERO, now);
    assert!(
        matches!(retired, Err(StoreError::Unavailable(_))),
        "{retired:?}"
    );
    let saved = store.save(&key, version, &record(b"", now), now);
    assert!(
        matches!(saved, Err(StoreError::Unavailable(_))),
        "{saved:?}"
    );
    server.join().unwrap();
}

#[test]
fn what_is_no_answer_is_an_error_and_never_an_empty_session() {
    let answers: [&'static [&'static [u8]]; 6] = [
        &[b"ERROR", b"out of order"],
        &[b"NOTFOUND"],
        &[b"DONE"],
        &[b""],
        &[b"RECORD"],
        &[b"RECORD", b"no record"],
    ];
    for answer in answers {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("socket");
        let server = scripted(&path, vec![Some(answer)]);
        let loaded = SocketStore::new(&path).load(&Key::of("id"), SystemTime::now());
        assert!(loaded.is_err(), "{answer:?}: {loaded:?}");
        server.join().unwrap();
    }
}
