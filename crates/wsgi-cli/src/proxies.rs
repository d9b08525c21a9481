//! The options for proxies in front of the program.

use std::str::FromStr;

use clap::{
    Args,
    builder::{PossibleValuesParser, TypedValueParser},
};
use wsgi::{
    Application,
    middleware::{ForwardedBy, InvalidNetwork, Network, TrustedProxies},
    server::ProxyProtocol,
};

use crate::{
    address::Address,
    conflict::Conflict,
    option_value::{switch, yes_or_no},
};

/// The options for proxies in front of the program.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
#[command(next_help_heading = "Proxies")]
pub(crate) struct Proxies {
    /// Trust the proxies at an address, in a network such as 10.0.0.0/8, or at a unix socket
    ///
    /// NET is an IPv4 or IPv6 address, a network in CIDR notation, or the word unix, for all peers
    /// of a Unix socket. The address and the scheme of a request then come from the header fields
    /// of these proxies. Such fields from anybody else are removed. Repeat the option for several
    /// networks, or separate them by commas. Without it, no proxy is trusted, and no field is
    /// removed. With --proxy-protocol, these proxies name their clients by the PROXY protocol
    /// instead.
    #[arg(
        long = "trust-proxy",
        env = "WSGI_TRUST_PROXY",
        value_name = "NET",
        value_delimiter = ',',
        value_parser = proxy
    )]
    pub(crate) trusted: Vec<Proxy>,

    /// Read these fields of trusted proxies: x-forwarded (the default) or forwarded
    ///
    /// x-forwarded means X-Forwarded-For and -Proto, and -Host, -Port and -Prefix if the next
    /// options say so. A proxy must set, extend or remove each of those that count. forwarded means
    /// the field of RFC 7239.
    #[arg(
        long,
        env = "WSGI_FORWARDED_BY",
        value_name = "FIELDS",
        value_parser = forwarded_by()
    )]
    pub(crate) forwarded_by: Option<ForwardedBy>,

    /// Believe the host and the port in the fields of trusted proxies; default: no
    ///
    /// Choose yes if a proxy changes the Host field, and sets or removes X-Forwarded-Host and
    /// X-Forwarded-Port, or the host in Forwarded. Most proxies pass these on from their clients,
    /// who would then choose the host. With no, they are removed, and the host is that of the Host
    /// field.
    #[arg(
        long,
        env = "WSGI_TRUST_FORWARDED_HOST",
        value_name = "yes|no",
        value_parser = yes_or_no()
    )]
    pub(crate) trust_forwarded_host: Option<bool>,

    /// Believe the prefix in X-Forwarded-Prefix of trusted proxies; default: no
    ///
    /// Choose yes if a proxy removes a prefix from the path, and sets the field on every request.
    /// Most proxies pass it on from their clients, who would then choose the prefix.
    #[arg(
        long,
        env = "WSGI_TRUST_FORWARDED_PREFIX",
        value_name = "yes|no",
        value_parser = yes_or_no()
    )]
    pub(crate) trust_forwarded_prefix: Option<bool>,

    /// Expect the PROXY protocol on every connection, from the proxies of --trust-proxy alone
    ///
    /// Each connection begins with a header of version 1 or 2, which names the client. That of
    /// version 2 may also describe the client's TLS connection. A connection without a header, or
    /// from anybody else, is closed. Such a proxy passes on the fields X-Forwarded-* and Forwarded
    /// of its clients, so they are removed. If trusted proxies before it write some of them, name
    /// these by --forwarded-by.
    #[arg(long, env = "WSGI_PROXY_PROTOCOL", value_parser = switch)]
    pub(crate) proxy_protocol: bool,
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
    /// Refuses options that do not fit each other.
    pub(crate) fn check(&self) -> Result<(), Conflict> {
        let (host, prefix) = (self.trust_forwarded_host, self.trust_forwarded_prefix);
        let options = [
            ("--proxy-protocol", self.proxy_protocol),
            ("--forwarded-by", self.forwarded_by.is_some()),
            ("--trust-forwarded-host", host.is_some()),
            ("--trust-forwarded-prefix", prefix.is_some()),
        ];
        Conflict::unless(!self.trusted.is_empty(), "--trust-proxy NET", &options)
    }

    /// The PROXY protocol with these proxies, if they speak it.
    pub(crate) fn protocol(&self) -> Option<ProxyProtocol> {
        let trusted = self.trusted.iter();
        self.proxy_protocol.then(|| {
            trusted.fold(ProxyProtocol::new(), |settings, proxy| match proxy {
                Proxy::Network(network) => settings.trust(*network),
                Proxy::Unix => settings.trust_unix(true),
            })
        })
    }

    /// Whether clients at an address could be served: not if it expects the PROXY protocol and
    /// trusts no proxy there.
    pub(crate) fn admit_any(&self, address: &Address) -> bool {
        let is_unix = matches!(address, Address::Unix(_));
        let mut trusted = self.trusted.iter();
        !self.proxy_protocol || trusted.any(|proxy| (*proxy == Proxy::Unix) == is_unix)
    }

    /// Adds the middleware that trusts these proxies to a site.
    pub(crate) fn around<A: Application>(&self, site: A) -> TrustedProxies<A> {
        let site = TrustedProxies::new(site)
            .forwarded_by(self.forwarded_by.unwrap_or_default())
            .trust_host(self.trust_forwarded_host.unwrap_or(false))
            .trust_prefix(self.trust_forwarded_prefix.unwrap_or(false));
        if self.proxy_protocol && self.forwarded_by.is_none() {
            return site; // it trusts nobody
        }
        self.trusted.iter().fold(site, |site, proxy| match proxy {
            Proxy::Network(network) => site.trust(*network),
            Proxy::Unix => site.trust_unix(true),
        })
    }
}

fn proxy(value: &str) -> Result<Proxy, String> {
    value.parse().map_err(|error| match error {
        InvalidNetwork::NotFirst(network) => {
            format!("a network by its first address, {network}")
        }
        _ => "an IP address, a network such as 10.0.0.0/8, or unix".to_owned(),
    })
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
    use crate::{asked::Asked, command::Command};

    fn parse(line: &str) -> Result<Proxies, String> {
        match Asked::parse(line.split_whitespace().map(Into::into)) {
            Ok(Asked::To(command)) => match *command {
                Command::Demo(demo) => Ok(demo.site.proxies),
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
            ..Proxies::default()
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
    fn host_and_prefix_of_proxies_are_believed_or_not() {
        for (answer, is_believed) in [("yes", true), ("no", false)] {
            let line = format!(
                "demo --trust-proxy unix --trust-forwarded-host {answer} \
                 --trust-forwarded-prefix={answer}"
            );
            let expected = Proxies {
                trusted: vec![Proxy::Unix],
                trust_forwarded_host: Some(is_believed),
                trust_forwarded_prefix: Some(is_believed),
                ..Proxies::default()
            };
            assert_eq!(parse(&line), Ok(expected));
        }
    }

    #[test]
    fn the_proxy_protocol_needs_to_know_whom_to_trust() {
        let proxies = parse("demo --proxy-protocol --trust-proxy unix").expect("options");
        assert!(proxies.proxy_protocol && proxies.protocol().is_some());
        assert!(
            parse("demo --trust-proxy unix")
                .expect("options")
                .protocol()
                .is_none()
        );
        assert_eq!(
            parse("demo --proxy-protocol"),
            Err(
                "--proxy-protocol needs --trust-proxy NET: add that, or leave out \
                 --proxy-protocol"
                    .to_owned()
            )
        );
    }

    #[test]
    fn wrong_values_are_refused() {
        let takes = "--trust-proxy takes an IP address, a network such as 10.0.0.0/8, or unix";
        for value in ["", "localhost", "10.0.0.0/33", "unix:/a"] {
            let error = parse(&format!("demo --trust-proxy={value}"));
            assert_eq!(error, Err(format!("{takes}, not {value:?}")));
        }
        let error = parse("demo --trust-proxy=10.0.0.0/8,x");
        assert_eq!(error, Err(format!("{takes}, not \"x\"")));
        let error = parse("demo --trust-proxy=10.0.0.1/8");
        let first = "--trust-proxy takes a network by its first address, 10.0.0.0/8, not";
        assert_eq!(error, Err(format!("{first} \"10.0.0.1/8\"")));
        assert_eq!(
            parse("demo --trust-proxy unix --forwarded-by x"),
            Err("--forwarded-by takes x-forwarded or forwarded, not \"x\"".to_owned())
        );
        for option in [
            "--forwarded-by forwarded",
            "--trust-forwarded-host no",
            "--trust-forwarded-prefix no",
        ] {
            let name = option.split(' ').next().unwrap_or_default();
            let error = format!("{name} needs --trust-proxy NET: add that, or leave out {name}");
            assert_eq!(parse(&format!("demo {option}")), Err(error));
        }
    }
}
