//! The Max-Forwards field (RFC 9110 section 7.6.2).

use wsgi_environ::Environ;
use wsgi_headers::Value;

/// The number of servers that a request may still reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MaxForwards {
    /// As far as there are servers.
    Unlimited,
    /// To this number of further servers after the next one.
    Left(u64),
    /// No further than here.
    Here,
}

impl MaxForwards {
    /// Only TRACE and OPTIONS are limited. A value that is not a number limits nothing, and is not
    /// passed on.
    pub(crate) fn of(environ: &Environ) -> Self {
        let method = environ.request_method();
        if method != "TRACE" && method != "OPTIONS" {
            return Self::Unlimited;
        }
        let value = environ.get("HTTP_MAX_FORWARDS").map(Value::as_bytes);
        match value {
            Some(digits @ [_, ..]) if digits.iter().all(u8::is_ascii_digit) => {
                let text = str::from_utf8(digits).unwrap_or_default();
                match text.parse::<u64>().unwrap_or(u64::MAX) {
                    0 => Self::Here,
                    number => Self::Left(number - 1),
                }
            }
            _ => Self::Unlimited,
        }
    }
}

#[cfg(test)]
mod tests {
    use wsgi_environ::Environ;

    use super::MaxForwards;

    #[test]
    fn trace_and_options_go_a_step_less_far() {
        use MaxForwards::*;
        for (method, value, expected) in [
            ("TRACE", "0", Here),
            ("OPTIONS", "000", Here),
            ("OPTIONS", "1", Left(0)),
            ("TRACE", "10", Left(9)),
            ("TRACE", "99999999999999999999999", Left(u64::MAX - 1)),
            ("TRACE", "", Unlimited),
            ("TRACE", "-1", Unlimited),
            ("TRACE", "1, 0", Unlimited),
            ("GET", "0", Unlimited),
        ] {
            let mut environ = Environ::new();
            environ.set("REQUEST_METHOD", method);
            environ.set("HTTP_MAX_FORWARDS", value);
            assert_eq!(MaxForwards::of(&environ), expected, "{method} {value}");
        }
    }
}
