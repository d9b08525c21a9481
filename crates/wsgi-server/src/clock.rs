//! The `Date` and `Server` fields, written once a second.

use std::time::{Duration, Instant, SystemTime};

/// The fields that every response of an origin server carries (RFC 9110
/// sections 6.6.1 and 10.2.4), as they go out.
#[derive(Debug)]
pub(crate) struct Clock {
    date: Vec<u8>,
    server: Vec<u8>,
    valid_until: Option<Instant>,
}

impl Clock {
    pub(crate) fn new(software: &str) -> Self {
        let mut server = Vec::new();
        if !software.is_empty() {
            wsgi_http1::encode::field(&mut server, b"Server", software.as_bytes());
        }
        Clock {
            date: Vec::new(),
            server,
            valid_until: None,
        }
    }

    /// Brings the date up to `now`.
    pub(crate) fn advance(&mut self, now: Instant) {
        if self.valid_until.is_some_and(|until| now < until) {
            return;
        }
        let time = SystemTime::now();
        let since_epoch = time
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default();
        let text = httpdate::fmt_http_date(
            SystemTime::UNIX_EPOCH + Duration::from_secs(since_epoch.as_secs()),
        );
        self.date.clear();
        wsgi_http1::encode::field(&mut self.date, b"Date", text.as_bytes());
        self.valid_until =
            Some(now + Duration::from_nanos(1_000_000_000 - u64::from(since_epoch.subsec_nanos())));
    }

    /// The `Date` field line.
    pub(crate) fn date(&self) -> &[u8] {
        &self.date
    }

    /// The `Server` field line; empty where the server does not name itself.
    pub(crate) fn server(&self) -> &[u8] {
        &self.server
    }
}
