//! Access by the address of the client.

use wsgi_application::{Environ, Result, StartResponse, Status};
use wsgi_middleware::{AllowedClients, Network, TrustedProxies};
use wsgi_testing::Request;

fn page(_environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
    start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
    Ok("inside".into())
}

type Page = fn(&mut Environ, &mut StartResponse<'_>) -> Result;

fn network(text: &str) -> Network {
    text.parse().unwrap()
}

/// The status for a client at an address, or without one.
fn status(site: &AllowedClients<Page>, address: Option<&str>) -> u16 {
    let request = match address {
        Some(address) => Request::get("/").variable("REMOTE_ADDR", address),
        None => Request::get("/").environ(|environ| environ.remove("REMOTE_ADDR")),
    };
    request.call(site).status().code()
}

#[test]
fn clients_of_the_networks_alone_are_let_in() {
    let site = AllowedClients::new(page as Page)
        .allow(network("10.0.0.0/8"))
        .allow(network("2001:db8::/32"));
    for address in [
        "10.0.0.1",
        "10.255.255.255",
        "::ffff:10.1.2.3",
        "2001:DB8::7",
    ] {
        assert_eq!(status(&site, Some(address)), 200, "{address}");
    }
    for address in [
        "11.0.0.1",
        "2001:db9::7",
        "::ffff:11.0.0.1",
        "",
        "unix:",
        "localhost",
        "10.0.0.1:80",
        "10.0.0.1 ",
        "[2001:db8::7]",
        "010.0.0.1",
    ] {
        assert_eq!(status(&site, Some(address)), 403, "{address:?}");
    }
    assert_eq!(status(&site, None), 403);
}

#[test]
fn nobody_is_let_in_at_first() {
    let site = AllowedClients::new(page as Page);
    for address in [None, Some(""), Some("127.0.0.1"), Some("::1")] {
        assert_eq!(status(&site, address), 403, "{address:?}");
    }
}

#[test]
fn clients_at_unix_sockets_are_let_in_if_they_are_allowed() {
    let site = AllowedClients::new(page as Page).allow_unix(true);
    assert_eq!(status(&site, Some("")), 200);
    assert_eq!(status(&site, Some("unix:")), 200);
    assert_eq!(status(&site, Some("127.0.0.1")), 403);
    assert_eq!(status(&site, None), 403);
}

#[test]
fn behind_a_trusted_proxy_the_client_counts() {
    let inside = AllowedClients::new(page).allow(network("192.0.2.0/24"));
    let site = TrustedProxies::new(inside).trust(network("10.0.0.1"));
    for (peer, client, code) in [
        ("10.0.0.1", "192.0.2.7", 200),
        ("10.0.0.1", "198.51.100.7", 403),
        ("10.0.0.1", "192.0.2.7, 198.51.100.7", 403),
        ("198.51.100.7", "192.0.2.7", 403),
    ] {
        let request = Request::get("/")
            .variable("REMOTE_ADDR", peer)
            .header("X-Forwarded-For", client);
        assert_eq!(request.call(&site).status().code(), code, "{peer} {client}");
    }
}

#[test]
fn a_refusal_says_why_and_can_be_another_page() {
    let refused = Request::post("/")
        .body("secret")
        .call(&AllowedClients::new(page));
    assert_eq!(
        refused.text(),
        "403 Forbidden: this page is not for your address\n"
    );
    let site = AllowedClients::new(page).answer(
        |_: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
            start_response.start(Status::NOT_FOUND, ())?;
            Ok("nothing".into())
        },
    );
    let refused = Request::get("/").call(&site);
    assert_eq!((refused.status().code(), refused.text()), (404, "nothing"));
    let site = AllowedClients::new(wsgi_middleware::Mounts::new()).allow(network("::1"));
    assert!(format!("{site:?}").contains("::1"), "{site:?}");
}
