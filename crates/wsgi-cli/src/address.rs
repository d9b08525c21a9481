//! Where a server listens.

use std::{fmt, str::FromStr};

/// A host and a port, as in `127.0.0.1:8000`, `[::1]:8000`, `localhost:8000` or `:8000`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Address {
    /// A name or an address, without brackets; empty for every interface.
    pub(crate) host: String,
    pub(crate) port: u16,
}

impl Default for Address {
    fn default() -> Self {
        Address {
            host: "127.0.0.1".to_owned(),
            port: 8000,
        }
    }
}

impl FromStr for Address {
    type Err = NoAddress;

    fn from_str(text: &str) -> Result<Self, NoAddress> {
        let (host, port) = text.rsplit_once(':').ok_or(NoAddress)?;
        let host = match host.strip_prefix('[') {
            Some(host) => host.strip_suffix(']').ok_or(NoAddress)?,
            // Without brackets the port could be a part of the address.
            None if host.contains(':') => return Err(NoAddress),
            None => host,
        };
        if !port.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(NoAddress);
        }
        Ok(Address {
            host: host.to_owned(),
            port: port.parse().map_err(|_| NoAddress)?,
        })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.host.contains(':') {
            true => write!(f, "[{}]:{}", self.host, self.port),
            false => write!(f, "{}:{}", self.host, self.port),
        }
    }
}

/// It is no host and port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NoAddress;

#[cfg(test)]
mod tests {
    use super::{Address, NoAddress};

    #[track_caller]
    fn check(text: &str, host: &str, port: u16) {
        let host = host.to_owned();
        let address = Address { host, port };
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
    fn anything_else_is_no_address() {
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
        ] {
            assert_eq!(text.parse::<Address>(), Err(NoAddress), "{text:?}");
        }
    }
}
