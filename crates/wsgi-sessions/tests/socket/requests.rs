//! Requests of clients, byte by byte.

use super::*;

pub(super) fn ask(stream: &mut UnixStream, request: &[u8]) -> Vec<u8> {
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
    // If the server closes before it has read everything, the connection ends with a reset.
    assert!(
        !matches!(stream.read(&mut [0]), Ok(1)),
        "the connection is still open"
    );
}

/// The bytes are those that a client of WSGI Utils writes, without the code of this crate.
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
fn a_value_ends_with_its_lifetime() {
    let folder = tempfile::tempdir().unwrap();
    let _running = Running::start(folder.path(), |s| s.legacy_lifetime(Duration::ZERO));
    let mut client = connect(&folder.path().join("socket"));
    let set = b"\0\0\0\x18\0\0\0\x03SET\0\0\0\0\x01k\0\0\0\0\0\0\x01v\0\0\0";
    assert_eq!(ask(&mut client, set), b"\0\0\0\x02OK\0\0");
    let get = b"\0\0\0\x10\0\0\0\x03GET\0\0\0\0\x01k\0\0\0";
    assert_eq!(ask(&mut client, get), b"\0\0\0\x08NOTFOUND");
}

#[test]
fn a_value_with_the_longest_lifetime_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let _running = Running::start(folder.path(), |s| s.legacy_lifetime(Duration::MAX));
    let mut client = connect(&folder.path().join("socket"));
    let set = b"\0\0\0\x18\0\0\0\x03SET\0\0\0\0\x01k\0\0\0\0\0\0\x01v\0\0\0";
    assert_eq!(ask(&mut client, set), b"\0\0\0\x02OK\0\0");
    let get = b"\0\0\0\x10\0\0\0\x03GET\0\0\0\0\x01k\0\0\0";
    assert!(ask(&mut client, get).starts_with(b"\0\0\0\x05FOUND"));
}

#[test]
fn values_are_subject_to_the_limits_of_the_store() {
    for (sessions, bytes) in [(3, u64::MAX), (u64::MAX, 3 * (8 + 100))] {
        let folder = tempfile::tempdir().unwrap();
        let store = FileStore::open(folder.path().join("sessions.redb")).unwrap();
        let store = store.max_sessions(sessions).max_bytes(bytes);
        let _running = Running::serve(folder.path(), store, |settings| settings);
        let mut client = connect(&folder.path().join("socket"));
        let mut set = |name: &[u8], size: usize| {
            let mut request = Vec::new();
            wire::write(&mut request, &[b"SET", name, &vec![7; size]]);
            ask(&mut client, &request)
        };
        for name in [b"1", b"2", b"3"] {
            assert_eq!(set(name, 100), b"\0\0\0\x02OK\0\0");
        }
        let refused = set(b"4", 100);
        assert!(
            refused.starts_with(b"\0\0\0\x05ERROR\0\0\0"),
            "{}",
            refused.escape_ascii()
        );
        assert_eq!(set(b"1", 100), b"\0\0\0\x02OK\0\0");
        assert_eq!(set(b"2", 50), b"\0\0\0\x02OK\0\0");
        let larger = set(b"1", 151);
        assert_eq!(larger == b"\0\0\0\x02OK\0\0", bytes == u64::MAX);
    }
}

#[test]
fn the_verbs_of_wsgi_utils_can_be_disabled() {
    let folder = tempfile::tempdir().unwrap();
    let _running = Running::start(folder.path(), |settings| settings.legacy(false));
    let mut client = connect(&folder.path().join("socket"));
    let get = b"\0\0\0\x10\0\0\0\x03GET\0\0\0\0\x01k\0\0\0";
    assert!(ask(&mut client, get).starts_with(b"\0\0\0\x05ERROR"));
}

#[test]
fn an_unknown_request_is_an_error_and_the_connection_stays_open() {
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
fn a_bad_frame_gets_an_error_closes_the_connection_and_harms_nobody_else() {
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
fn several_requests_in_one_piece_are_answered_in_order() {
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
fn a_client_that_stops_in_the_middle_is_disconnected() {
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
fn a_client_that_reads_a_large_answer_slowly_is_disconnected() {
    let folder = tempfile::tempdir().unwrap();
    let (key, now, size) = (Key::of("an id"), SystemTime::now(), 4_000_000);
    let store = FileStore::open(folder.path().join("sessions.redb")).unwrap();
    store
        .create(&key, &record(&vec![7; size], now), now)
        .unwrap();
    drop(store);
    let timeout = Duration::from_millis(200);
    let _running = Running::start(folder.path(), |settings| settings.client_timeout(timeout));
    let mut client = connect(&folder.path().join("socket"));
    let mut load = Vec::new();
    wire::write(&mut load, &[b"LOAD", key.as_bytes(), &[0; 8]]);
    client.write_all(&load).unwrap();
    let taken = take_slowly(&mut client);
    assert!(taken < size, "{taken} bytes");
}

#[test]
fn a_client_beyond_the_limit_gets_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let _running = Running::start(folder.path(), |settings| settings.max_clients(1));
    let path = folder.path().join("socket");
    let mut first = connect(&path);
    let get = b"\0\0\0\x10\0\0\0\x03GET\0\0\0\0\x01k\0\0\0";
    assert_eq!(ask(&mut first, get), b"\0\0\0\x08NOTFOUND");
    expect_error_and_close(&mut connect(&path), b"");
    assert_eq!(ask(&mut first, get), b"\0\0\0\x08NOTFOUND");
}

#[test]
fn a_client_whose_clock_is_fast_sweeps_no_live_session() {
    let (_running, path, _folder) = served();
    let (store, key, now) = (SocketStore::new(&path), Key::of("an id"), SystemTime::now());
    store.create(&key, &record(b"kept", now), now).unwrap();
    let fast = now + Duration::from_secs(3600);
    assert_eq!(store.sweep(fast, 1000).unwrap(), 0);
    assert!(matches!(store.load(&key, now), Ok(Load::Found(_))));
}

#[test]
fn a_client_can_ask_for_numbers() {
    let (_running, path, _folder) = served();
    let (store, now) = (SocketStore::new(&path), SystemTime::now());
    assert_eq!(store.statistics(now).unwrap().live, 0);
    let used = Key::of("an id that came back");
    for key in [&used, &Key::of("an id")] {
        store.create(key, &record(b"data", now), now).unwrap();
    }
    let idle_until = now + Duration::from_secs(60);
    assert!(store.touch(&used, idle_until, now).unwrap());
    // The numbers for about the same time might be the former ones.
    let later = now + Duration::from_secs(30);
    let statistics = store.statistics(later).unwrap();
    assert_eq!((statistics.live, statistics.unproved), (2, 1));
    assert!(statistics.file_bytes > 0 && statistics.oldest_use.is_some());
    // A request with other arguments is refused, and the client served on.
    let mut client = connect(&path);
    for arguments in [
        &[&b"STATS"[..]][..],
        &[b"STATS", b"now"],
        &[b"STATS", &[0xff; 8], b""],
    ] {
        let mut request = Vec::new();
        wire::write(&mut request, arguments);
        assert!(ask(&mut client, &request).starts_with(b"\0\0\0\x05ERROR"));
    }
}
