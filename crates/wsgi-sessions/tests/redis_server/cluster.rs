//! Redis clusters of one node and of three.

use std::sync::atomic::{AtomicBool, Ordering::SeqCst};

use super::*;

/// Gives all slots to a server that was started for a cluster.
pub(super) fn give_all_slots(folder: &Path) {
    let added = raw(folder, &[b"CLUSTER", b"ADDSLOTSRANGE", b"0", b"16383"]);
    assert_eq!(added, b"+OK\r\n");
}

/// Starts a cluster of one node, which also listens at the socket in the folder.
fn cluster(folder: &Path) -> (Server, Arc<RedisStore>) {
    let more = [
        "--bind",
        "127.0.0.1",
        "--port",
        "PORT",
        "--cluster-enabled",
        "yes",
    ];
    let (server, port) = Server::start_at_a_port(folder, &more);
    give_all_slots(folder);
    let store = RedisStore::open(&format!("redis-cluster://127.0.0.1:{port}")).unwrap();
    let store = store.reconnect_timeout(Duration::from_secs(60));
    (server, Arc::new(store))
}

#[test]
fn the_suite_passes_on_a_cluster() {
    let folder = tempfile::tempdir().unwrap();
    let (_server, store) = cluster(folder.path());
    conformance::suite(|| Arc::clone(&store));
}

/// A write that was sent twice would conflict with another one between both.
#[test]
fn no_write_to_a_cluster_that_pauses_is_sent_twice() {
    let folder = tempfile::tempdir().unwrap();
    let (server, store) = cluster(folder.path());
    let store = Arc::into_inner(store).unwrap();
    let store = store.answer_timeout(Duration::from_secs(60));
    let (key, now) = (Key::of("an id"), SystemTime::now());
    store.create(&key, &record(b"data", now), now).unwrap();
    let is_over = AtomicBool::new(false);
    let update = || {
        while !is_over.load(SeqCst) {
            let Load::Found(found) = store.load(&key, now).unwrap() else {
                panic!("the session is gone");
            };
            let saved = store.save(&key, found.version, &record(b"more", now), now);
            assert!(
                matches!(saved, Ok(Write::Done | Write::Conflict(_))),
                "{saved:?}"
            );
        }
    };
    thread::scope(|scope| {
        let writers = [(); 4].map(|()| scope.spawn(update));
        for _ in 0..4 {
            thread::sleep(Duration::from_millis(50));
            server.signal("-STOP");
            // Longer than any number of calls may wait.
            thread::sleep(Duration::from_millis(600));
            server.signal("-CONT");
        }
        is_over.store(true, SeqCst);
        for writer in writers {
            writer.join().unwrap();
        }
    });
}

#[test]
fn a_cluster_lists_a_retired_id_only_until_the_end_of_its_grace() {
    let folder = tempfile::tempdir().unwrap();
    let (_server, store) = cluster(folder.path());
    let (now, grace) = (SystemTime::now(), Duration::from_secs(5));
    let mut at = Key::of("an id");
    let mut standing = beside::owned(record(b"data", now), "user-17");
    store.create(&at, &standing, now).unwrap();
    for number in 0..10 {
        let new = Key::of(format!("id {number}"));
        let next = Record {
            version: Version::random().unwrap(),
            ..standing.clone()
        };
        let renewed = store.renew(&at, standing.version, &new, &next, grace, now);
        assert_eq!(renewed.unwrap(), Write::Done);
        (at, standing) = (new, next);
    }
    let later = (now + 2 * grace).duration_since(SystemTime::UNIX_EPOCH);
    let later = later.unwrap().as_millis().to_string();
    let list = b"session:{owner:user-17}";
    let request = [&b"ZCOUNT"[..], list, later.as_bytes(), b"+inf"];
    assert_eq!(raw(folder.path(), &request), b":1\r\n");
    assert_eq!(store.end_all("user-17", now).unwrap(), 1);
}

#[test]
fn the_suite_passes_on_a_cluster_of_three() {
    const SLOTS: [[&[u8]; 2]; 3] = [[b"0", b"5460"], [b"5461", b"10922"], [b"10923", b"16383"]];
    let more = [
        "--bind",
        "127.0.0.1",
        "--port",
        "PORT",
        "--cluster-enabled",
        "yes",
    ];
    let folders = SLOTS.map(|_| tempfile::tempdir().unwrap());
    let nodes = [0, 1, 2].map(|node: usize| {
        let folder = folders[node].path();
        let (server, port) = Server::start_at_a_port(folder, &more);
        let [first, last] = SLOTS[node];
        let added = raw(folder, &[b"CLUSTER", b"ADDSLOTSRANGE", first, last]);
        assert_eq!(added, b"+OK\r\n");
        // Without epochs of their own, two nodes could be taken for rivals.
        let epoch = (node + 1).to_string();
        raw(folder, &[b"CLUSTER", b"SET-CONFIG-EPOCH", epoch.as_bytes()]);
        (server, port)
    });
    for (_, port) in &nodes[1..] {
        let port = port.to_string();
        let meet = [&b"CLUSTER"[..], b"MEET", b"127.0.0.1", port.as_bytes()];
        assert_eq!(raw(folders[0].path(), &meet), b"+OK\r\n");
    }
    let late = Instant::now() + Duration::from_secs(60);
    for folder in &folders {
        let knows = |what: &[u8]| {
            let state = raw(folder.path(), &[b"CLUSTER", b"INFO"]);
            state.windows(what.len()).any(|part| part == what)
        };
        while !(knows(b"cluster_state:ok") && knows(b"cluster_slots_ok:16384")) {
            assert!(Instant::now() < late, "the nodes do not find each other");
            thread::sleep(Duration::from_millis(20));
        }
    }
    let store = RedisStore::open(&format!("redis-cluster://127.0.0.1:{}", nodes[1].1)).unwrap();
    let store = Arc::new(store.reconnect_timeout(Duration::from_secs(60)));
    conformance::suite(|| Arc::clone(&store));
}
