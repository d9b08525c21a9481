//! The limits of what a request may contain, in each protocol.

use pyo3::prelude::*;
use wsgi_server::{Builder, Limits};

use crate::setting_values::{count, number, within};

/// The limits of each protocol.
#[derive(Debug, Default)]
pub(crate) struct RequestLimits {
    http: Limits,
    fastcgi: wsgi_fastcgi::Limits,
    scgi: wsgi_scgi::Limits,
    uwsgi: wsgi_uwsgi::Limits,
}

impl RequestLimits {
    /// Sets a setting, unless it is not a limit.
    pub(crate) fn set(&mut self, name: &str, value: &Bound<'_, PyAny>) -> PyResult<bool> {
        let Self {
            http,
            fastcgi,
            scgi,
            uwsgi,
        } = self;
        match name {
            "max_target_bytes" => *http = http.max_target_bytes(count(value)?),
            "max_head_bytes" => {
                let bytes = within(value, 1, u32::MAX as usize)?;
                *http = http.max_head_bytes(bytes);
                *fastcgi = fastcgi.max_head_bytes(bytes);
                *scgi = scgi.max_head_bytes(bytes);
                *uwsgi = uwsgi.max_head_bytes(bytes);
            }
            "max_fields" => *http = http.max_fields(within(value, 1, 256)?),
            "max_params" => {
                let count = within(value, 1, 1024)?;
                *fastcgi = fastcgi.max_params(count);
                *scgi = scgi.max_params(count);
                *uwsgi = uwsgi.max_params(count);
            }
            "max_interleaved" => {
                let records = within(value, 0, u32::MAX as usize)?;
                *fastcgi = fastcgi.max_interleaved(records as u32);
            }
            "max_body_bytes" => {
                let bytes = number(value)? as u64;
                *http = http.max_body_bytes(bytes);
                *fastcgi = fastcgi.max_body_bytes(bytes);
                *scgi = scgi.max_body_bytes(bytes);
                *uwsgi = uwsgi.max_body_bytes(bytes);
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    pub(crate) fn apply(self, builder: Builder) -> Builder {
        builder
            .limits(self.http)
            .fastcgi_limits(self.fastcgi)
            .scgi_limits(self.scgi)
            .uwsgi_limits(self.uwsgi)
    }
}
