//! The client in the access log and in the keys of rate limits.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use wsgi_middleware::{AccessLog, LogWriter, Quota, RateLimit};

use super::*;

#[test]
fn the_access_log_has_the_client_wherever_it_stands() {
    let fields = "X-Forwarded-For: 192.0.2.7\nX-Forwarded-Proto: https\nX-Forwarded-Host: a";
    let format = "{client} {scheme} {host}";
    let lines = Arc::new(Mutex::new(Vec::new()));
    let log = || {
        let lines = Arc::clone(&lines);
        let log = LogWriter::builder().format(format.parse().expect("a format"));
        let log = log.closure(move |line| lines.lock().unwrap().push(line.trim_end().to_owned()));
        log.expect("a log")
    };
    let around = AccessLog::new(trusting(tell, ForwardedBy::XForwarded), log());
    let within = trusting(AccessLog::new(tell, log()), ForwardedBy::XForwarded);
    let apps: [Box<dyn Application>; 2] = [Box::new(around), Box::new(within)];
    for app in &apps {
        from("10.0.0.1", fields).call(app);
        from("192.0.2.8", fields).call(app);
    }
    drop(apps);
    let expected = ["192.0.2.7 https a", "192.0.2.8 http inner:8000"].repeat(2);
    let mut lines = lines.lock().unwrap().clone();
    lines.sort();
    let mut expected: Vec<_> = expected.into_iter().map(str::to_owned).collect();
    expected.sort();
    assert_eq!(lines, expected);
}

#[test]
fn a_rate_limit_counts_the_requests_of_the_client() {
    let quota = Quota::new(1, Duration::from_secs(3600));
    let app = RateLimit::new(tell, quota);
    let app = TrustedProxies::new(app).trust("10.0.0.1".parse().unwrap());
    let status = |list: &str| {
        let response = from("10.0.0.1", &format!("X-Forwarded-For: {list}")).call(&app);
        response.status().code()
    };
    assert_eq!(status("192.0.2.7"), 200);
    assert_eq!(status("192.0.2.8"), 200);
    assert_eq!(status("203.0.113.9, 192.0.2.7"), 429);
}
