//! TLS: its options, and the setup that they describe.

mod self_signed;
mod setup;
mod tickets;

use std::path::{Path, PathBuf};

use clap::{
    Args, ValueHint,
    builder::{PossibleValuesParser, TypedValueParser},
};
use wsgi::server::{ClientAuth, Protocol, TlsVersion};

use crate::{
    address::Address,
    conflict::Conflict,
    option_value::{path, switch},
};

pub(crate) use self::{setup::Setup, tickets::Tickets};

/// The options of TLS.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
#[command(next_help_heading = "TLS")]
pub(crate) struct TlsOptions {
    /// Serve https with the certificate in this PEM file
    ///
    /// The file begins with the certificate of the site. Those of the authorities between it and a
    /// root follow. For several certificates, repeat the option together with --tls-key, or
    /// separate files by commas. A client gets the certificate with the name that it asks for, or
    /// else the first one. On SIGHUP, the program reads all files of TLS again.
    #[arg(
        long = "tls-cert",
        env = "WSGI_TLS_CERT",
        value_name = "FILE",
        value_delimiter = ',',
        value_hint = ValueHint::FilePath,
        value_parser = path()
    )]
    pub(crate) certificates: Vec<PathBuf>,

    /// Use the private key in this PEM file, which belongs to the certificate of --tls-cert
    ///
    /// With several certificates, the first key belongs to the first of them, and so on.
    #[arg(
        long = "tls-key",
        env = "WSGI_TLS_KEY",
        value_name = "FILE",
        value_delimiter = ',',
        value_hint = ValueHint::FilePath,
        value_parser = path()
    )]
    pub(crate) keys: Vec<PathBuf>,

    /// Serve https with a certificate that is made at the start, for development
    ///
    /// No authority has issued it, so browsers ask before they accept it. It is for localhost,
    /// 127.0.0.1, ::1 and the host of --bind. The program prints its SHA-256 fingerprint. Several
    /// --processes cannot share it.
    #[arg(long = "tls-self-signed", env = "WSGI_TLS_SELF_SIGNED", value_parser = switch)]
    pub(crate) self_signed: bool,

    /// Ask clients for certificates that an authority in this PEM file has issued
    #[arg(
        long = "tls-client-ca",
        env = "WSGI_TLS_CLIENT_CA",
        value_name = "FILE",
        value_hint = ValueHint::FilePath,
        value_parser = path()
    )]
    pub(crate) client_authorities: Option<PathBuf>,

    /// Say whether clients need a certificate: optional or required (the default)
    #[arg(
        long = "tls-client-auth",
        env = "WSGI_TLS_CLIENT_AUTH",
        value_name = "WHETHER",
        value_parser = client_auth()
    )]
    pub(crate) client_auth: Option<ClientAuth>,

    /// Encrypt tickets of TLS sessions with the keys in this file, for several machines
    ///
    /// By the same file, a client resumes its session with each machine. Only the owner and the
    /// group of the file may read it. Each line is a key in base64, such as `openssl rand -base64
    /// 48` prints. The first one encrypts, and all of them decrypt. Without this option, the
    /// program makes keys, which all its processes share.
    #[arg(
        long = "tls-ticket-keys",
        env = "WSGI_TLS_TICKET_KEYS",
        value_name = "FILE",
        value_hint = ValueHint::FilePath,
        value_parser = path()
    )]
    pub(crate) ticket_keys: Option<PathBuf>,

    /// Refuse clients that speak only older versions of TLS: 1.2 (the default) or 1.3
    #[arg(
        long = "tls-min-version",
        env = "WSGI_TLS_MIN_VERSION",
        value_name = "VERSION",
        value_parser = version()
    )]
    pub(crate) min_version: Option<TlsVersion>,

    /// Also listen for http on this address, such as :80, and redirect to https
    ///
    /// An inherited socket with the name http does the same.
    #[arg(
        long = "redirect-http",
        env = "WSGI_REDIRECT_HTTP",
        value_name = "ADDR",
        value_parser = tcp
    )]
    pub(crate) redirect_http: Option<Address>,

    /// Redirect to this port, at most 65535; default: the port of the first https socket
    #[arg(
        long = "redirect-port",
        env = "WSGI_REDIRECT_PORT",
        value_name = "PORT",
        value_parser = port
    )]
    pub(crate) redirect_port: Option<u16>,
}

impl TlsOptions {
    /// Whether the program speaks TLS.
    pub(crate) fn are_on(&self) -> bool {
        self.self_signed || !self.certificates.is_empty()
    }

    /// Whether there are files, which can be read again.
    pub(crate) fn has_files(&self) -> bool {
        !self.certificates.is_empty()
            || self.client_authorities.is_some()
            || self.ticket_keys.is_some()
    }

    /// Whether the certificate is made at the start.
    pub(crate) fn is_self_signed(&self) -> bool {
        self.self_signed
    }

    /// The names of the options that name this file: `--tls-cert or --tls-key`.
    fn options_of(&self, path: &Path) -> Option<String> {
        let is_it = |file: &PathBuf| file == path;
        let options = [
            ("--tls-cert", self.certificates.iter().any(is_it)),
            ("--tls-key", self.keys.iter().any(is_it)),
            ("--tls-client-ca", self.client_authorities.iter().any(is_it)),
            ("--tls-ticket-keys", self.ticket_keys.iter().any(is_it)),
        ];
        let options = options.into_iter().filter(|(_, names_it)| *names_it);
        let names: Vec<_> = options.map(|(name, _)| name).collect();
        (!names.is_empty()).then(|| names.join(" or "))
    }

    /// The address that redirects to https, if there is one.
    pub(crate) fn redirect_http(&self) -> Option<&Address> {
        self.redirect_http.as_ref()
    }

    /// Refuses options that do not fit each other.
    pub(crate) fn check(&self, protocol: Protocol) -> Result<(), Conflict> {
        if self.certificates.len() != self.keys.len() {
            return Err(Conflict::Pairs {
                certificates: self.certificates.len(),
                keys: self.keys.len(),
            });
        }
        if self.self_signed && !self.certificates.is_empty() {
            return Err(Conflict::Both("--tls-self-signed", "--tls-cert"));
        }
        let options = [
            ("--tls-cert", !self.certificates.is_empty()),
            ("--tls-self-signed", self.self_signed),
        ];
        let given = options.iter().find(|(_, is_given)| *is_given);
        if let Some((option, _)) = given
            && protocol != Protocol::Http
        {
            return Err(Conflict::FrontHasTls(option));
        }
        let options = [
            ("--tls-client-ca", self.client_authorities.is_some()),
            ("--tls-client-auth", self.client_auth.is_some()),
            ("--tls-ticket-keys", self.ticket_keys.is_some()),
            ("--tls-min-version", self.min_version.is_some()),
            ("--redirect-http", self.redirect_http.is_some()),
            ("--redirect-port", self.redirect_port.is_some()),
        ];
        Conflict::unless(
            self.are_on(),
            "--tls-cert FILE or --tls-self-signed",
            &options,
        )?;
        let client_auth = ("--tls-client-auth", self.client_auth.is_some());
        let has_authorities = self.client_authorities.is_some();
        Conflict::unless(has_authorities, "--tls-client-ca FILE", &[client_auth])
    }
}

fn client_auth() -> impl TypedValueParser<Value = ClientAuth> {
    PossibleValuesParser::new(["optional", "required"]).map(|name| match &*name {
        "optional" => ClientAuth::Optional,
        _ => ClientAuth::Required,
    })
}

fn version() -> impl TypedValueParser<Value = TlsVersion> {
    PossibleValuesParser::new(["1.2", "1.3"]).map(|name| match &*name {
        "1.3" => TlsVersion::V1_3,
        _ => TlsVersion::V1_2,
    })
}

fn tcp(value: &str) -> Result<Address, &'static str> {
    let address = value.parse().ok();
    let address = address.filter(|address| matches!(address, Address::Tcp { .. }));
    address.ok_or("a host and a port, such as 127.0.0.1:8080 or :80")
}

fn port(value: &str) -> Result<u16, &'static str> {
    let port = value.parse().ok().filter(|&port| port > 0);
    port.ok_or("a number from 1 to 65535")
}

#[cfg(test)]
mod tests {
    use super::{Address, ClientAuth, TlsOptions, TlsVersion};
    use crate::{asked::Asked, command::Command};

    fn parse(line: &str) -> Result<TlsOptions, String> {
        match Asked::parse(line.split_whitespace().map(Into::into)) {
            Ok(Asked::To(command)) => match *command {
                Command::Demo(demo) => Ok(demo.site.tls),
                other => panic!("`{line}` is {other:?}"),
            },
            Ok(Asked::Text(text)) => panic!("`{line}` shows {text}"),
            Err(error) => Err(error.to_string()),
        }
    }

    #[test]
    fn every_pair_of_files_counts() {
        let expected = TlsOptions {
            certificates: vec!["a.pem".into(), "b.pem".into()],
            keys: vec!["a.key".into(), "b.key".into()],
            ..TlsOptions::default()
        };
        for line in [
            "demo --tls-cert a.pem --tls-key a.key --tls-cert b.pem --tls-key b.key",
            "demo --tls-cert a.pem,b.pem --tls-key=a.key,b.key",
        ] {
            assert_eq!(parse(line), Ok(expected.clone()), "{line}");
        }
    }

    #[test]
    fn every_option_is_read() {
        let expected = TlsOptions {
            self_signed: true,
            client_authorities: Some("ca.pem".into()),
            client_auth: Some(ClientAuth::Optional),
            ticket_keys: Some("keys".into()),
            min_version: Some(TlsVersion::V1_3),
            redirect_http: Some(":80".parse::<Address>().expect("an address")),
            redirect_port: Some(443),
            ..TlsOptions::default()
        };
        let line = "demo --tls-self-signed --tls-client-ca ca.pem --tls-client-auth optional \
                    --tls-ticket-keys keys --tls-min-version 1.3 --redirect-http :80 \
                    --redirect-port 443";
        assert_eq!(parse(line), Ok(expected));
        let line = "demo --tls-self-signed --tls-client-ca a --tls-client-auth=required \
                    --tls-min-version=1.2";
        let tls = parse(line).expect("options");
        assert_eq!(tls.client_auth, Some(ClientAuth::Required));
        assert_eq!(tls.min_version, Some(TlsVersion::V1_2));
        assert_eq!(parse("demo"), Ok(TlsOptions::default()));
    }

    #[test]
    fn options_that_do_not_fit_are_refused() {
        let needs =
            |option, other| format!("{option} needs {other}: add that, or leave out {option}");
        let front = |option| {
            format!(
                "{option} needs --protocol http: with another protocol, the front server has the \
                 certificate and speaks TLS with clients, so leave out {option} here"
            )
        };
        let tls = |option| needs(option, "--tls-cert FILE or --tls-self-signed");
        for (options, message) in [
            (
                "--tls-cert a",
                "--tls-cert needs --tls-key FILE: name the file with the private key of the \
                 certificate, or make one for development by --tls-self-signed alone"
                    .to_owned(),
            ),
            (
                "--tls-key a",
                "--tls-key needs --tls-cert FILE: name the file with the certificate for this key"
                    .to_owned(),
            ),
            (
                "--tls-cert a,b --tls-key a",
                "--tls-cert names 2 files, and --tls-key 1: name one key for each certificate, in \
                 the same order"
                    .to_owned(),
            ),
            (
                "--tls-self-signed --tls-cert a --tls-key b",
                "--tls-self-signed and --tls-cert exclude each other: leave out one of them"
                    .to_owned(),
            ),
            ("--tls-client-ca a", tls("--tls-client-ca")),
            ("--tls-ticket-keys a", tls("--tls-ticket-keys")),
            ("--tls-min-version 1.3", tls("--tls-min-version")),
            ("--redirect-http :80", tls("--redirect-http")),
            ("--redirect-port 443", tls("--redirect-port")),
            (
                "--tls-self-signed --tls-client-auth optional",
                needs("--tls-client-auth", "--tls-client-ca FILE"),
            ),
            (
                "--tls-self-signed --protocol fastcgi",
                front("--tls-self-signed"),
            ),
            (
                "--tls-cert a --tls-key b --protocol scgi",
                front("--tls-cert"),
            ),
            (
                "--tls-cert a --tls-key b --protocol uwsgi",
                front("--tls-cert"),
            ),
        ] {
            assert_eq!(parse(&format!("demo {options}")), Err(message), "{options}");
        }
    }

    #[test]
    fn wrong_values_are_refused() {
        let address = "a host and a port, such as 127.0.0.1:8080 or :80";
        for (option, value, takes) in [
            ("--tls-cert", "", "a path"),
            ("--tls-client-auth", "never", "optional or required"),
            ("--tls-min-version", "1.1", "1.2 or 1.3"),
            ("--redirect-http", "80", address),
            ("--redirect-http", "unix:/a", address),
            ("--redirect-port", "0", "a number from 1 to 65535"),
            ("--redirect-port", "65536", "a number from 1 to 65535"),
        ] {
            let line = format!("demo --tls-self-signed {option}={value}");
            let error = parse(&line).expect_err("an error");
            let message = format!("{option} takes {takes}, not {value:?}");
            assert!(error.starts_with(&message), "{error}");
        }
    }
}
