//! A site that calls itself for a request: its response to a challenge holds for all calls.

use wsgi_application::application;
use wsgi_middleware::{
    ErrorDocuments, InternalRedirect, InternalRedirects, InternalTarget, Mounts,
};

use super::*;

fn target(text: &str) -> InternalTarget {
    text.parse().expect("a target")
}

fn site() -> impl Application {
    let throttle = Throttle::new().per_user(Quota::per_minute(2));
    let moved =
        application(|_environ, _start_response| Err(InternalRedirect::to(target("/page")).into()));
    let site = Mounts::new().mount("/page", hello).mount("/moved", moved);
    let site = DigestAuth::new(site, REALM, users).expect("an application");
    let site = InternalRedirects::new(site.throttle(throttle));
    ErrorDocuments::new(site)
        .document(404, target("/page"))
        .document(401, target("/page"))
}

#[test]
fn one_response_holds_for_all_calls_of_a_request() {
    let site = site();
    let nonce = nonce(&site);
    let mut count = 0;
    for (uri, status) in [("/moved", 200), ("/missing", 404)] {
        for method in ["GET", "POST"] {
            count += 1;
            let client = Client {
                method,
                uri,
                ..Client::ada(&nonce, count)
            };
            let response = client.call(&site);
            assert_eq!(response.status().code(), status, "{method} {uri}");
            assert_eq!(response.text(), "ada by Digest", "{method} {uri}");
            // Another request with it is a replay, which costs the user nothing.
            for _ in 0..3 {
                let response = client.call(&site);
                assert_eq!(response.status(), &Status::UNAUTHORIZED);
                assert_eq!(parameter(&response, "stale").as_deref(), Some("true"));
            }
        }
    }
}

#[test]
fn the_target_that_a_proxy_knows_holds_for_all_calls_of_a_request() {
    let site = site();
    let nonce = nonce(&site);
    let client = Client {
        uri: "/front/moved",
        ..Client::ada(&nonce, 1)
    };
    let request = Request::get("/moved")
        .variable("SCRIPT_NAME", "/front")
        .header("Authorization", client.value());
    assert_eq!(request.call(&site).text(), "ada by Digest");
}

#[test]
fn a_wrong_response_counts_once() {
    let site = site();
    let nonce = nonce(&site);
    let call = |password| {
        let client = Client {
            password,
            ..Client::ada(&nonce, 1)
        };
        client.call(&site).status().code()
    };
    assert_eq!([call("x"), call("x"), call("x")], [401, 401, 429]);
}

/// Two applications with users, of which the first redirects to the second.
fn two_applications(key: Option<[u8; 32]>) -> (impl Application, String) {
    let protect = |app| {
        let app = DigestAuth::new(app, REALM, users).expect("an application");
        match key {
            Some(key) => app.nonce_key(key).expect("a long key"),
            None => app,
        }
    };
    let moved =
        application(|_environ, _start_response| Err(InternalRedirect::to(target("/other")).into()));
    let first = protect(Box::new(moved) as Box<dyn Application>);
    let nonce = nonce(&first);
    let other = protect(Box::new(hello));
    let site = Mounts::new().mount("/other", other).mount("/", first);
    (InternalRedirects::new(site), nonce)
}

#[test]
fn one_application_does_not_trust_the_response_to_another() {
    let (site, nonce) = two_applications(None);
    let response = Client::ada(&nonce, 1).call(&site);
    assert_eq!(response.status(), &Status::UNAUTHORIZED);
}

#[test]
fn applications_that_share_a_key_check_the_response_each_for_itself() {
    let (site, nonce) = two_applications(Some([7; 32]));
    for (count, method) in [(1, "GET"), (2, "POST")] {
        let client = Client {
            method,
            ..Client::ada(&nonce, count)
        };
        assert_eq!(client.call(&site).text(), "ada by Digest", "{method}");
        let stale = parameter(&client.call(&site), "stale");
        assert_eq!(stale.as_deref(), Some("true"), "{method}");
    }
}
