//! The client that a proxy names.

use wsgi_proxy_protocol::{Addresses, Tlv, TlvType, encode};

use crate::{
    NAMED, answer, connect, serving,
    support::{echo, get, put},
    v1, v2, who,
};

#[test]
fn the_client_of_a_proxy_is_the_client_of_every_request() {
    let running = serving(who());
    for header in [v1(), v2(&[])] {
        let mut client = connect(&running, &header);
        for _ in 0..3 {
            assert_eq!(client.ask(get("/")).text(), NAMED);
        }
    }
    assert_eq!(running.log(), "");
}

#[test]
fn a_request_may_come_with_the_header() {
    let running = serving(echo);
    for header in [v1(), v2(&[])] {
        let requests = [get("/one"), put("/two", "body"), get("/three")].concat();
        let mut client = connect(&running, &[&header, requests.as_bytes()].concat());
        assert_eq!(client.response().text(), "GET /one\n");
        assert_eq!(client.response().text(), "PUT /two\nbody");
        assert_eq!(client.response().text(), "GET /three\n");
    }
}

#[test]
fn the_answer_does_not_depend_on_how_the_bytes_are_cut() {
    let running = serving(who());
    for header in [v1(), v2(&[])] {
        let bytes = [&header, get("/").as_bytes()].concat();
        for cut in 1..bytes.len() {
            let mut client = connect(&running, &bytes[..cut]);
            client.send(&bytes[cut..]);
            assert_eq!(client.response().text(), NAMED, "cut at {cut}");
        }
        let mut client = running.connect();
        bytes.iter().for_each(|byte| client.send([*byte]));
        assert_eq!(client.response().text(), NAMED);
    }
    assert_eq!(running.log(), "");
}

#[test]
fn an_ipv6_client_has_an_ipv6_address_and_a_mapped_one_has_not() {
    let running = serving(who());
    for (source, address) in [
        ("[2001:db8::7]:1", "2001:db8::7"),
        ("[::ffff:192.0.2.7]:1", "192.0.2.7"),
    ] {
        let addresses = crate::addresses(source, "[2001:db8::1]:443");
        let mut headers = [Vec::new(), Vec::new()];
        encode::v1(&mut headers[0], Some(addresses));
        encode::v2(&mut headers[1], Some(addresses), &[]).unwrap();
        let expected = format!(
            "http\nREMOTE_ADDR={address}\nREMOTE_PORT=1\nSERVER_ADDR=2001:db8::1\nSERVER_PORT=443\n"
        );
        for header in headers {
            assert_eq!(answer(&running, &header), expected);
        }
    }
}

#[test]
fn the_proxy_itself_counts_if_it_names_nobody() {
    let running = serving(who());
    let mut headers = [Vec::new(), Vec::new(), Vec::new()];
    encode::v1(&mut headers[0], None);
    encode::v2(&mut headers[1], None, &[]).unwrap();
    encode::v2_local(&mut headers[2]);
    for header in headers {
        let mut client = connect(&running, &header);
        let port = client.stream.local_addr().unwrap().port();
        let expected = format!(
            "http\nREMOTE_ADDR=127.0.0.1\nREMOTE_PORT={port}\nSERVER_PORT={}\n",
            running.address.port()
        );
        assert_eq!(client.ask(get("/")).text(), expected);
    }
}

#[test]
fn a_client_of_a_unix_socket_of_the_proxy_has_no_address() {
    let running = serving(who());
    let addresses = Addresses::Unix {
        source: b"",
        destination: b"/run/proxy.sock",
    };
    let mut header = Vec::new();
    encode::v2(&mut header, Some(addresses), &[]).unwrap();
    let port = running.address.port();
    let expected = format!("http\nREMOTE_ADDR=\nSERVER_PORT={port}\n");
    assert_eq!(answer(&running, &header), expected);
}

#[test]
fn a_header_may_be_as_long_as_the_limit_and_no_longer() {
    let limit = 300;
    let proxies = crate::from_here().max_header_bytes(limit);
    let running = crate::serving_with(proxies, |builder| builder, who());
    let with_padding = |length: usize| {
        let value = &vec![0; length];
        let kind = TlvType::NOOP;
        v2(&[Tlv { kind, value }])
    };
    let fits = limit - v2(&[]).len() - 3;
    assert_eq!(answer(&running, &with_padding(fits)), NAMED);
    connect(&running, &with_padding(fits + 1)).assert_closed();
    // Version 1 is not limited.
    assert_eq!(answer(&running, &v1()), NAMED);
}
