//! Connections on which the header is late, or never comes.

use std::{thread, time::Duration};

use crate::{
    NAMED, connect, from_here, serving, serving_with,
    support::{Client, PATIENCE, echo, eventually, get},
    v1, v2, who,
};

#[test]
fn a_late_header_is_not_waited_for_however_slowly_it_comes() {
    let timeout = Duration::from_millis(300);
    let running = serving_with(from_here(), |builder| builder.head_timeout(timeout), who());
    let mut silent = running.connect();
    silent.assert_closed();
    let mut slow = running.connect();
    for byte in &v1()[..40] {
        if !slow.try_send([*byte]) {
            break;
        }
        thread::sleep(timeout / 10); // each byte comes well before the end of the time
    }
    slow.assert_closed();
    let reason = " was refused: no PROXY protocol header in time\n";
    eventually("the log tells", || running.log().contains(reason));
}

#[test]
fn a_header_in_time_gives_the_client_all_of_its_own_time() {
    let options = |builder: wsgi_server::Builder| {
        builder
            .head_timeout(PATIENCE)
            .first_request_timeout(Duration::from_millis(100))
    };
    let running = serving_with(from_here(), options, who());
    let mut client = running.connect();
    thread::sleep(Duration::from_millis(300));
    client.send(v2(&[]));
    client.assert_closed();
    assert_eq!(
        running.log(),
        "",
        "a client that sends no request is nobody's fault"
    );
}

#[test]
fn an_incomplete_header_is_reported_and_a_check_by_connecting_is_not() {
    for header in [v1(), v2(&[])] {
        let running = serving(who());
        let mut check = running.connect();
        check.finish();
        check.assert_closed();
        running.connect().reset();
        for length in 1..header.len() {
            let mut client = connect(&running, &header[..length]);
            let peer = client.stream.local_addr().unwrap();
            client.finish();
            client.assert_closed();
            if length == 1 {
                eventually("the log tells", || !running.log().is_empty());
                let line = format!(
                    "PROXY protocol: the connection from {peer} was refused: incomplete PROXY \
                     protocol header\n"
                );
                assert_eq!(running.log(), line);
            }
        }
    }
}

#[test]
fn a_connection_without_a_header_gives_way_to_a_new_client() {
    let options = |builder: wsgi_server::Builder| builder.threads(1).max_connections(2);
    let running = serving_with(from_here(), options, who());
    let mut silent = [running.connect(), running.connect()];
    let mut client = connect(&running, &v2(&[]));
    assert_eq!(client.ask(get("/")).text(), NAMED);
    silent[0].assert_closed();
}

#[test]
fn the_shutdown_answers_a_client_whose_header_has_come_and_closes_others_soon() {
    let mut running = serving(echo);
    let mut begun: Client = connect(&running, &v1()[..10]);
    let mut named = connect(&running, &v2(&[]));
    let mut silent = running.connect();
    assert_eq!(named.ask(get("/before")).text(), "GET /before\n");
    let mut last = connect(&running, &[&v2(&[]), get("/last").as_bytes()].concat());
    running.handle.shutdown();
    assert_eq!(last.response().text(), "GET /last\n");
    begun.send([&v1()[10..], get("/begun").as_bytes()].concat());
    assert_eq!(begun.response().text(), "GET /begun\n");
    named.assert_closed();
    silent.assert_closed();
    running.join();
}
