//! Requests over a rate limit.

mod clock;
mod concurrency;
mod keys;
mod memory;
mod model;

use std::{io, time::Duration};

use wsgi_application::{Environ, Result, StartResponse, Status, application};
use wsgi_environ::Input;
use wsgi_middleware::{Quota, RateLimit, RateLimited};
use wsgi_testing::{Request, Response};

use self::clock::Clock;

fn hello(_environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
    start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
    Ok("hello".into())
}

fn is_admitted(response: &Response) -> bool {
    response.status() != &Status::TOO_MANY_REQUESTS
}

/// All fields of a response with a name, or an empty string.
fn field(response: &Response, name: &str) -> String {
    let values = response.headers().get_all(name);
    let values: Vec<_> = values.map(|value| value.to_string()).collect();
    values.join(", ")
}

#[test]
fn a_refused_request_has_a_short_answer_that_says_when_to_come_back() {
    let clock = Clock::default();
    let app = RateLimit::new(hello, Quota::per_minute(6)).clock(clock.read());
    for _ in 0..6 {
        let response = Request::get("/").call(&app);
        assert_eq!(response.text(), "hello");
        assert_eq!(field(&response, "RateLimit"), "");
        assert_eq!(field(&response, "RateLimit-Policy"), "");
    }
    clock.add_millis(1);
    let response = Request::get("/").call(&app);
    assert_eq!(response.status(), &Status::TOO_MANY_REQUESTS);
    assert_eq!(response.text(), "429 Too Many Requests\n");
    assert_eq!(field(&response, "Content-Type"), "text/plain");
    assert_eq!(field(&response, "Retry-After"), "10");
    assert_eq!(
        field(&response, "RateLimit-Policy"),
        r#""default";q=6;w=60"#
    );
    assert_eq!(field(&response, "RateLimit"), r#""default";r=0;t=10"#);
    assert_eq!(response.errors(), "");
}

#[test]
fn a_request_is_admitted_after_the_seconds_of_retry_after() {
    let clock = Clock::default();
    let quota = Quota::new(3, Duration::from_secs(10)).burst(1);
    let app = RateLimit::new(hello, quota).clock(clock.read());
    let get = || Request::get("/").call(&app);
    assert!(is_admitted(&get()));
    for (millis, retry_after) in [(0, "4"), (333, "4"), (334, "3"), (2000, "1"), (666, "1")] {
        clock.add_millis(millis);
        let response = get();
        assert!(!is_admitted(&response), "{millis}");
        assert_eq!(field(&response, "Retry-After"), retry_after, "{millis}");
    }
    clock.add_millis(1);
    assert!(is_admitted(&get()));
}

#[test]
fn a_refused_request_does_not_count() {
    let clock = Clock::default();
    let app = RateLimit::new(hello, Quota::per_second(1)).clock(clock.read());
    let get = || is_admitted(&Request::get("/").call(&app));
    assert!(get());
    for _ in 0..999 {
        clock.add_millis(1);
        assert!(!get());
    }
    clock.add_millis(1);
    assert!(get());
}

#[test]
fn a_refused_request_is_not_read_and_the_application_is_not_called() {
    let called = application(|environ, start_response| {
        io::copy(environ.input(), &mut io::sink())?;
        hello(environ, start_response)
    });
    let app = RateLimit::new(called, Quota::per_hour(1));
    let post = |body: &str| Request::post("/").body(body).call(&app);
    assert!(is_admitted(&post("first")));
    struct Unreadable;
    impl io::Read for Unreadable {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            panic!("the body of a refused request is read")
        }
    }
    let request = Request::post("/").input(Input::from_reader(Unreadable, Some(9)));
    assert!(!is_admitted(&request.call(&app)));
}

#[test]
fn admitted_responses_have_the_fields_if_that_is_asked() {
    let app = RateLimit::new(hello, Quota::per_second(2).burst(3))
        .clock(Clock::default().read())
        .on_every_response(true);
    for limit in ["r=2;t=1", "r=1;t=1", "r=0;t=1", "r=0;t=1"] {
        let response = Request::get("/").call(&app);
        assert_eq!(
            field(&response, "RateLimit"),
            format!("\"default\";{limit}")
        );
        assert_eq!(field(&response, "RateLimit-Policy"), r#""default";q=3;w=2"#);
        let retry_after = if is_admitted(&response) { "" } else { "1" };
        assert_eq!(field(&response, "Retry-After"), retry_after);
    }
}

#[test]
fn error_pages_have_the_fields_too() {
    let broken = application(|_environ, _start_response| Err("out of tea".into()));
    let inner = RateLimit::new(broken, Quota::per_second(7)).policy("inner");
    let app = RateLimit::new(inner.on_every_response(true), Quota::per_second(9));
    let response = Request::get("/").call(&app.on_every_response(true));
    assert_eq!(response.status(), &Status::INTERNAL_SERVER_ERROR);
    assert_eq!(
        field(&response, "RateLimit-Policy"),
        r#""default";q=9;w=1, "inner";q=7;w=1"#
    );

    let broken = application(|_environ, _start_response| Err("out of tea".into()));
    let app = RateLimit::new(hello, Quota::per_minute(1)).answer(broken);
    assert!(is_admitted(&Request::get("/").call(&app)));
    let response = Request::get("/").call(&app);
    assert_eq!(response.status(), &Status::INTERNAL_SERVER_ERROR);
    assert_eq!(field(&response, "Retry-After"), "60");
}

#[test]
fn the_fields_of_several_limits_stand_beside_each_other() {
    let clock = Clock::default();
    let short = RateLimit::new(hello, Quota::per_second(5))
        .policy("short")
        .on_every_response(true)
        .clock(clock.read());
    let app = RateLimit::new(short, Quota::per_hour(50))
        .policy("long")
        .on_every_response(true)
        .clock(clock.read());
    let response = Request::get("/").call(&app);
    assert_eq!(
        field(&response, "RateLimit"),
        r#""short";r=4;t=1, "long";r=49;t=72"#
    );
}

#[test]
fn an_application_can_answer_refused_requests() {
    let wait = application(|environ, start_response| {
        let limited = *environ.extension::<RateLimited>().unwrap();
        start_response.start(Status::SERVICE_UNAVAILABLE, [("Retry-After", "99")])?;
        Ok(format!("wait {}", limited.retry_after()).into())
    });
    let app = RateLimit::new(hello, Quota::per_hour(4)).answer(wait);
    for _ in 0..4 {
        assert!(is_admitted(&Request::get("/").call(&app)));
    }
    let response = Request::get("/").call(&app);
    assert_eq!(response.status(), &Status::SERVICE_UNAVAILABLE);
    assert_eq!(response.text(), "wait 900");
    assert_eq!(field(&response, "Retry-After"), "99");
    assert_eq!(field(&response, "RateLimit"), r#""default";r=0;t=900"#);
}

#[test]
fn the_name_of_a_policy_is_quoted() {
    let named = |name| {
        let app = RateLimit::new(hello, Quota::per_second(1)).policy(name);
        field(
            &Request::get("/").call(&app.on_every_response(true)),
            "RateLimit",
        )
    };
    assert_eq!(named("a b~"), r#""a b~";r=0;t=1"#);
    assert_eq!(named(r#"a"b\c"#), r#""a\"b\\c";r=0;t=1"#);
    assert_eq!(named(""), r#""";r=0;t=1"#);
}

#[test]
fn settings_without_a_meaning_are_refused() {
    #[track_caller]
    fn refuses(set: impl FnOnce() + std::panic::UnwindSafe) {
        assert!(std::panic::catch_unwind(set).is_err());
    }
    #[track_caller]
    fn quota(make: impl FnOnce() -> Quota + std::panic::UnwindSafe) {
        refuses(|| {
            make();
        });
    }
    quota(|| Quota::per_second(0));
    quota(|| Quota::new(1, Duration::ZERO));
    quota(|| Quota::per_second(1).burst(0));
    let limit = || RateLimit::new(hello, Quota::per_second(1));
    refuses(move || drop(limit().policy("caf\u{e9}")));
    refuses(move || drop(limit().policy("a\nb")));
    refuses(move || drop(limit().policy("\u{7f}")));
    refuses(move || drop(limit().ipv6_prefix(129)));
    let _ = limit().ipv6_prefix(128);
}
