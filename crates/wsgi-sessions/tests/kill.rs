//! Acknowledged writes survive a `kill -9` of the session server.
//!
//! The killed process is this test binary, run again as the server.

#![cfg(unix)]

use std::{
    env,
    path::Path,
    process::{Child, Command, Stdio},
    sync::Mutex,
    thread,
    time::{Duration, SystemTime},
};

use wsgi_sessions::{
    FileStore, Key, Load, Record, SessionServer, SocketStore, Store, StoreError, Version, Write,
};

/// Names the folder with the file and the socket of the killed process.
const FOLDER: &str = "WSGI_SESSIONS_KILLED_IN";

const ROUNDS: u32 = 20;
const WRITERS: u32 = 8;

/// The body of the killed process. In an ordinary test run it does nothing.
#[test]
fn server_process() {
    let Some(folder) = env::var_os(FOLDER) else {
        return;
    };
    let folder = Path::new(&folder);
    let store = FileStore::open(folder.join("sessions.redb")).unwrap();
    let server = SessionServer::builder(store)
        .bind(folder.join("socket"))
        .unwrap();
    server.run().unwrap();
}

/// A server in a separate process, which is killed when this is dropped.
struct Server(Child);

impl Server {
    fn start(folder: &Path) -> Self {
        let mut command = Command::new(env::current_exe().unwrap());
        command.args(["--exact", "server_process", "--nocapture"]);
        command.env(FOLDER, folder);
        command.stdin(Stdio::null()).stdout(Stdio::null());
        Self(command.spawn().unwrap())
    }
}

/// On Unix this is a `kill -9`.
impl Drop for Server {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

fn record(count: u64, now: SystemTime) -> Record {
    Record {
        version: Version::random().unwrap(),
        data: count.to_be_bytes().to_vec(),
        idle: Duration::from_secs(600),
        idle_until: now + Duration::from_secs(600),
        absolute_until: now + Duration::from_secs(600),
        annex: None,
    }
}

fn count(record: &Record) -> u64 {
    u64::from_be_bytes(record.data[..].try_into().unwrap())
}

fn found(store: &SocketStore, key: &Key, now: SystemTime) -> Record {
    match store.load(key, now).unwrap() {
        Load::Found(record) => record,
        lost => panic!("the session is {lost:?}"),
    }
}

/// Saves one session again and again until the server is gone. Returns the last acknowledged count;
/// one more save may have been done.
fn storm(store: &SocketStore, key: &Key, now: SystemTime, first: &Mutex<u32>) -> u64 {
    let mut standing = found(store, key, now);
    *first.lock().unwrap() += 1;
    loop {
        let next = record(count(&standing) + 1, now);
        match store.save(key, standing.version, &next, now) {
            Ok(Write::Done) => standing = next,
            Err(StoreError::Unavailable(_)) => return count(&standing),
            lost => panic!("the save is {lost:?}"),
        }
    }
}

#[test]
fn no_acknowledged_save_is_lost_when_the_server_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    // This store waits for the server to listen. Those of the writers must notice that it is gone.
    let patient = SocketStore::new(&path).reconnect_timeout(Duration::from_secs(60));
    let now = SystemTime::now();
    let keys: Vec<_> = (0..WRITERS)
        .map(|number| Key::of(number.to_be_bytes()))
        .collect();
    let mut server = Some(Server::start(folder.path()));
    for key in &keys {
        patient.create(key, &record(0, now), now).unwrap();
    }
    for round in 0..ROUNDS {
        // One store would not let all of them wait for a server that is slow.
        let open = || SocketStore::new(&path).reconnect_timeout(Duration::ZERO);
        let started = Mutex::new(0);
        let acknowledged: Vec<u64> = thread::scope(|scope| {
            let started = &started;
            let storm = |key| {
                let store = open();
                scope.spawn(move || storm(&store, key, now, started))
            };
            let writers: Vec<_> = keys.iter().map(storm).collect();
            while *started.lock().unwrap() < WRITERS {
                thread::yield_now();
            }
            // A little later in each round, so that the kill hits every part of a commit.
            thread::sleep(Duration::from_micros(u64::from(round) * 1_700));
            server = None;
            writers
                .into_iter()
                .map(|writer| writer.join().unwrap())
                .collect()
        });
        server = Some(Server::start(folder.path()));
        for (key, acknowledged) in keys.iter().zip(acknowledged) {
            let kept = count(&found(&patient, key, now));
            assert!(
                kept == acknowledged || kept == acknowledged + 1,
                "round {round}: {acknowledged} saves were acknowledged, but {kept} were kept"
            );
        }
    }
    let saves: u64 = keys
        .iter()
        .map(|key| count(&found(&patient, key, now)))
        .sum();
    drop(server);
    assert!(saves > u64::from(ROUNDS), "too few saves: {saves}");
}
