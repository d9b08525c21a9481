//! Wrong passwords: how many are checked, and whom that keeps out.

#![cfg(feature = "basic-auth")]

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed},
    },
    thread,
    time::Duration,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use wsgi_application::{Application, Environ, Result, StartResponse, Status};
use wsgi_middleware::{BasicAuth, PasswordCheck, Quota, Throttle};
use wsgi_testing::{Request, Response};

fn hello(_environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
    start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
    Ok("hello".into())
}

/// An application whose passwords are `right`, and what it saw.
#[derive(Clone, Default)]
struct Watched {
    seconds: Arc<AtomicU64>,
    checks: Arc<AtomicUsize>,
    changed: Arc<AtomicUsize>,
}

impl Watched {
    fn app(&self, throttle: Throttle) -> impl Application + use<> {
        let Self {
            seconds,
            checks,
            changed,
        } = self.clone();
        let throttle = throttle.clock(move || Duration::from_secs(seconds.load(Relaxed)));
        let check = move |_user: &str, password: &str| {
            checks.fetch_add(1, Relaxed);
            password == "right" && changed.load(Relaxed) == 0
        };
        BasicAuth::new(hello, "Cave", check).throttle(throttle)
    }

    fn checks(&self) -> usize {
        self.checks.load(Relaxed)
    }
}

fn ask(app: &impl Application, address: &str, user: &str, password: &str) -> Response {
    let credentials = STANDARD.encode(format!("{user}:{password}"));
    Request::get("/")
        .variable("REMOTE_ADDR", address)
        .header("Authorization", format!("Basic {credentials}"))
        .call(app)
}

fn status(app: &impl Application, address: &str, user: &str, password: &str) -> u16 {
    ask(app, address, user, password).status().code()
}

fn throttle() -> Throttle {
    Throttle::new()
        .per_user(Quota::per_minute(3))
        .per_address(Quota::per_minute(6))
}

#[test]
fn wrong_passwords_of_a_user_are_limited_and_not_checked_any_more() {
    let watched = Watched::default();
    let app = watched.app(throttle());
    for attempt in 1..=3 {
        assert_eq!(status(&app, "192.0.2.1", "ada", "wrong"), 401, "{attempt}");
    }
    for password in ["wrong", "right"] {
        let response = ask(&app, "192.0.2.1", "ada", password);
        assert_eq!(response.status(), &Status::TOO_MANY_REQUESTS);
        assert_eq!(response.headers().get("Retry-After").unwrap(), "20");
        assert!(!response.headers().contains("WWW-Authenticate"));
    }
    assert_eq!(watched.checks(), 3);
    // A refusal does not count.
    watched.seconds.store(20, Relaxed);
    assert_eq!(status(&app, "192.0.2.1", "ada", "right"), 200);
}

#[test]
fn wrong_passwords_of_an_address_are_limited_for_all_users_together() {
    let watched = Watched::default();
    let app = watched.app(throttle());
    for user in 0..6 {
        assert_eq!(status(&app, "192.0.2.1", &user.to_string(), "wrong"), 401);
    }
    assert_eq!(status(&app, "192.0.2.1", "another", "wrong"), 429);
    assert_eq!(status(&app, "192.0.2.2", "another", "wrong"), 401);
    assert_eq!(status(&app, "::ffff:192.0.2.1", "another", "wrong"), 429);
}

#[test]
fn a_network_of_ipv6_is_one_address() {
    let app = Watched::default().app(throttle());
    for host in 0..6 {
        let address = format!("2001:db8:0:1::{host}");
        assert_eq!(status(&app, &address, &host.to_string(), "wrong"), 401);
    }
    assert_eq!(status(&app, "2001:db8:0:1:ffff::", "a", "right"), 429);
    assert_eq!(status(&app, "2001:db8:0:2::", "a", "right"), 200);
}

#[test]
fn all_networks_of_a_customer_have_sixteen_times_the_quota_of_one() {
    let watched = Watched::default();
    let app = watched.app(throttle());
    let statuses = (0..500).map(|network| {
        let address = format!("2001:db8:7:{network:x}::1");
        status(&app, &address, "ada", "wrong")
    });
    assert_eq!(statuses.filter(|status| *status == 401).count(), 3 * 16);
    assert_eq!(watched.checks(), 3 * 16);
    // All users together have no more than the networks of sixteen addresses.
    let users = (0..500).map(|network| {
        let address = format!("2001:db8:7:{network:x}::2");
        status(&app, &address, &format!("user {network}"), "wrong")
    });
    assert_eq!(users.filter(|status| *status == 401).count(), 6 * 16 - 48);
    assert_eq!(status(&app, "2001:db8:8::1", "ada", "wrong"), 401);
}

#[test]
fn one_network_of_ipv6_uses_up_no_quota_of_its_neighbours() {
    let app = Watched::default().app(throttle());
    for user in 0..500 {
        status(&app, "2001:db8:7:1::1", &user.to_string(), "wrong");
        status(&app, "2001:db8:7:1::1", "ada", "wrong");
    }
    for network in ["2001:db8:7::1", "2001:db8:7:2::1"] {
        assert_eq!(status(&app, network, "ada", "wrong"), 401, "{network}");
        assert_eq!(status(&app, network, "ada", "right"), 200, "{network}");
    }
}

#[test]
fn a_stranger_keeps_no_user_out() {
    let watched = Watched::default();
    let app = watched.app(throttle());
    assert_eq!(status(&app, "192.0.2.1", "ada", "right"), 200);
    // From elsewhere, with the user's name.
    for address in 0..100 {
        for _ in 0..4 {
            let address = format!("198.51.100.{address}");
            status(&app, &address, "ada", "wrong");
        }
    }
    assert_eq!(status(&app, "192.0.2.7", "ada", "right"), 200);
    // From the same address, while the user is known.
    for attempt in 0..100 {
        status(&app, "192.0.2.1", &attempt.to_string(), "wrong");
        status(&app, "192.0.2.1", "ada", "wrong");
    }
    assert_eq!(status(&app, "192.0.2.1", "ada", "wrong"), 429);
    assert_eq!(status(&app, "192.0.2.1", "ada", "right"), 200);
}

#[test]
fn a_login_elsewhere_does_not_tell_a_stranger_which_guess_is_right() {
    let watched = Watched::default();
    let app = watched.app(throttle());
    for address in ["192.0.2.1", "2001:db8:0:1::1"] {
        assert_eq!(status(&app, address, "ada", "right"), 200);
    }
    for stranger in ["198.51.100.1", "2001:db8:0:2::1"] {
        for _ in 0..3 {
            assert_eq!(status(&app, stranger, "ada", "wrong"), 401);
        }
        for password in ["wrong", "right"] {
            assert_eq!(status(&app, stranger, "ada", password), 429, "{stranger}");
        }
    }
    for address in ["192.0.2.1", "2001:db8:0:1::2"] {
        assert_eq!(status(&app, address, "ada", "right"), 200);
    }
}

#[test]
fn right_passwords_never_use_up_the_quota() {
    let app = Watched::default().app(throttle());
    for user in 0..50 {
        assert_eq!(status(&app, "192.0.2.1", &user.to_string(), "right"), 200);
    }
    assert_eq!(status(&app, "192.0.2.1", "ada", "wrong"), 401);
}

#[test]
fn a_right_password_does_not_forgive_wrong_ones() {
    let app = Watched::default().app(throttle());
    for _ in 0..3 {
        assert_eq!(status(&app, "192.0.2.1", "ada", "wrong"), 401);
        assert_eq!(status(&app, "192.0.2.1", "own", "right"), 200);
    }
    assert_eq!(status(&app, "192.0.2.1", "ada", "wrong"), 429);
}

#[test]
fn a_password_that_is_right_no_longer_is_checked_and_counts() {
    let watched = Watched::default();
    let app = watched.app(throttle());
    assert_eq!(status(&app, "192.0.2.1", "ada", "right"), 200);
    watched.changed.store(1, Relaxed);
    for status_code in [401, 401, 401, 429, 429] {
        assert_eq!(status(&app, "192.0.2.1", "ada", "right"), status_code);
    }
    assert_eq!(watched.checks(), 4);
}

#[test]
fn clients_without_an_address_are_limited_together() {
    let watched = Watched::default();
    let app = watched.app(throttle());
    for address in ["", "unix:", "somewhere"] {
        assert_eq!(status(&app, address, "ada", "wrong"), 401, "{address}");
    }
    assert_eq!(status(&app, "elsewhere", "ada", "wrong"), 429);
    for user in ["bob", "cy", "dan"] {
        assert_eq!(status(&app, "unix:", user, "wrong"), 401, "{user}");
    }
    assert_eq!(status(&app, "", "eve", "wrong"), 429);
    assert_eq!(status(&app, "::", "eve", "wrong"), 401);
    assert_eq!(status(&app, "192.0.2.1", "eve", "wrong"), 401);
}

/// A check that fails while it is down. The password is `right`.
struct Database {
    is_down: Arc<AtomicBool>,
}

impl PasswordCheck for Database {
    fn check(&self, _user: &str, password: &str) -> Result<bool> {
        match self.is_down.load(Relaxed) {
            true => Err("the database is down".into()),
            false => Ok(password == "right"),
        }
    }
}

#[test]
fn a_password_that_cannot_be_checked_counts_but_keeps_no_known_user_out() {
    let is_down = Arc::new(AtomicBool::new(false));
    let database = Database {
        is_down: Arc::clone(&is_down),
    };
    let throttle = throttle().clock(|| Duration::ZERO);
    let app = BasicAuth::with_check(hello, "Cave", database).throttle(throttle);
    assert_eq!(status(&app, "192.0.2.1", "ada", "right"), 200);
    is_down.store(true, Relaxed);
    for status_code in [500, 500, 500, 429] {
        assert_eq!(status(&app, "192.0.2.1", "ada", "guess"), status_code);
    }
    assert_eq!(status(&app, "192.0.2.1", "ada", "right"), 500);
    is_down.store(false, Relaxed);
    assert_eq!(status(&app, "192.0.2.1", "ada", "guess"), 429);
    assert_eq!(status(&app, "192.0.2.1", "ada", "right"), 200);
}

#[test]
fn without_a_throttle_nobody_is_limited() {
    let app = BasicAuth::new(hello, "Cave", |_, _| false).throttle(None);
    for _ in 0..100 {
        assert_eq!(status(&app, "192.0.2.1", "ada", "wrong"), 401);
    }
}

#[test]
fn a_request_without_a_password_does_not_count() {
    let app = Watched::default().app(throttle());
    for _ in 0..20 {
        let request = Request::get("/").variable("REMOTE_ADDR", "192.0.2.1");
        assert_eq!(request.call(&app).status(), &Status::UNAUTHORIZED);
    }
    assert_eq!(status(&app, "192.0.2.1", "ada", "right"), 200);
}

#[test]
fn guessing_in_parallel_is_paid_for_later() {
    let watched = Watched::default();
    let app = watched.app(throttle());
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..10 {
                    status(&app, "192.0.2.1", "ada", "wrong");
                }
            });
        }
    });
    // Each thread may check one password before the others count theirs.
    let checked = watched.checks();
    assert!((3..=3 + 8).contains(&checked), "{checked}");
    let minutes = (checked as u64 - 3) / 3;
    watched.seconds.store(minutes * 60, Relaxed);
    assert_eq!(status(&app, "192.0.2.1", "ada", "wrong"), 429);
    watched.seconds.store(10 * 60, Relaxed);
    assert_eq!(status(&app, "192.0.2.1", "ada", "right"), 200);
}

#[test]
fn many_addresses_take_no_more_memory_and_forget_no_refusal() {
    let watched = Watched::default();
    let app = watched.app(throttle().max_keys(4096));
    for _ in 0..3 {
        status(&app, "192.0.2.1", "ada", "wrong");
    }
    for number in 0..2000_u32 {
        let address = std::net::Ipv4Addr::from(0x0a00_0000 + number).to_string();
        assert_eq!(status(&app, &address, "ada", "wrong"), 401);
    }
    assert_eq!(status(&app, "192.0.2.1", "ada", "right"), 429);
}
