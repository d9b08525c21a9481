//! The options for proxies in front of the program.

use std::str::FromStr;

use clap::{
    Args,
    builder::{PossibleValuesParser, TypedValueParser},
};
use wsgi::{
    Application,
    middleware::{ForwardedBy, InvalidNetwork, Network, TrustedProxies},
};

/// The options for proxies that speak HTTP with the program.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Proxies {
    /// Trust the proxies at an address, in a network such as 10.0.0.0/8, or at a unix socket
    ///
    /// NET is an IPv4 or IPv6 address, a network in CIDR notation, or the word unix, for all peers
    /// of a Unix socket. The address, scheme, host, port and prefix of a request then come from the
    /// header fields of these proxies. Such fields from anybody else are removed. Repeat the option
    /// for several networks, or separate them by commas. Without it, no proxy is trusted, and no
    /// field is removed.
    #[arg(
        long = "trust-proxy",
        env = "WSGI_TRUST_PROXY",
        value_name = "NET",
        value_delimiter = ',',
        value_parser = proxy
    )]
    pub(crate) trusted: Vec<Proxy>,

    /// Read the fields x-forwarded of trusted proxies, the default, or the field forwarded
    ///
    /// x-forwarded means X-Forwarded-For, -Proto, -Host, -Port and -Prefix. A proxy must set,
    /// extend or remove each of them. forwarded means the field of RFC 7239.
    #[arg(
        long,
        env = "WSGI_FORWARDED_BY",
        value_name = "FIELDS",
        value_parser = forwarded_by()
    )]
    pub(crate) forwarded_by: Option<ForwardedBy>,
}

/// A place of trusted proxies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Proxy {
    /// The addresses of a network.
    Network(Network),
    /// The peers of Unix sockets.
    Unix,
}

impl FromStr for Proxy {
    type Err = InvalidNetwork;

    fn from_str(text: &str) -> Result<Self, InvalidNetwork> {
        match text {
            "unix" => Ok(Self::Unix),
            network => network.parse().map(Self::Network),
        }
    }
}

impl Proxies {
    /// Adds the middleware that trusts these proxies to a site.
    pub(crate) fn around<A: Application>(&self, site: A) -> TrustedProxies<A> {
        let site = TrustedProxies::new(site).forwarded_by(self.forwarded_by.unwrap_or_default());
        self.trusted.iter().fold(site, |site, proxy| match proxy {
            Proxy::Network(network) => site.trust(*network),
            Proxy::Unix => site.trust_unix(true),
        })
    }
}

fn proxy(value: &str) -> Result<Proxy, &'static str> {
    let takes = "an IP address, a network such as 10.0.0.0/8, or unix";
    value.parse().map_err(|_| takes)
}

fn forwarded_by() -> impl TypedValueParser<Value = ForwardedBy> {
    PossibleValuesParser::new(["x-forwarded", "forwarded"]).map(|name| match &*name {
        "forwarded" => ForwardedBy::Forwarded,
        _ => ForwardedBy::XForwarded,
    })
}

#[cfg(test)]
mod tests {
    use super::{ForwardedBy, Proxies, Proxy};
    use crate::command::{Asked, Command};

    fn parse(line: &str) -> Result<Proxies, String> {
        match Asked::parse(line.split_whitespace().map(Into::into)) {
            Ok(Asked::To(command)) => match *command {
                Command::Demo(demo) => Ok(demo.proxies),
                other => panic!("`{line}` is {other:?}"),
            },
            Ok(Asked::Text(text)) => panic!("`{line}` shows {text}"),
            Err(error) => Err(error.to_string()),
        }
    }

    #[test]
    fn every_trusted_proxy_counts() {
        let lines = [
            "demo --trust-proxy 10.0.0.0/8 --trust-proxy unix --trust-proxy=2001:db8::1",
            "demo --trust-proxy 10.0.0.0/8,unix --trust-proxy=2001:db8::1",
        ];
        let network = |text: &str| Proxy::Network(text.parse().expect("a network"));
        let expected = Proxies {
            trusted: vec![network("10.0.0.0/8"), Proxy::Unix, network("2001:db8::1")],
            forwarded_by: None,
        };
        for line in lines {
            assert_eq!(parse(line), Ok(expected.clone()), "{line}");
        }
        assert_eq!(parse("demo"), Ok(Proxies::default()));
    }

    #[test]
    fn the_fields_of_proxies_are_named() {
        for (name, forwarded_by) in [
            ("x-forwarded", ForwardedBy::XForwarded),
            ("forwarded", ForwardedBy::Forwarded),
        ] {
            let line = format!("demo --trust-proxy unix --forwarded-by {name}");
            let proxies = parse(&line).expect("options");
            assert_eq!(proxies.forwarded_by, Some(forwarded_by));
        }
    }

    #[test]
    fn wrong_values_are_refused() {
        let takes = "--trust-proxy takes an IP address, a network such as 10.0.0.0/8, or unix";
        for value in ["", "localhost", "10.0.0.1/8", "10.0.0.0/33", "unix:/a"] {
            let error = parse(&format!("demo --trust-proxy={value}"));
            assert_eq!(error, Err(format!("{takes}, not {value:?}")));
        }
        let error = parse("demo --trust-proxy=10.0.0.0/8,x");
        assert_eq!(error, Err(format!("{takes}, not \"x\"")));
        assert_eq!(
            parse("demo --trust-proxy unix --forwarded-by x"),
            Err("--forwarded-by takes x-forwarded or forwarded, not \"x\"".to_owned())
        );
        assert_eq!(
            parse("demo --forwarded-by forwarded"),
            Err("--forwarded-by needs --trust-proxy NET".to_owned())
        );
    }
}
