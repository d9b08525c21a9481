//! The address that a server listens on.

use std::{fmt, path::PathBuf, str::FromStr};

/// A host and a port, as in `127.0.0.1:8000`, `[::1]:8000`, `localhost:8000` or `:8000`, or the
/// path of a Unix socket, as in `unix:/run/demo`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Address {
    Tcp {
        /// A name or an address without brackets. If empty, every interface.
        host: String,
        port: u16,
    },
    Unix(PathBuf),
}

impl Address {
    /// Whether this and another address cannot be listened on at the same time.
    pub(crate) fn excludes(&self, other: &Self) -> bool {
        let (host, port) = match self {
            Self::Tcp { host, port } => (host, port),
            Self::Unix(_) => return self == other,
        };
        match other {
            Self::Tcp { host: h, port: p } => {
                let is_same = host == h || host.is_empty() || h.is_empty();
                is_same && port == p && *port != 0
            }
            Self::Unix(_) => false,
        }
    }
}

impl FromStr for Address {
    type Err = NoAddress;

    fn from_str(text: &str) -> Result<Self, NoAddress> {
        if let Some(path) = text.strip_prefix("unix:") {
            return crate::path::path(path).map(Address::Unix).ok_or(NoAddress);
        }
        let (host, port) = text.rsplit_once(':').ok_or(NoAddress)?;
        let host = match host.strip_prefix('[') {
            Some(host) => host.strip_suffix(']').ok_or(NoAddress)?,
            // Without brackets the port could be part of the address.
            None if host.contains(':') => return Err(NoAddress),
            None => host,
        };
        if !port.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(NoAddress);
        }
        Ok(Address::Tcp {
            host: host.to_owned(),
            port: port.parse().map_err(|_| NoAddress)?,
        })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Address::Tcp { host, port } if host.contains(':') => write!(f, "[{host}]:{port}"),
            Address::Tcp { host, port } => write!(f, "{host}:{port}"),
            Address::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

/// The text is neither a host and port nor a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NoAddress;

#[cfg(test)]
mod tests {
    use super::{Address, NoAddress};

    #[track_caller]
    fn check(text: &str, host: &str, port: u16) {
        let host = host.to_owned();
        let address = Address::Tcp { host, port };
        assert_eq!(address.to_string(), text);
        assert_eq!(text.parse(), Ok(address));
    }

    #[test]
    fn an_address_is_a_host_and_a_port() {
        check("127.0.0.1:8000", "127.0.0.1", 8000);
        check("localhost:0", "localhost", 0);
        check("[::1]:65535", "::1", 65535);
        check(":80", "", 80);
    }

    #[test]
    fn an_address_is_the_path_of_a_socket() {
        for path in ["/run/demo", "demo:80", "unix:"] {
            let address = Address::Unix(path.into());
            assert_eq!(address.to_string(), format!("unix:{path}"));
            assert_eq!(address.to_string().parse(), Ok(address));
        }
    }

    #[test]
    fn an_address_excludes_itself_and_that_of_every_interface() {
        for (one, other, is_excluded) in [
            ("127.0.0.1:80", "127.0.0.1:80", true),
            (":80", "127.0.0.1:80", true),
            ("127.0.0.1:80", ":80", true),
            ("127.0.0.1:80", "127.0.0.1:81", false),
            ("127.0.0.1:80", "127.0.0.2:80", false),
            ("127.0.0.1:0", "127.0.0.1:0", false),
            ("unix:/a", "unix:/a", true),
            ("unix:/a", "unix:/b", false),
            ("unix:a", ":80", false),
            (":80", "unix:a", false),
        ] {
            let [one, other] = [one, other].map(|text| text.parse::<Address>().expect("one"));
            assert_eq!(one.excludes(&other), is_excluded, "{one} {other}");
        }
    }

    #[test]
    fn any_other_text_is_refused() {
        for text in [
            "",
            "8000",
            "localhost",
            "localhost:",
            "localhost:http",
            "localhost:+80",
            "localhost:65536",
            "::1:8000",
            "[::1]",
            "[::1:8000",
            "[]",
            "http://localhost:80",
            "unix:",
            "unix:/\u{fffd}",
            "unix",
        ] {
            assert_eq!(text.parse::<Address>(), Err(NoAddress), "{text:?}");
        }
    }
}
