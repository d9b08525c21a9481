//! Decisions, compared with a leaky bucket in exact numbers.

use std::{collections::BTreeMap, time::Duration};

use proptest::prelude::*;
use wsgi_application::Application;
use wsgi_middleware::{Quota, RateLimit};
use wsgi_testing::{Request, Response};

use super::{clock::Clock, field, hello, is_admitted};

/// A quota, as the numbers that it was made of.
#[derive(Clone, Copy, Debug)]
struct Numbers {
    requests: u32,
    window: Duration,
    burst: u32,
}

impl Numbers {
    fn quota(self) -> Quota {
        Quota::new(self.requests, self.window).burst(self.burst)
    }
}

/// A bucket that a request fills by the window's nanoseconds, and that leaks `requests` of these
/// units in a nanosecond.
#[derive(Clone, Copy, Default)]
struct Bucket {
    level: u128,
    filled_at: Duration,
}

impl Bucket {
    /// Whether the request is admitted, the remaining requests, and the seconds until one more.
    fn request(&mut self, numbers: Numbers, now: Duration) -> (bool, u128, u128) {
        let (rate, request) = (u128::from(numbers.requests), numbers.window.as_nanos());
        let size = request * u128::from(numbers.burst);
        let leaked = (now - self.filled_at).as_nanos() * rate;
        (self.level, self.filled_at) = (self.level.saturating_sub(leaked), now);
        let is_admitted = size - self.level >= request;
        if is_admitted {
            self.level += request;
        }
        let remaining = (size - self.level) / request;
        let missing = (remaining + 1) * request - (size - self.level);
        let seconds = missing.div_ceil(rate).div_ceil(1_000_000_000);
        (is_admitted, remaining, seconds.min(999_999_999_999_999))
    }
}

fn limit(numbers: Numbers, clock: &Clock) -> RateLimit<impl Application + use<>> {
    RateLimit::new(hello, numbers.quota())
        .clock(clock.read())
        .on_every_response(true)
        .key(|environ| environ.get("KEY").map(|key| key.to_string()))
}

fn request(app: &impl Application, key: u8) -> Response {
    Request::get("/").variable("KEY", key.to_string()).call(app)
}

#[track_caller]
fn check(numbers: Numbers, requests: impl IntoIterator<Item = (Duration, u8)>) {
    let clock = Clock::default();
    let app = limit(numbers, &clock);
    let mut buckets: BTreeMap<u8, Bucket> = BTreeMap::new();
    let mut now = Duration::ZERO;
    for (time, key) in requests {
        now = now.saturating_add(time);
        clock.set(now);
        let response = request(&app, key);
        let bucket = buckets.entry(key).or_default();
        let (expected, remaining, seconds) = bucket.request(numbers, now);
        assert_eq!(is_admitted(&response), expected, "{numbers:?} at {now:?}");
        let limit = format!(r#""default";r={remaining};t={seconds}"#);
        assert_eq!(
            field(&response, "RateLimit"),
            limit,
            "{numbers:?} at {now:?}"
        );
        let retry_after = if expected {
            String::new()
        } else {
            seconds.to_string()
        };
        assert_eq!(field(&response, "Retry-After"), retry_after);
    }
}

fn numbers() -> impl Strategy<Value = Numbers> {
    let window = prop_oneof![
        1_u64..100,
        1_u64..10_000_000_000,
        Just(1_000_000_000),
        Just(3_600_000_000_000),
    ];
    (1_u32..50, window, 1_u32..20).prop_map(|(requests, window, burst)| Numbers {
        requests,
        window: Duration::from_nanos(window),
        burst,
    })
}

/// Numbers of any size, often the largest or smallest.
fn extreme_numbers() -> impl Strategy<Value = Numbers> {
    let number = || prop_oneof![Just(1), Just(u32::MAX), 1..=u32::MAX];
    let window = prop_oneof![
        Just(Duration::from_nanos(1)),
        Just(Duration::MAX),
        (1_u64.., 0..1_000_000_000_u32).prop_map(|(secs, nanos)| Duration::new(secs, nanos)),
    ];
    (number(), window, number()).prop_map(|(requests, window, burst)| Numbers {
        requests,
        window,
        burst,
    })
}

proptest! {
    #[test]
    fn decisions_are_those_of_a_leaky_bucket(
        numbers in numbers(),
        // In hundredths of the time that one request takes.
        requests in prop::collection::vec((0_u32..300, 0_u8..3), 1..50),
    ) {
        let step = numbers.window / numbers.requests;
        check(numbers, requests.into_iter().map(|(n, key)| (step * n / 100, key)));
    }

    #[test]
    fn extreme_numbers_do_not_overflow(
        numbers in extreme_numbers(),
        times in prop::collection::vec(
            prop_oneof![Just(Duration::ZERO), Just(Duration::MAX), any::<u64>().prop_map(Duration::from_nanos)],
            1..20,
        ),
    ) {
        check(numbers, times.into_iter().map(|time| (time, 0)));
    }

    #[test]
    fn no_time_admits_more_than_its_share_and_the_burst(
        numbers in numbers(),
        times in prop::collection::vec(0_u32..200, 1..50),
    ) {
        let clock = Clock::default();
        let app = limit(numbers, &clock);
        let step = numbers.window / numbers.requests;
        let (mut now, mut admitted) = (Duration::ZERO, Vec::new());
        for time in times {
            now += step * time / 100;
            clock.set(now);
            if is_admitted(&request(&app, 0)) {
                admitted.push(now.as_nanos());
            }
        }
        for (index, start) in admitted.iter().enumerate() {
            for (number, end) in (1..).zip(&admitted[index..]) {
                let share = (end - start) * u128::from(numbers.requests) / numbers.window.as_nanos();
                prop_assert!(number <= u128::from(numbers.burst) + share);
            }
        }
    }

    #[test]
    fn a_client_that_keeps_to_the_advertised_policy_is_never_refused(
        numbers in numbers(),
        steps in prop::collection::vec(0_u32..200, 1..50),
    ) {
        let clock = Clock::default();
        let app = limit(numbers, &clock);
        let policy = field(&request(&app, 1), "RateLimit-Policy");
        let policy = policy.strip_prefix("\"default\";q=").unwrap();
        let (most, window) = policy.split_once(";w=").unwrap();
        let (most, window) = (most.parse::<usize>().unwrap(), window.parse().unwrap());
        let window = Duration::from_secs(window);
        let (mut now, mut sent) = (Duration::ZERO, Vec::new());
        for step in steps {
            now += window / 100 * step;
            // The earliest time at which the window before it has room.
            if sent.len() >= most {
                now = now.max(sent[sent.len() - most] + window);
            }
            sent.push(now);
            clock.set(now);
            prop_assert!(is_admitted(&request(&app, 0)));
        }
    }

    #[test]
    fn a_clock_that_goes_back_never_admits_more(
        times in prop::collection::vec(0_u64..10_000, 1..50),
    ) {
        let clock = Clock::default();
        let numbers = Numbers { requests: 1, window: Duration::from_secs(1), burst: 3 };
        let app = limit(numbers, &clock);
        let mut admitted = 0;
        for time in &times {
            clock.set(Duration::from_millis(*time));
            let response = request(&app, 0);
            admitted += u64::from(is_admitted(&response));
            prop_assert_ne!(field(&response, "RateLimit"), "");
        }
        prop_assert!(admitted <= 3 + times.iter().max().unwrap() / 1000);
    }
}
