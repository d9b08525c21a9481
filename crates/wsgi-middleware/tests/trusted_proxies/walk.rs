//! The client in a chain of proxies, and the element that belongs to it.

use super::*;

#[test]
fn the_first_address_from_the_right_that_is_not_trusted_is_the_client() {
    for (list, client) in [
        ("192.0.2.7", "192.0.2.7"),
        ("192.0.2.6, 192.0.2.7", "192.0.2.7"),
        ("192.0.2.6,192.0.2.7,10.0.0.3,10.0.0.2", "192.0.2.7"),
        ("192.0.2.7, 2001:db8:1::2, ::ffff:10.0.0.2", "192.0.2.7"),
        ("192.0.2.7:80, [2001:db8:1::2]:81", "192.0.2.7"),
        // The request began in a trusted network.
        ("10.0.0.3, 10.0.0.2", "10.0.0.3"),
        ("", "10.0.0.1"),
        // The proxy that wrote the element counts.
        ("192.0.2.7, unknown", "10.0.0.1"),
        ("192.0.2.7, unknown, 10.0.0.2", "10.0.0.2"),
        ("192.0.2.7, _hidden, 10.0.0.2", "10.0.0.2"),
        ("192.0.2.7,, 10.0.0.2", "10.0.0.2"),
        ("192.0.2.7,", "10.0.0.1"),
        ("192.0.2.7, 10.0.0.256", "10.0.0.1"),
        ("192.0.2.7, \"10.0.0.2\"", "10.0.0.1"),
        ("192.0.2.7 10.0.0.2", "10.0.0.1"),
    ] {
        check_x(
            &format!("X-Forwarded-For: {list}"),
            &[("REMOTE_ADDR", client)],
        );
    }
    let lines = "X-Forwarded-For: 192.0.2.6\nX-Forwarded-For: 192.0.2.7\nX-Forwarded-For: 10.0.0.2";
    check_x(lines, &[("REMOTE_ADDR", "192.0.2.7")]);
    for (list, client) in [
        ("for=192.0.2.6, for=192.0.2.7, for=10.0.0.2", "192.0.2.7"),
        ("for=192.0.2.7, for=_hidden, for=10.0.0.2", "10.0.0.2"),
        ("for=192.0.2.7, for=unknown", "10.0.0.1"),
        ("for=192.0.2.7, proto=http", "10.0.0.1"),
        ("for=192.0.2.7, for=10.0.0.2;", "192.0.2.7"),
        ("for=192.0.2.7, for=10.0.0.2;for=10.0.0.3", "10.0.0.1"),
        ("for=\"192.0.2.6, for=192.0.2.7", "192.0.2.7"),
        ("for=\"192.0.2.6, for=\"192.0.2.7:80\"", "192.0.2.7"),
        ("192.0.2.7", "10.0.0.1"),
    ] {
        check_forwarded(&format!("Forwarded: {list}"), &[("REMOTE_ADDR", client)]);
    }
}

#[test]
fn a_proxy_at_a_unix_socket_is_passed_like_a_trusted_address() {
    let x_forwarded = |list: &str| format!("X-Forwarded-For: {list}");
    let forwarded = |list: &str| {
        let elements = list.split(", ").map(|node| format!("for=\"{node}\""));
        format!("Forwarded: {}", elements.collect::<Vec<_>>().join(", "))
    };
    for (list, client, without_unix) in [
        ("192.0.2.7, unix:", "192.0.2.7", "10.0.0.1"),
        (
            "192.0.2.6, 192.0.2.7, unix:, unix:",
            "192.0.2.7",
            "10.0.0.1",
        ),
        ("192.0.2.7, unix:, 10.0.0.2", "192.0.2.7", "10.0.0.2"),
        ("192.0.2.7, 10.0.0.2, unix:", "192.0.2.7", "10.0.0.1"),
        ("unix:, 192.0.2.7", "192.0.2.7", "192.0.2.7"),
        ("192.0.2.7, unknown, unix:", "10.0.0.1", "10.0.0.1"),
        ("192.0.2.7, unix:80", "10.0.0.1", "10.0.0.1"),
        // The request began at a Unix socket.
        ("unix:", "10.0.0.1", "10.0.0.1"),
        ("unix:, 10.0.0.2", "10.0.0.2", "10.0.0.2"),
    ] {
        for (by, fields) in [
            (ForwardedBy::XForwarded, x_forwarded(list)),
            (ForwardedBy::Forwarded, forwarded(list)),
        ] {
            let address = |peer, app| {
                let response = from(peer, &fields).call(&app);
                line(response.text(), "REMOTE_ADDR").to_owned()
            };
            let app = || trusting(tell as App, by);
            assert_eq!(address("10.0.0.1", app()), without_unix, "{fields}");
            assert_eq!(
                address("10.0.0.1", app().trust_unix(true)),
                client,
                "{fields}"
            );
            if client == "192.0.2.7" {
                assert_eq!(address("", app().trust_unix(true)), client, "{fields}");
            }
        }
    }
}

#[test]
fn the_port_of_the_proxy_is_not_that_of_the_client() {
    let port = |list: &str, port| {
        check_x(
            &format!("X-Forwarded-For: {list}"),
            &[("REMOTE_PORT", port)],
        );
    };
    port("192.0.2.7", "-");
    port("192.0.2.7:81", "81");
    port("192.0.2.7:_hidden", "-");
    port("192.0.2.7:81, 10.0.0.2", "81");
    port("192.0.2.7, 10.0.0.2:82", "-");
    port("", "4711");
    port("unknown", "4711");
}

#[test]
fn a_walk_has_at_most_32_elements() {
    let list = |trusted| format!("192.0.2.7{}", ", 10.0.0.2".repeat(trusted));
    check_x(
        &format!("X-Forwarded-For: {}", list(31)),
        &[("REMOTE_ADDR", "192.0.2.7")],
    );
    check_x(
        &format!("X-Forwarded-For: {}", list(32)),
        &[("REMOTE_ADDR", "10.0.0.2")],
    );
    let list = |trusted| format!("for=192.0.2.7{}", ", for=10.0.0.2".repeat(trusted));
    check_forwarded(
        &format!("Forwarded: {}", list(31)),
        &[("REMOTE_ADDR", "192.0.2.7")],
    );
    check_forwarded(
        &format!("Forwarded: {}", list(32)),
        &[("REMOTE_ADDR", "10.0.0.2")],
    );
}

#[test]
fn scheme_and_host_belong_to_the_element_of_the_client() {
    let two = "X-Forwarded-For: 192.0.2.6, 192.0.2.7, 10.0.0.2\n";
    for (fields, url) in [
        // A single value replaced those before it.
        ("X-Forwarded-Proto: https", "https://inner:8000/menu?a"),
        // The client's own element comes first, and the inner proxy's last.
        (
            "X-Forwarded-Proto: http, https, http",
            "https://inner:8000/menu?a",
        ),
        (
            "X-Forwarded-Proto: https, http",
            "https://inner:8000/menu?a",
        ),
        (
            "X-Forwarded-Proto: https, http, https",
            "http://inner:8000/menu?a",
        ),
        (
            "X-Forwarded-Proto: http, https,",
            "https://inner:8000/menu?a",
        ),
        ("X-Forwarded-Host: evil, good, inner", "http://good/menu?a"),
        ("X-Forwarded-Host: good, inner", "http://good/menu?a"),
        (
            "X-Forwarded-Host: good\nX-Forwarded-Host: inner",
            "http://good/menu?a",
        ),
        ("X-Forwarded-Port: 1, 2, 3", "http://inner:2/menu?a"),
        (
            "X-Forwarded-Prefix: /a, /b, /c",
            "http://inner:8000/b/menu?a",
        ),
    ] {
        check_x(&format!("{two}{fields}"), &[("URL", url)]);
    }
    let three = "X-Forwarded-For: 192.0.2.7, 10.0.0.3, 10.0.0.2\nX-Forwarded-Proto: https, https";
    check_x(three, &[("URL", "http://inner:8000/menu?a")]);
    check_x(
        "X-Forwarded-Proto: http, https",
        &[("URL", "https://inner:8000/menu?a")],
    );
    // A proxy that does not name its client still knows the scheme.
    let hidden = "X-Forwarded-For: 192.0.2.6, unknown\nX-Forwarded-Proto: http, https";
    check_x(
        hidden,
        &[
            ("URL", "https://inner:8000/menu?a"),
            ("REMOTE_ADDR", "10.0.0.1"),
        ],
    );

    for (list, url) in [
        (
            "for=192.0.2.6;proto=http;host=evil, for=192.0.2.7;proto=https;host=good, \
          for=10.0.0.2;proto=http;host=inner",
            "https://good/menu?a",
        ),
        (
            "for=192.0.2.7, for=10.0.0.2;proto=https;host=other",
            "http://inner:8000/menu?a",
        ),
        (
            "for=evil;proto=http, for=_hidden;proto=https;host=good",
            "https://good/menu?a",
        ),
        (
            "for=192.0.2.6;proto=https, for=192.0.2.7;proto=http;x",
            "http://inner:8000/menu?a",
        ),
        ("proto=https", "https://inner:8000/menu?a"),
    ] {
        check_forwarded(&format!("Forwarded: {list}"), &[("URL", url)]);
    }
}
