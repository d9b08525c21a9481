//! Fields that are for one connection alone.

use wsgi_environ::is_hop_by_hop;

/// The fields of a message that its receiver does not pass on (RFC 9110 section 7.6.1).
#[derive(Clone, Debug, Default)]
pub(crate) struct ConnectionOptions(Vec<u8>);

impl ConnectionOptions {
    /// Those of a message with this Connection field, or with several that are joined by commas.
    pub(crate) fn new(connection: impl Into<Vec<u8>>) -> Self {
        Self(connection.into())
    }

    /// Whether Connection names this option or field. Its members are tokens (RFC 9110 section
    /// 7.6.1), so a quote hides none of them.
    pub(crate) fn has(&self, name: &str) -> bool {
        let mut options = self.0.split(|&byte| byte == b',').map(<[u8]>::trim_ascii);
        options.any(|option| !option.is_empty() && option.eq_ignore_ascii_case(name.as_bytes()))
    }

    /// Whether a field ends here: one of the connection, one that Connection names, or one of
    /// proxies that a client chooses. `Proxy-Status` is for the client as well (RFC 9209).
    pub(crate) fn ends(&self, name: &str) -> bool {
        is_hop_by_hop(name)
            || name.eq_ignore_ascii_case("Trailer")
            || starts_with(name, "Proxy-") && !name.eq_ignore_ascii_case("Proxy-Status")
            || self.has(name)
    }
}

/// Whether a name begins with a prefix, in any case.
pub(crate) fn starts_with(name: &str, prefix: &str) -> bool {
    let start = name.as_bytes().get(..prefix.len());
    start.is_some_and(|start| start.eq_ignore_ascii_case(prefix.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::ConnectionOptions;

    #[test]
    fn fields_of_the_connection_end_here_and_so_do_those_that_it_names() {
        let options = ConnectionOptions::new("close, X-Mine ,\t,x-other");
        for name in [
            "Connection",
            "keep-alive",
            "TE",
            "Trailer",
            "Transfer-Encoding",
            "Upgrade",
            "Proxy-Authenticate",
            "proxy-authorization",
            "Proxy-Connection",
            "x-mine",
            "X-Other",
        ] {
            assert!(options.ends(name), "{name}");
        }
        for name in [
            "Cookie",
            "Proxy-Status",
            "X-Min",
            "X-Mine-Too",
            "Proxy",
            "Via",
            "",
        ] {
            assert!(!options.ends(name), "{name}");
        }
        assert!(options.has("CLOSE") && !options.has("keep-alive"));
    }

    #[test]
    fn a_quote_hides_no_option() {
        for connection in [
            "\"x, x-mine, close",
            "\"x, x-mine, close, y\"",
            "x=\"\\\", x-mine ,close",
        ] {
            let options = ConnectionOptions::new(connection);
            assert!(
                options.ends("X-Mine") && options.has("close"),
                "{connection}"
            );
        }
    }
}
