//! A server that refuses writes until it takes over from another one.

use super::*;

/// Makes the server a replica of one that is not there, or a server of its own again.
fn set_replica(folder: &Path, is_replica: bool) {
    let [host, port] = match is_replica {
        true => [&b"127.0.0.1"[..], b"1"],
        false => [&b"NO"[..], b"ONE"],
    };
    assert_eq!(raw(folder, &[b"REPLICAOF", host, port]), b"+OK\r\n");
}

/// Returns the number of connections that the server has taken so far, with the one that asks.
fn connections(folder: &Path) -> usize {
    let answer = String::from_utf8(raw(folder, &[b"INFO", b"stats"])).unwrap();
    let mut lines = answer.lines();
    let count = lines.find_map(|line| line.strip_prefix("total_connections_received:"));
    count.unwrap().parse().unwrap()
}

#[test]
fn a_write_waits_for_a_replica_to_take_over() {
    let (_server, store, folder) = served();
    let (key, now) = (Key::of("an id"), SystemTime::now());
    let first = record(b"first", now);
    store.create(&key, &first, now).unwrap();
    set_replica(folder.path(), true);
    thread::scope(|scope| {
        let before = connections(folder.path());
        let second = record(b"second", now);
        let saved = scope.spawn(move || store.save(&key, first.version, &second, now));
        // Each look adds a connection of its own.
        for looks in 1.. {
            if connections(folder.path()) - before - looks >= 3 {
                break;
            }
            thread::sleep(Duration::from_millis(10));
        }
        set_replica(folder.path(), false);
        assert_eq!(saved.join().unwrap().unwrap(), Write::Done);
    });
}

#[test]
fn a_replica_does_not_drown_in_writes() {
    let (_server, store, folder) = served();
    let store = store.reconnect_timeout(Duration::from_secs(1));
    let (key, now) = (Key::of("an id"), SystemTime::now());
    let first = record(b"first", now);
    store.create(&key, &first, now).unwrap();
    set_replica(folder.path(), true);
    let made = || {
        let before = connections(folder.path());
        let saved = store.save(&key, first.version, &record(b"second", now), now);
        assert!(
            matches!(saved, Err(StoreError::Unavailable(_))),
            "{saved:?}"
        );
        let made = connections(folder.path()) - before - 1;
        assert!(made < 30, "{made} connections");
        made
    };
    // A busy machine may take the whole second for one.
    assert!((0..5).any(|_| made() >= 2), "it tries again");
    assert!(matches!(store.load(&key, now), Ok(Load::Found(found)) if found.data == b"first"));
}
