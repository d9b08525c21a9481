//! Another hash function, and users whose names are hashed.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::Relaxed},
};

use sha2::{Digest, Sha512_256};
use wsgi_application::{Application, Status};
use wsgi_middleware::{DigestAlgorithm, DigestAuth, DigestSecret, DigestUsers, Quota, Throttle};
use wsgi_testing::Request;

use super::{Client, REALM, app, digits, hello, nonce, parameter};

/// The digits of SHA-512/256.
fn hash_512(text: &str) -> String {
    digits(&Sha512_256::digest(text))
}

/// The password of each user is their name twice. One has a name that is the hash of another name.
fn users(user: &str) -> Option<DigestSecret> {
    let password = format!("{user}{user}");
    let secret = DigestSecret::with_algorithm(DigestAlgorithm::Sha512_256, user, REALM, &password);
    (user == "ada" || user == user_hash("eve")).then_some(secret)
}

fn user_hash(user: &str) -> String {
    hash_512(&format!("{user}:{REALM}"))
}

fn plain() -> DigestAuth<impl Application, impl DigestUsers> {
    let app = DigestAuth::new(hello, REALM, users).expect("an application");
    app.algorithm(DigestAlgorithm::Sha512_256)
}

fn hashed() -> DigestAuth<impl Application, impl DigestUsers> {
    plain().hashed_users(|hash| {
        if hash == user_hash("down") {
            return Err("the database is down".into());
        }
        Ok((hash == user_hash("ada")).then(|| "ada".to_owned()))
    })
}

/// The status and the text for a user who sends this name or this hash.
fn call(app: &impl Application, user: &str, sent: &str, userhash: &str) -> (u16, String) {
    let nonce = nonce(app);
    let secret = hash_512(&format!("{user}:{REALM}:{user}{user}"));
    let request = hash_512("GET:/");
    let proof = hash_512(&format!("{secret}:{nonce}:00000001:c0:auth:{request}"));
    let realm = REALM.replace('\\', "\\\\").replace('"', "\\\"");
    let value = format!(
        "Digest username=\"{sent}\", realm=\"{realm}\", nonce=\"{nonce}\", uri=\"/\", \
         response=\"{proof}\", cnonce=\"c0\", nc=00000001, qop=auth, algorithm=SHA-512-256, \
         userhash={userhash}"
    );
    let response = Request::get("/").header("Authorization", value).call(app);
    (response.status().code(), response.text().to_owned())
}

fn ada() -> (u16, String) {
    (200, "ada by Digest".to_owned())
}

#[test]
fn the_hash_function_is_that_of_the_application() {
    let app = plain();
    assert_eq!(call(&app, "ada", "ada", "false"), ada());
    let response = Request::get("/").call(&app);
    let algorithm = parameter(&response, "algorithm");
    assert_eq!(algorithm.as_deref(), Some("SHA-512-256"));
    let nonce = nonce(&app);
    let other = Client::ada(&nonce, 1).call(&app);
    assert_eq!(other.status(), &Status::UNAUTHORIZED);
    assert_eq!(call(&self::app(), "ada", "ada", "false").0, 401);
}

#[test]
fn a_user_may_send_a_hash_if_the_site_asks_for_it() {
    let hash = user_hash("ada");
    assert_eq!(call(&hashed(), "ada", &hash, "true"), ada());
    assert_eq!(call(&hashed(), "ada", "ada", "false"), ada());
    assert_eq!(call(&plain(), "ada", &hash, "true").0, 401);
    let userhash = |app: &dyn Application| parameter(&Request::get("/").call(app), "userhash");
    assert_eq!(userhash(&hashed()).as_deref(), Some("true"));
    assert_eq!(userhash(&plain()), None);
}

#[test]
fn a_hash_of_nobody_is_not_a_name() {
    let hash = user_hash("eve");
    assert_eq!(call(&hashed(), &hash, &hash, "false").0, 200);
    assert_eq!(call(&hashed(), &hash, &hash, "true").0, 401);
}

#[test]
fn a_hash_that_cannot_be_looked_up_does_not_pass() {
    assert_eq!(call(&hashed(), "ada", &user_hash("down"), "true").0, 500);
}

#[test]
fn wrong_passwords_count_for_a_user_however_named() {
    let throttle = Throttle::new().per_user(Quota::per_minute(2));
    let app = app().throttle(throttle).hashed_users(|hash| {
        let is_ada = hash == DigestAlgorithm::Sha256.user_hash("ada", REALM);
        Ok(is_ada.then(|| "ada".to_owned()))
    });
    let client = Client {
        password: "x",
        ..Client::ada("n", 1)
    };
    let value = client.value();
    let hash = DigestAlgorithm::Sha256.user_hash("ada", REALM);
    let hashed = value.replace("\"ada\"", &format!("\"{hash}\"")) + ", userhash=true";
    let status = |value: &str| {
        let request = Request::get("/").header("Authorization", value);
        request.call(&app).status().code()
    };
    let statuses = [&value, &hashed, &value, &hashed].map(|value| status(value));
    assert_eq!(statuses, [401, 401, 429, 429]);
}

#[test]
fn a_hash_is_looked_up_only_if_the_throttle_lets_it_pass() {
    let lookups = Arc::new(AtomicUsize::new(0));
    let count = lookups.clone();
    let throttle = Throttle::new().per_address(Quota::per_minute(2));
    let app = app().throttle(throttle).hashed_users(move |hash| {
        count.fetch_add(1, Relaxed);
        if hash == DigestAlgorithm::Sha256.user_hash("down", REALM) {
            return Err("the database is down".into());
        }
        let is_ada = hash == DigestAlgorithm::Sha256.user_hash("ada", REALM);
        Ok(is_ada.then(|| "ada".to_owned()))
    });
    let status = |client: &Client<'_>| {
        let (value, user) = (client.value(), client.user);
        let hash = DigestAlgorithm::Sha256.user_hash(user, REALM);
        let hashed = value.replace(&format!("\"{user}\""), &format!("\"{hash}\""));
        let request = Request::get("/").header("Authorization", hashed + ", userhash=true");
        request.call(&app).status().code()
    };
    let nonce = nonce(&app);
    assert_eq!(status(&Client::ada(&nonce, 1)), 200);
    let other = |user| Client {
        user,
        ..Client::ada("n", 1)
    };
    // A lookup that fails counts as a wrong password.
    let statuses = ["down", "eve", "eve", "down"].map(|user| status(&other(user)));
    assert_eq!(statuses, [500, 401, 429, 429]);
    assert_eq!(lookups.load(Relaxed), 3);
    // Who was right before goes on, by hash and by name.
    assert_eq!(status(&Client::ada(&nonce, 2)), 200);
    let by_name = Client::ada(&nonce, 3).call(&app);
    assert_eq!(by_name.status(), &Status::OK);
}
