//! Management records and their answers.

use wsgi_fastcgi::{Limits, RecordType, Rejection};

use crate::connection::{Event, GET, Sent, check, check_events, pairs, request};

#[test]
fn get_values_is_answered_anywhere() {
    let limits = Limits::new().max_connections(200);
    let values = ["FCGI_MAX_CONNS", "FCGI_MAX_REQS", "FCGI_MPXS_CONNS"].map(|name| (name, ""));
    let answer = |params: &[(&str, &str)]| {
        let content = pairs(params);
        let padding = content.len().wrapping_neg() % 8;
        let mut reply = vec![1, 10, 0, 0, 0, content.len() as u8, padding as u8, 0];
        reply.extend(content);
        reply.extend(&[0; 8][..padding]);
        reply
    };
    let all = [
        ("FCGI_MAX_CONNS", "200"),
        ("FCGI_MAX_REQS", "200"),
        ("FCGI_MPXS_CONNS", "0"),
    ];
    let cases = [
        (&values[..], &all[..]),
        (&[values[2], values[0]], &[all[0], all[2]]),
        (&[values[1], values[1]], &[all[1]]),
        (
            &[("FCGI_MPXS_CONNS", "1"), ("fcgi_max_reqs", "")],
            &all[2..],
        ),
        (&[("UNKNOWN", ""), ("", "")], &[]),
        (&[], &[]),
    ];
    for (asked, known) in cases {
        let ask = |sent: Sent| sent.record(RecordType::GET_VALUES, 0, &pairs(asked), 3);
        let mut sent = ask(ask(Sent::default())).begin(1);
        sent = ask(sent).params(1, GET);
        let Sent(bytes) = ask(ask(sent).stdin(1, ""));
        let events = [request(1, GET, None), Event::End];
        let replies = answer(known).repeat(5);
        check(&format!("{asked:?}"), &bytes, &limits, &events, &replies);
    }

    let Sent(bytes) = Sent::default().record(RecordType::GET_VALUES, 0, &pairs(&values), 0);
    let reply = answer(&all[2..]);
    check("without a number", &bytes, &Limits::new(), &[], &reply);
}

#[test]
fn malformed_get_values_is_refused() {
    let ask = |sent: Sent| sent.record(RecordType::GET_VALUES, 0, b"\x0e\0FCGI", 0);
    let rejected = |id| Event::Rejected(Rejection::Param, id);
    check_events("outside", ask(Sent::default()), &[rejected(0)]);
    check_events("in a head", ask(Sent::default().begin(1)), &[rejected(1)]);
    let sent = ask(Sent::default().begin(1).params(1, &[]));
    check_events("in a body", sent, &[request(1, &[], None), rejected(1)]);
}

#[test]
fn unknown_management_records_are_answered_as_unknown() {
    let reply = |record_type| [1, 11, 0, 0, 0, 8, 0, 0, record_type, 0, 0, 0, 0, 0, 0, 0];
    for record_type in [0, 12, 255] {
        let ask = |sent: Sent| sent.record(RecordType(record_type), 0, b"content", 1);
        let mut sent = ask(Sent::default()).begin(1);
        sent = ask(sent).params(1, GET);
        let Sent(bytes) = ask(ask(sent).stdin(1, ""));
        let events = [request(1, GET, None), Event::End];
        let name = format!("type {record_type}");
        let replies = reply(record_type).repeat(4);
        check(&name, &bytes, &Limits::new(), &events, &replies);
    }
}
