//! The server on a store whose disk fails or waits on demand.

use std::{
    io::{self, Read, Write as _},
    os::unix::net::UnixStream,
    sync::mpsc,
    thread,
    time::{Duration, SystemTime},
};

use super::{SessionServer, sweeper};
use crate::{
    key::Key,
    record::Record,
    store::Store,
    stores::file::{FileStore, SyncFailed, tests::disk::Disk},
    version::Version,
    wire,
};

/// Creates sessions that have been over for a while.
fn create_ended(store: &FileStore, count: usize) {
    let now = SystemTime::now() - Duration::from_secs(3600);
    for number in 0..count {
        let record = Record {
            version: Version::from_bytes([0; 16]),
            data: Vec::new(),
            idle: Duration::from_secs(60),
            idle_until: now + Duration::from_secs(60),
            absolute_until: now + Duration::from_secs(60),
            annex: None,
        };
        let key = Key::of(number.to_be_bytes());
        store.create(&key, &record, now).unwrap();
    }
}

#[test]
fn a_sweep_continues_while_many_sessions_are_over() {
    let store = Disk::default().store();
    create_ended(&store, 2600);
    let (_sweeps, stopped) = mpsc::channel();
    sweeper::sweep_while_much_is_over(&store, &stopped).unwrap();
    assert_eq!(store.sweep(SystemTime::now(), 10_000).unwrap(), 0);
}

#[test]
fn a_sweep_ends_with_the_server_even_if_many_sessions_are_over() {
    let store = Disk::default().store();
    create_ended(&store, 2600);
    let (sweeps, stopped) = mpsc::channel();
    drop(sweeps);
    sweeper::sweep_while_much_is_over(&store, &stopped).unwrap();
    assert!(store.sweep(SystemTime::now(), 10_000).unwrap() > 0);
}

#[test]
fn clients_are_accepted_and_served_while_a_sweep_waits_for_the_disk() {
    let disk = Disk::default();
    let store = disk.store();
    create_ended(&store, 1);
    let (sweeps, disk_works) = disk.holds_next_sync();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    let builder = SessionServer::builder(store).sweep_interval(Duration::ZERO);
    let server = builder.bind(&path).unwrap();
    let stop = server.stop_handle().unwrap();
    let running = thread::spawn(|| server.run());
    sweeps.recv().unwrap();

    let mut client = UnixStream::connect(&path).unwrap();
    let timeout = Some(Duration::from_secs(20));
    client.set_read_timeout(timeout).unwrap();
    let mut request = Vec::new();
    wire::write(&mut request, &[b"LOAD", &[0; 32], &[0; 8]]);
    client.write_all(&request).unwrap();
    let mut answer = [0; 16];
    client.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"\0\0\0\x0c\0\0\0\x06ABSENT\0\0");

    drop(disk_works);
    stop.stop();
    running.join().unwrap().unwrap();
}

#[test]
fn a_server_whose_store_has_failed_ends_and_says_why() {
    let disk = Disk::default();
    let store = disk.store();
    create_ended(&store, 1);
    disk.fails_syncing(Some(io::ErrorKind::Other));
    let folder = tempfile::tempdir().unwrap();
    let builder = SessionServer::builder(store).sweep_interval(Duration::ZERO);
    let server = builder.bind(folder.path().join("socket")).unwrap();
    let ended = server.run().unwrap_err();
    assert!(ended.get_ref().unwrap().is::<SyncFailed>(), "{ended:?}");
}
