//! The options for requests and responses.

use std::time::Duration;

use clap::Args;
use wsgi::{
    fastcgi, scgi,
    server::{Builder, Limits},
    uwsgi,
};

use super::set;
use crate::option_value::{bytes, count, fields, head_bytes, params, target_bytes, timeout};

/// The options for requests and responses.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
#[command(next_help_heading = "Requests and responses")]
pub(crate) struct Requests {
    /// Refuse a request whose head takes longer than this; more than 0; default: 15
    #[arg(long, env = "WSGI_HEAD_TIMEOUT", value_name = "SECONDS", value_parser = timeout)]
    pub(crate) head_timeout: Option<Duration>,

    /// Refuse a request whose body takes longer than this; more than 0; default: 30
    ///
    /// A body that arrives at --min-rate or faster may take longer.
    #[arg(long, env = "WSGI_BODY_TIMEOUT", value_name = "SECONDS", value_parser = timeout)]
    pub(crate) body_timeout: Option<Duration>,

    /// Cut a client that takes longer than this for a response; more than 0; default: 30
    ///
    /// A client that takes it at --min-rate or faster may take longer.
    #[arg(long, env = "WSGI_WRITE_TIMEOUT", value_name = "SECONDS", value_parser = timeout)]
    pub(crate) write_timeout: Option<Duration>,

    /// Add a second to a time-out whenever this number of bytes has passed; default: 500
    ///
    /// This holds for --body-timeout and --write-timeout. With 0, each byte begins the whole
    /// time-out anew.
    #[arg(long, env = "WSGI_MIN_RATE", value_name = "BYTES", value_parser = bytes)]
    pub(crate) min_rate: Option<u64>,

    /// Answer 504 if the site takes longer than this for a request; more than 0; default: no limit
    ///
    /// Its thread is stuck until the site returns.
    #[arg(long, env = "WSGI_REQUEST_TIMEOUT", value_name = "SECONDS", value_parser = timeout)]
    pub(crate) request_timeout: Option<Duration>,

    /// Cut a connection whose response takes longer than this; more than 0; default: no limit
    ///
    /// The time begins with the head of the response.
    #[arg(long, env = "WSGI_RESPONSE_TIMEOUT", value_name = "SECONDS", value_parser = timeout)]
    pub(crate) response_timeout: Option<Duration>,

    /// Refuse a request whose target is longer than this; default: 8192
    #[arg(long, env = "WSGI_MAX_TARGET_BYTES", value_name = "BYTES", value_parser = target_bytes)]
    pub(crate) max_target_bytes: Option<usize>,

    /// Refuse a request whose head is longer than this; default: 32768
    ///
    /// The default is 65536 for FastCGI and SCGI, and 65535 for uwsgi, which allows no more.
    #[arg(long, env = "WSGI_MAX_HEAD_BYTES", value_name = "BYTES", value_parser = head_bytes)]
    pub(crate) max_head_bytes: Option<usize>,

    /// Refuse a request with more header fields than this, at most 256; default: 100
    #[arg(long, env = "WSGI_MAX_FIELDS", value_name = "N", value_parser = fields)]
    pub(crate) max_fields: Option<usize>,

    /// Refuse a front server's request with more variables than this, at most 1024; default: 256
    ///
    /// This holds for FastCGI, SCGI and uwsgi.
    #[arg(long, env = "WSGI_MAX_PARAMS", value_name = "N", value_parser = params)]
    pub(crate) max_params: Option<usize>,

    /// Refuse a FastCGI request if more other records than this are among its own; default: 64
    ///
    /// Those are management records, records of other requests, and records of the type DATA. The
    /// number is at most 4294967295.
    #[arg(long, env = "WSGI_MAX_INTERLEAVED", value_name = "N", value_parser = records)]
    pub(crate) max_interleaved: Option<u32>,

    /// Refuse a request whose body is longer than this; default: 1GiB
    #[arg(long, env = "WSGI_MAX_BODY_BYTES", value_name = "BYTES", value_parser = bytes)]
    pub(crate) max_body_bytes: Option<u64>,

    /// Log at most this number of lines of a backtrace; default: all of them
    #[arg(long, env = "WSGI_MAX_BACKTRACE_LINES", value_name = "N", value_parser = count)]
    pub(crate) max_backtrace_lines: Option<usize>,
}

impl Requests {
    pub(super) fn apply(&self, builder: Builder) -> Builder {
        let builder = set(builder, self.head_timeout, Builder::head_timeout);
        let builder = set(builder, self.body_timeout, Builder::body_timeout);
        let builder = set(builder, self.write_timeout, Builder::write_timeout);
        let builder = set(builder, self.min_rate, Builder::min_rate);
        let builder = set(builder, self.request_timeout, Builder::request_timeout);
        let builder = set(builder, self.response_timeout, Builder::response_timeout);
        let lines = self.max_backtrace_lines.map(Some);
        let builder = set(builder, lines, Builder::max_backtrace_lines);
        self.limit_sizes(builder)
    }

    fn limit_sizes(&self, builder: Builder) -> Builder {
        let (mut http, mut fastcgi) = (Limits::new(), fastcgi::Limits::new());
        let (mut scgi, mut uwsgi) = (scgi::Limits::new(), uwsgi::Limits::new());
        if let Some(bytes) = self.max_target_bytes {
            http = http.max_target_bytes(bytes);
        }
        if let Some(bytes) = self.max_head_bytes {
            http = http.max_head_bytes(bytes);
            fastcgi = fastcgi.max_head_bytes(bytes);
            scgi = scgi.max_head_bytes(bytes);
            uwsgi = uwsgi.max_head_bytes(bytes);
        }
        if let Some(count) = self.max_fields {
            http = http.max_fields(count);
        }
        if let Some(count) = self.max_params {
            fastcgi = fastcgi.max_params(count);
            scgi = scgi.max_params(count);
            uwsgi = uwsgi.max_params(count);
        }
        if let Some(records) = self.max_interleaved {
            fastcgi = fastcgi.max_interleaved(records);
        }
        if let Some(bytes) = self.max_body_bytes {
            http = http.max_body_bytes(bytes);
            fastcgi = fastcgi.max_body_bytes(bytes);
            scgi = scgi.max_body_bytes(bytes);
            uwsgi = uwsgi.max_body_bytes(bytes);
        }
        builder
            .limits(http)
            .fastcgi_limits(fastcgi)
            .scgi_limits(scgi)
            .uwsgi_limits(uwsgi)
    }
}

fn records(value: &str) -> Result<u32, &'static str> {
    value.parse().map_err(|_| "a number from 0 to 4294967295")
}
