//! How a store connects to its server, and for how long it tries.

use super::{answers::answer_one, listening::bind_error, *};

#[test]
fn a_store_continues_with_the_next_server() {
    let folder = tempfile::tempdir().unwrap();
    let store = SocketStore::new(folder.path().join("socket")).reconnect_timeout(PATIENCE);
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
fn without_a_server_a_call_fails_in_time() {
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

/// Makes a server that accepts nobody and whose queue is full.
fn crowded(path: &Path) -> (UnixListener, UnixStream) {
    let listener = UnixListener::bind(path).unwrap();
    rustix::net::listen(&listener, 0).unwrap();
    let waiting = UnixStream::connect(path).unwrap();
    (listener, waiting)
}

#[cfg(target_os = "linux")]
#[test]
fn a_call_to_a_server_that_accepts_nobody_fails_in_time() {
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
    // Such a server still counts as alive.
    assert_eq!(bind_error(folder.path()), io::ErrorKind::AddrInUse);
}

#[test]
fn a_call_waits_for_a_server_that_is_slow_to_accept() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    let (listener, waiting) = crowded(&path);
    let store = SocketStore::new(&path).reconnect_timeout(PATIENCE);
    thread::scope(|scope| {
        let loaded = scope.spawn(|| store.load(&Key::of("an id"), SystemTime::now()));
        drop((listener.accept().unwrap(), waiting));
        answer_one(&listener, Some(&[b"ABSENT"]));
        assert_eq!(loaded.join().unwrap().unwrap(), Load::Absent);
    });
}

#[test]
fn a_server_that_closes_each_connection_is_not_asked_without_a_pause() {
    let tries = || {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("socket");
        let listener = UnixListener::bind(&path).unwrap();
        let server = thread::spawn(move || {
            // The last connection is closed without a byte.
            let comes = || listener.accept().unwrap().0.read(&mut [0]).unwrap() == 1;
            (0..).take_while(|_| comes()).count()
        });
        let wait = Duration::from_millis(500);
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
        let pauses = usize::try_from(took.as_millis()).unwrap() / 10;
        assert!(tries <= pauses + 1, "{tries} in {took:?}");
        tries
    };
    // A busy machine may take the whole time for one.
    assert!((0..5).any(|_| tries() >= 2), "it tries again");
}

#[test]
fn a_call_to_a_server_that_reads_a_large_request_slowly_fails_in_time() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    let listener = UnixListener::bind(&path).unwrap();
    let server = thread::spawn(move || take_slowly(&mut listener.accept().unwrap().0));
    let store = SocketStore::new(&path).answer_timeout(Duration::from_millis(200));
    let (now, size) = (SystemTime::now(), 4_000_000);
    let created = store.create(&Key::of("an id"), &record(&vec![7; size], now), now);
    assert!(matches!(created, Err(StoreError::Unavailable(_))));
    drop(store);
    let taken = server.join().unwrap();
    assert!(taken < size, "{taken} bytes");
}

#[test]
fn the_error_of_a_full_server_is_read_even_after_a_large_request() {
    let folder = tempfile::tempdir().unwrap();
    let _running = Running::start(folder.path(), |settings| settings.max_clients(0));
    let store = SocketStore::new(folder.path().join("socket")).reconnect_timeout(PATIENCE);
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
fn the_longest_timeouts_are_accepted() {
    let folder = tempfile::tempdir().unwrap();
    let _running = Running::start(folder.path(), |settings| {
        settings
            .sweep_interval(Duration::MAX)
            .client_timeout(Duration::MAX)
            .shutdown_timeout(Duration::MAX)
    });
    let store = SocketStore::new(folder.path().join("socket"))
        .reconnect_timeout(Duration::MAX)
        .answer_timeout(Duration::MAX);
    let loaded = store.load(&Key::of("an id"), SystemTime::now());
    assert_eq!(loaded.unwrap(), Load::Absent);
}
