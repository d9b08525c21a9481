//! Limits of wrong passwords.

use super::*;

#[test]
fn wrong_passwords_are_limited_and_stale_nonces_are_not_counted() {
    let throttle = || Throttle::new().per_user(Quota::per_minute(2));
    let app = app().throttle(throttle());
    let nonce = nonce(&app);
    let call = |password, nonce: &str, count| {
        let client = Client {
            password,
            ..Client::ada(nonce, count)
        };
        client.call(&app).status().code()
    };
    for _ in 0..5 {
        assert_eq!(call("adaada", "made up", 1), 401);
    }
    assert_eq!(call("adaada", &nonce, 1), 200);
    let statuses = [call("x", "n", 1), call("x", "n", 1), call("x", "n", 1)];
    assert_eq!(statuses, [401, 401, 429]);
    // Somebody who was right before goes on.
    assert_eq!(call("adaada", &nonce, 2), 200);
    // With the nonce of that user, nobody guesses for long.
    assert_eq!([call("x", &nonce, 3), call("x", &nonce, 3)], [401, 429]);
    let unlimited = self::app().throttle(None);
    for _ in 0..100 {
        let client = Client {
            password: "x",
            ..Client::ada(&nonce, 1)
        };
        assert_eq!(client.call(&unlimited).status().code(), 401);
    }
}

#[test]
fn a_user_whose_nonce_expires_is_not_kept_out_by_a_neighbour() {
    let seconds = Arc::new(AtomicU64::new(0));
    let clock = || {
        let now = seconds.clone();
        move || Duration::from_secs(now.load(Relaxed))
    };
    let quota = Quota::per_hour(2);
    let throttle = Throttle::new().per_address(quota).clock(clock());
    let app = app().throttle(throttle).clock(clock());
    let call = |user, password, nonce: &str, count| {
        let client = Client {
            user,
            password,
            ..Client::ada(nonce, count)
        };
        client.call(&app)
    };
    let mut nonce = nonce(&app);
    assert_eq!(call("ada", "adaada", &nonce, 1).status(), &Status::OK);
    let guesses = |name| [1, 2, 3, 4].map(|_| call("eve", name, "n", 1).status().code());
    assert_eq!(guesses("x"), [401, 401, 429, 429]);
    for round in 1..=3 {
        seconds.fetch_add(301, Relaxed);
        let response = call("ada", "adaada", &nonce, 2);
        assert_eq!(parameter(&response, "stale").as_deref(), Some("true"));
        nonce = parameter(&response, "nonce").expect("a nonce");
        let response = call("ada", "adaada", &nonce, 1);
        assert_eq!(response.status(), &Status::OK, "{round}");
    }
    // A nonce that nobody has proved to know a password by proves nothing.
    let other = self::nonce(&app);
    let response = call("ada", "adaada", &other, 1);
    assert_eq!(response.status(), &Status::TOO_MANY_REQUESTS);
    // Nor does an old one, if the password is wrong: from then on it is like any other.
    let statuses = [1, 2].map(|count| call("ada", "x", &nonce, count).status().code());
    assert_eq!(statuses, [401, 429]);
}
