//! Deadlines over FastCGI, SCGI and uwsgi.

use wsgi_server::{Builder, Protocol};

use crate::{
    Opening, TOO_LATE,
    support::{
        Running, eventually,
        fastcgi::{self, End, answer, ask, get_as, serving_with},
        gate::Gate,
        scgi, uwsgi,
    },
    timely_waits,
};

#[test]
fn a_fastcgi_request_is_ended_with_504() {
    let gate = Gate::default();
    let _opening = Opening(&gate);
    let running = serving_with(|builder| builder, timely_waits(gate.app()));
    let mut client = running.connect();
    // Several requests on one connection, and the last waits.
    for id in 1..4 {
        client.send(get_as(id, true, "/other"));
        assert_eq!(answer(&mut client, id).text(), "GET /other\n");
    }
    client.send(get_as(4, true, "/wait"));
    let last = answer(&mut client, 4);
    let stdout = String::from_utf8(last.stdout).unwrap();
    assert!(
        stdout.starts_with("Status: 504 Gateway Timeout\r\n"),
        "{stdout}"
    );
    assert!(stdout.ends_with(TOO_LATE), "{stdout}");
    assert_eq!(last.ended, Some(End::REFUSED));
    fastcgi::assert_closed(&mut client);
    let mut other = running.connect();
    assert_eq!(
        ask(&mut other, fastcgi::get("/other")).text(),
        "GET /other\n"
    );
    eventually("a line", || {
        running.log().contains("GET \"/wait\": the deadline passed")
    });
}

#[test]
fn a_request_of_another_protocol_is_ended_with_504() {
    for (protocol, request, line) in [
        (
            Protocol::Scgi,
            scgi::get("/wait"),
            "Status: 504 Gateway Timeout\r\n",
        ),
        (
            Protocol::Uwsgi,
            uwsgi::get("/wait"),
            "HTTP/1.1 504 Gateway Timeout\r\n",
        ),
    ] {
        let gate = Gate::default();
        let _opening = Opening(&gate);
        let speaking = |builder: Builder| builder.protocol(protocol);
        let running = Running::with(speaking, timely_waits(gate.app()));
        let mut client = running.connect();
        client.send(request);
        let received = String::from_utf8(client.take_all()).unwrap();
        assert!(received.starts_with(line), "{received}");
        assert!(received.ends_with(TOO_LATE), "{received}");
    }
}
