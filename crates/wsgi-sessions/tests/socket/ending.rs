//! The end of a server.

use super::*;

#[test]
fn a_server_that_stops_answers_the_requests_that_have_arrived() {
    let (running, path, _folder) = served();
    let mut client = connect(&path);
    // Either its connection waits to be accepted, or its request to be read. Both count as arrived.
    client
        .write_all(b"\0\0\0\x10\0\0\0\x03GET\0\0\0\0\x01k\0\0\0")
        .unwrap();
    drop(running);
    let mut answer = Vec::new();
    client.read_to_end(&mut answer).unwrap();
    assert_eq!(answer, b"\0\0\0\x0c\0\0\0\x08NOTFOUND");
}

#[test]
fn a_server_that_stops_answers_every_complete_request_and_waits_for_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let forever = |settings: SessionServerBuilder| {
        settings
            .client_timeout(Duration::MAX)
            .shutdown_timeout(Duration::MAX)
    };
    let running = Running::start(folder.path(), forever);
    let path = folder.path().join("socket");
    let (mut client, idle) = (connect(&path), connect(&path));
    let get = b"\0\0\0\x10\0\0\0\x03GET\0\0\0\0\x01k\0\0\0";
    let mut pile = get.repeat(2000);
    // The beginning of another request, which is never completed.
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
