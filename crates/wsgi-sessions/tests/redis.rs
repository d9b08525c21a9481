//! The Redis store on servers that the tests start and stop.

#![cfg(unix)]

/// Tests that need the program of this name.
mod redis_server {
    use std::{
        io::{Read, Write as _},
        net::TcpListener,
        os::unix::net::UnixStream,
        path::{Path, PathBuf},
        process::{Child, Command, Stdio},
        sync::Arc,
        thread,
        time::{Duration, Instant, SystemTime},
    };

    use tempfile::TempDir;
    use wsgi_sessions::{
        Key, Load, Record, RedisStore, Store, StoreError, Version, Write, conformance,
    };

    /// Longer than anything takes on a slow machine.
    const PATIENCE: Duration = Duration::from_secs(60);

    /// A server that is killed when this is dropped.
    struct Server(Child);

    impl Server {
        /// Starts a server that listens at `socket` in the folder, and stores its data there.
        fn start(folder: &Path, more: &[&str]) -> Self {
            let mut command = Command::new("redis-server");
            command.arg("--dir").arg(folder);
            command.arg("--unixsocket").arg(folder.join("socket"));
            command.args(["--save", "", "--appendonly", "yes", "--appendfsync", "no"]);
            command
                .args(["--daemonize", "no", "--logfile", "log"])
                .args(more);
            command
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null());
            Self(command.spawn().expect("redis-server starts"))
        }

        /// Starts a server with a TCP port, which replaces `PORT` in the arguments, and waits until
        /// it is up.
        fn start_at_a_port(folder: &Path, more: &[&str]) -> (Self, u16) {
            loop {
                let port = free_port();
                let number = port.to_string();
                let more = more.iter().map(|part| match *part {
                    "PORT" => &*number,
                    part => part,
                });
                let mut server = Self::start(folder, &more.collect::<Vec<_>>());
                // The server opens its ports before it listens at the socket. If another process
                // has taken one of them in the meantime, it ends.
                while server.0.try_wait().unwrap().is_none() {
                    if UnixStream::connect(socket(folder)).is_ok() {
                        return (server, port);
                    }
                    thread::sleep(Duration::from_millis(1));
                }
            }
        }
    }

    impl Drop for Server {
        fn drop(&mut self) {
            self.0.kill().unwrap();
            self.0.wait().unwrap();
        }
    }

    const NO_PORT: &[&str] = &["--port", "0"];

    fn socket(folder: &Path) -> PathBuf {
        folder.join("socket")
    }

    /// Opens a store that waits for its server to start.
    fn store(folder: &Path) -> RedisStore {
        let url = format!("unix://{}", socket(folder).display());
        RedisStore::open(&url)
            .unwrap()
            .reconnect_timeout(Duration::from_secs(60))
    }

    fn served() -> (Server, RedisStore, TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let server = Server::start(folder.path(), NO_PORT);
        let store = store(folder.path());
        assert_eq!(
            store.load(&Key::of("nobody"), SystemTime::now()).unwrap(),
            Load::Absent
        );
        (server, store, folder)
    }

    fn record(data: &[u8], now: SystemTime) -> Record {
        Record {
            version: Version::random().unwrap(),
            data: data.to_vec(),
            idle: Duration::from_secs(60),
            idle_until: now + Duration::from_secs(60),
            absolute_until: now + Duration::from_secs(600),
            annex: None,
        }
    }

    /// Sends a request in the server's own protocol, and returns the first part of the answer.
    fn raw(folder: &Path, request: &[&[u8]]) -> Vec<u8> {
        let mut stream = UnixStream::connect(socket(folder)).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.write_all(&packed(request)).unwrap();
        let mut answer = vec![0; 1 << 16];
        let count = stream.read(&mut answer).unwrap();
        answer.truncate(count);
        answer
    }

    fn packed(request: &[&[u8]]) -> Vec<u8> {
        let mut bytes = format!("*{}\r\n", request.len()).into_bytes();
        for string in request {
            bytes.extend(format!("${}\r\n", string.len()).into_bytes());
            bytes.extend_from_slice(string);
            bytes.extend_from_slice(b"\r\n");
        }
        bytes
    }

    fn name(key: &Key) -> String {
        let hex = key.as_bytes().iter().map(|byte| format!("{byte:02x}"));
        format!("session:{}", hex.collect::<String>())
    }

    #[test]
    fn the_suite_passes() {
        let (_server, store, _folder) = served();
        let store = Arc::new(store);
        conformance::suite(|| Arc::clone(&store));
    }

    #[test]
    fn a_record_is_kept_a_little_longer_than_it_lives_under_its_key() {
        let (_server, store, folder) = served();
        let (key, now) = (Key::of("an-id-in-clear"), SystemTime::now());
        store.create(&key, &record(b"data", now), now).unwrap();
        let left = raw(folder.path(), &[b"PTTL", name(&key).as_bytes()]);
        let left = String::from_utf8(left).unwrap();
        let left: u64 = left.trim().trim_start_matches(':').parse().unwrap();
        assert!((300_000..=360_000).contains(&left), "{left} ms");
        let keys = raw(folder.path(), &[b"KEYS", b"*"]);
        assert!(
            keys.windows(64)
                .any(|window| window == &name(&key).as_bytes()[8..])
        );
    }

    #[test]
    fn ids_are_not_in_the_file_of_the_server() {
        let (_server, store, folder) = served();
        let file = folder
            .path()
            .join("appendonlydir/appendonly.aof.1.incr.aof");
        conformance::ids_are_hashed_at_rest(store, |part| {
            let kept = std::fs::read(&file).unwrap();
            kept.windows(part.len()).any(|window| window == part)
        });
    }

    #[test]
    fn a_value_of_another_program_is_not_a_session_and_can_be_ended() {
        let (_server, store, folder) = served();
        let (key, now) = (Key::of("an id"), SystemTime::now());
        let (version, name) = (Version::random().unwrap(), name(&key));
        let mut long = record(b"data", now).encode();
        long.push(0);
        let short = &long[..long.len() - 2];
        let mut huge = record(b"", now).encode();
        huge[41] = 1;
        let strings = [&b""[..], b"junk", &[1; 48], &[2; 60], &long, short, &huge];
        let mut foreign: Vec<_> = strings
            .map(|value| vec![&b"SET"[..], name.as_bytes(), value])
            .into();
        foreign.push(vec![b"HSET", name.as_bytes(), b"a", b"b"]);
        let grace = Duration::from_secs(5);
        for put in foreign {
            raw(folder.path(), &[b"DEL", name.as_bytes()]);
            raw(folder.path(), &put);
            let loaded = store.load(&key, now);
            assert!(matches!(loaded, Err(StoreError::Foreign)), "{loaded:?}");
            let next = record(b"", now);
            let created = store.create(&key, &next, now);
            assert!(matches!(created, Err(StoreError::Exists)), "{created:?}");
            let saved = store.save(&key, version, &next, now);
            assert_eq!(saved.unwrap(), Write::Gone);
            assert!(!store.touch(&key, now, now).unwrap());
            let renewed = store.renew(&key, version, &Key::of("new"), &next, grace, now);
            assert_eq!(renewed.unwrap(), Write::Gone);
            assert!(store.end(&key, now).unwrap());
            assert_eq!(store.load(&key, now).unwrap(), Load::Absent);
        }
    }

    #[test]
    fn scripts_are_sent_again_if_the_server_has_forgotten_them() {
        let (_server, store, folder) = served();
        let (key, now) = (Key::of("an id"), SystemTime::now());
        let first = record(b"1", now);
        store.create(&key, &first, now).unwrap();
        raw(folder.path(), &[b"SCRIPT", b"FLUSH"]);
        assert_eq!(
            store
                .save(&key, first.version, &record(b"2", now), now)
                .unwrap(),
            Write::Done
        );
    }

    #[test]
    fn a_store_continues_with_the_next_server() {
        let (server, store, folder) = served();
        let (key, now) = (Key::of("an id"), SystemTime::now());
        let first = record(b"first", now);
        store.create(&key, &first, now).unwrap();
        drop(server);
        let second = record(b"second", now);
        thread::scope(|scope| {
            let saved = scope.spawn(|| store.save(&key, first.version, &second, now));
            let _server = Server::start(folder.path(), NO_PORT);
            assert_eq!(saved.join().unwrap().unwrap(), Write::Done);
            let Load::Found(found) = store.load(&key, now).unwrap() else {
                panic!("the session is gone");
            };
            assert_eq!(found.data, b"second");
        });
    }

    #[test]
    fn without_a_server_a_call_fails_in_time() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(folder.path()).reconnect_timeout(Duration::from_millis(30));
        let start = Instant::now();
        let loaded = store.load(&Key::of("an id"), SystemTime::now());
        assert!(
            matches!(loaded, Err(StoreError::Unavailable(_))),
            "{loaded:?}"
        );
        assert!(start.elapsed() >= Duration::from_millis(30));
    }

    #[test]
    fn the_longest_timeout_is_accepted() {
        let (_server, store, _folder) = served();
        let store = store
            .reconnect_timeout(Duration::MAX)
            .answer_timeout(Duration::MAX);
        let loaded = store.load(&Key::of("an id"), SystemTime::now());
        assert_eq!(loaded.unwrap(), Load::Absent);
    }

    #[test]
    fn a_full_server_is_reported() {
        let folder = tempfile::tempdir().unwrap();
        let _server = Server::start(folder.path(), &["--port", "0", "--maxmemory", "1"]);
        let (store, now) = (store(folder.path()), SystemTime::now());
        let created = store.create(&Key::of("an id"), &record(b"", now), now);
        assert!(matches!(created, Err(StoreError::Full)), "{created:?}");
    }

    #[test]
    fn a_full_server_goes_on_with_the_sessions_it_has() {
        let (_server, store, folder) = served();
        let (key, now) = (Key::of("an id"), SystemTime::now());
        let standing = record(b"data", now);
        store.create(&key, &standing, now).unwrap();
        raw(folder.path(), &[b"CONFIG", b"SET", b"maxmemory", b"1"]);
        let created = store.create(&Key::of("another"), &record(b"", now), now);
        assert!(matches!(created, Err(StoreError::Full)), "{created:?}");

        let later = now + Duration::from_secs(90);
        assert!(store.touch(&key, later, now).unwrap());
        let now = now + Duration::from_secs(80);
        assert!(matches!(store.load(&key, now), Ok(Load::Found(found)) if found.data == b"data"));
        let (new, grace) = (Key::of("a new id"), Duration::from_secs(5));
        let login = record(b"logged in", now);
        let renewed = store.renew(&key, standing.version, &new, &login, grace, now);
        assert_eq!(renewed.unwrap(), Write::Done);
        // There is no room for the copy of the old id.
        assert_eq!(store.load(&key, now).unwrap(), Load::Absent);
        let next = record(b"logged IN", now);
        let saved = store.save(&new, login.version, &next, now);
        assert_eq!(saved.unwrap(), Write::Done);
        let larger = store.save(&new, next.version, &record(&[b' '; 9_000], now), now);
        assert!(matches!(larger, Err(StoreError::Full)), "{larger:?}");
        assert!(store.end(&new, now).unwrap());
        assert_eq!(store.load(&new, now).unwrap(), Load::Absent);
    }

    mod beside;
    mod cluster;
    mod hung;
    mod replica;

    /// Tests that need this program as well.
    #[cfg(feature = "redis-tls")]
    mod openssl;

    #[cfg(feature = "redis-tls")]
    #[test]
    fn a_server_without_tls_never_gets_a_request_in_clear() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("rediss://{}", listener.local_addr().unwrap());
        let hello = thread::spawn(move || {
            let mut hello = [0; 3];
            listener.accept().unwrap().0.read_exact(&mut hello).unwrap();
            hello
        });
        let store = RedisStore::open(&url).unwrap();
        // The certificates of the system have to be read first.
        let store = store.answer_timeout(Duration::from_secs(60));
        let store = store.reconnect_timeout(Duration::ZERO);
        let loaded = store.load(&Key::of("an id"), SystemTime::now());
        assert!(
            matches!(loaded, Err(StoreError::Unavailable(_))),
            "{loaded:?}"
        );
        // RFC 8446, section 5.1: a handshake record and its version.
        assert_eq!(hello.join().unwrap(), [22, 3, 1]);
    }

    #[test]
    fn a_url_may_name_valkey_a_user_and_a_database() {
        let folder = tempfile::tempdir().unwrap();
        let more = ["--bind", "127.0.0.1", "--port", "PORT"];
        let user = ["--user", "site", "on", ">secret", "~session:*", "+@all"];
        let more = [&more[..], &user].concat();
        let (_server, port) = Server::start_at_a_port(folder.path(), &more);
        let open = |user: &str| {
            let url = format!("valkey://{user}127.0.0.1:{port}/3");
            let store = RedisStore::open(&url).unwrap();
            store.reconnect_timeout(Duration::from_secs(60))
        };
        let (key, now) = (Key::of("an id"), SystemTime::now());
        let store = open("site:secret@");
        store.create(&key, &record(b"data", now), now).unwrap();
        assert!(matches!(store.load(&key, now), Ok(Load::Found(_))));
        let keys = raw(folder.path(), &[b"INFO", b"keyspace"]);
        assert!(keys.windows(11).any(|window| window == b"db3:keys=1,"));
        let refused = open("site:wrong@").load(&key, now);
        assert!(
            matches!(refused, Err(StoreError::Unavailable(_))),
            "{refused:?}"
        );
    }

    #[test]
    fn an_invalid_address_is_refused() {
        for url in [
            "",
            "127.0.0.1",
            "http://127.0.0.1",
            "redis-cluster://",
            "http-cluster://a:1",
        ] {
            assert!(RedisStore::open(url).is_err(), "{url}");
        }
    }

    /// Returns a port that was free a moment ago. The port of the cluster's bus, 10,000 higher, was
    /// free as well.
    fn free_port() -> u16 {
        loop {
            let port = TcpListener::bind("127.0.0.1:0")
                .unwrap()
                .local_addr()
                .unwrap()
                .port();
            let bus = port
                .checked_add(10_000)
                .map(|bus| TcpListener::bind(("127.0.0.1", bus)));
            if let Some(Ok(_)) = bus {
                return port;
            }
        }
    }
}
