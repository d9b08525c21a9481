//! The `Date` and `Server` fields. They are written once a second.

use std::time::{Duration, Instant, SystemTime};

use wsgi_http1::encode;

/// The field lines that every response of an origin server has (RFC 9110 sections 6.6.1 and
/// 10.2.4).
#[derive(Debug)]
pub(crate) struct Clock {
    /// The `Date` field line, then the `Server` field line if the server names itself.
    fields: Vec<u8>,
    date_length: usize,
    software: String,
    valid_until: Option<Instant>,
}

impl Clock {
    pub(crate) fn new(software: &str) -> Self {
        Self {
            fields: Vec::new(),
            date_length: 0,
            software: software.to_owned(),
            valid_until: None,
        }
    }

    /// Advances the date to `now`.
    #[inline]
    pub(crate) fn advance(&mut self, now: Instant) {
        if self.valid_until.is_none_or(|until| now >= until) {
            self.write(now);
        }
    }

    #[cold]
    fn write(&mut self, now: Instant) {
        let time = SystemTime::now();
        let since_epoch = time
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default();
        let seconds = Duration::from_secs(since_epoch.as_secs());
        let text = httpdate::fmt_http_date(SystemTime::UNIX_EPOCH + seconds);
        self.fields.clear();
        encode::field(&mut self.fields, b"Date", text.as_bytes());
        self.date_length = self.fields.len();
        if !self.software.is_empty() {
            encode::field(&mut self.fields, b"Server", self.software.as_bytes());
        }
        self.valid_until = Some(now + (seconds + Duration::from_secs(1) - since_epoch));
    }

    pub(crate) fn date_and_server(&self) -> &[u8] {
        &self.fields
    }

    pub(crate) fn date(&self) -> &[u8] {
        &self.fields[..self.date_length]
    }

    pub(crate) fn server(&self) -> &[u8] {
        &self.fields[self.date_length..]
    }
}
