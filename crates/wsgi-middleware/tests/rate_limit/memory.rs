//! The bound of the number of keys.

use std::{ops::Range, time::Duration};

use wsgi_allocations::of_this_thread;
use wsgi_application::{Application, Environ, Exchange, StartResponse};
use wsgi_middleware::{Mounts, Quota, RateLimit};
use wsgi_testing::Request;

use super::{clock::Clock, hello, is_admitted};

fn limit(quota: Quota, max_keys: usize, clock: &Clock) -> RateLimit<impl Application + use<>> {
    RateLimit::new(hello, quota)
        .max_keys(max_keys)
        .clock(clock.read())
        .key(|environ| environ.get("KEY").map(|key| key.to_string()))
}

fn request(app: &impl Application, key: &(impl ToString + ?Sized)) -> bool {
    is_admitted(&Request::get("/").variable("KEY", key.to_string()).call(app))
}

#[test]
fn a_flood_of_new_keys_does_not_reset_a_limited_key() {
    for max_keys in [1, 16, 100] {
        let clock = Clock::default();
        let app = limit(Quota::per_minute(60), max_keys, &clock);
        let flood = |keys: Range<u32>| {
            for key in keys {
                assert!(request(&app, &key));
                clock.add_millis(1);
            }
        };
        flood(0..500);
        for _ in 0..60 {
            assert!(request(&app, "limited"));
        }
        flood(500..5500);
        // Five seconds gave it five requests.
        for _ in 0..5 {
            assert!(request(&app, "limited"));
        }
        assert!(!request(&app, "limited"));
    }
}

#[test]
fn keys_that_use_less_than_the_limited_one_are_forgotten_before_it() {
    let clock = Clock::default();
    let app = limit(Quota::per_hour(10), 16, &clock);
    for _ in 0..10 {
        assert!(request(&app, "limited"));
    }
    for key in 0..100 {
        for _ in 0..9 {
            assert!(request(&app, &key));
        }
    }
    assert!(!request(&app, "limited"));
}

#[test]
fn a_key_with_a_full_quota_makes_room_without_a_loss() {
    let clock = Clock::default();
    let app = limit(Quota::per_second(2), 16, &clock);
    // In each round 16 keys are limited, and all of the round before have full quotas again.
    for round in 0..10 {
        let keys = || (0..16).map(|key| format!("{round} {key}"));
        for is_expected in [true, true, false] {
            assert!(keys().all(|key| request(&app, &key) == is_expected));
        }
        clock.add(Duration::from_secs(1));
    }
}

#[test]
fn many_keys_are_limited_each_for_itself() {
    let app = limit(Quota::per_hour(1), 65_536, &Clock::default());
    assert!((0..5000).all(|key| request(&app, &key)));
    assert!((0..5000).all(|key| !request(&app, &key)));
}

#[test]
fn the_number_of_keys_is_rounded_up() {
    let clock = Clock::default();
    for (max_keys, rounded) in [(0, 16), (1, 16), (16, 16), (17, 32), (1000, 1008)] {
        let app = limit(Quota::per_hour(1), max_keys, &clock);
        let printed = format!(
            "{:?}",
            RateLimit::new(Mounts::new(), Quota::per_hour(1)).max_keys(max_keys)
        );
        assert!(
            printed.contains(&format!("max_keys: {rounded},")),
            "{printed}"
        );
        assert!(request(&app, "a") && !request(&app, "a"));
    }
}

#[test]
fn an_admitted_request_allocates_nothing() {
    let app = RateLimit::new(hello, Quota::per_hour(100_000)).max_keys(16);
    let (mut environ, mut exchange) = (Environ::new(), Exchange::new());
    let mut call = |address: &str| {
        environ.clear();
        environ.set("REMOTE_ADDR", address);
        exchange.clear();
        let mut sent = Vec::new();
        let mut start_response = StartResponse::new(&mut exchange, &mut sent);
        assert!(app.call(&mut environ, &mut start_response).is_ok());
    };
    call("2001:db8:ffff:ffff::");
    let addresses: Vec<_> = (0..100).map(|n| format!("2001:db8:{n}::")).collect();
    let before = of_this_thread();
    addresses.iter().for_each(|address| call(address));
    assert_eq!(of_this_thread() - before, 0);
}
