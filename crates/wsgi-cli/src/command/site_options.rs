//! The options of a command that serves a site.

use std::{num::NonZeroUsize, path::PathBuf, time::Duration};

use clap::{
    Args, ValueHint,
    builder::{PossibleValuesParser, TypedValueParser},
};
use wsgi::server::Protocol;

use crate::{
    account,
    address::Address,
    conflict::Conflict,
    logs::Logs,
    option_value::{address, address_with_host, number, path, switch, timeout},
    proxies::Proxies,
    serving_options::ServingOptions,
    tls::TlsOptions,
};

/// The options of a command that serves a site. `None` stands for a default that the command
/// chooses.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
#[command(next_help_heading = "Addresses")]
pub(crate) struct SiteOptions {
    /// Listen on this address, such as 127.0.0.1:8000 or unix:/run/site.sock
    ///
    /// An address is a host and a port, as in 127.0.0.1:8000, [::1]:8000 or localhost:8000, or the
    /// path of a Unix socket. :8000 means every interface, and port 0 means a free port. Without
    /// this option, the program serves on the sockets that it inherits: FastCGI on standard input,
    /// or HTTP on those of LISTEN_FDS. If it inherits none, it listens on 127.0.0.1:8000.
    #[arg(long, env = "WSGI_BIND", value_name = "ADDR", value_parser = address)]
    pub(crate) bind: Option<Address>,

    /// Speak this protocol: http (the default), or with a front server fastcgi, scgi or uwsgi
    #[arg(long, env = "WSGI_PROTOCOL", value_name = "PROTOCOL", value_parser = protocol())]
    pub(crate) protocol: Option<Protocol>,

    /// Set the permissions of the Unix socket, such as 660; default: 600
    #[arg(long, env = "WSGI_SOCKET_MODE", value_name = "MODE", value_parser = mode)]
    pub(crate) socket_mode: Option<u32>,

    /// Set the owner of the Unix socket, by name or number; requires root
    #[arg(long, env = "WSGI_SOCKET_OWNER", value_name = "USER", value_parser = account::user)]
    pub(crate) socket_owner: Option<u32>,

    /// Set the group of the Unix socket, by name or number
    #[arg(long, env = "WSGI_SOCKET_GROUP", value_name = "GROUP", value_parser = account::group)]
    pub(crate) socket_group: Option<u32>,

    #[command(flatten)]
    pub(crate) serving: ServingOptions,

    #[command(flatten)]
    pub(crate) tls: TlsOptions,

    /// Answer challenges for certificates from files below this folder, as certbot writes them
    ///
    /// The folder must exist. The file of a challenge has the same path below the folder as in the
    /// URL: /.well-known/acme-challenge/TOKEN. Challenges are not redirected to https.
    #[arg(
        long,
        env = "WSGI_ACME_WEBROOT",
        value_name = "DIR",
        value_hint = ValueHint::DirPath,
        value_parser = path(),
        help_heading = "TLS"
    )]
    pub(crate) acme_webroot: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) proxies: Proxies,

    /// Answer /livez and /readyz for load balancers and supervisors
    ///
    /// /readyz is answered 503 after SIGINT or SIGTERM. These requests are not logged.
    #[arg(long, env = "WSGI_HEALTH", value_parser = switch, help_heading = "Health")]
    pub(crate) health: bool,

    /// Serve with this number of processes, which are started again if they die
    ///
    /// They share the sockets and the sessions, so more than one need another place for sessions
    /// than memory, and another certificate than that of --tls-self-signed. Without this option,
    /// one process serves. On SIGUSR2, the program on the disk is started anew, and takes over
    /// without a lost connection.
    #[arg(
        long,
        env = "WSGI_PROCESSES",
        value_name = "N",
        value_parser = number,
        help_heading = "Processes"
    )]
    pub(crate) processes: Option<NonZeroUsize>,

    /// Give a new process this time to start; more than 0; default: 60
    ///
    /// A process that does not serve by then is ended, and the former ones go on.
    #[arg(
        long,
        env = "WSGI_START_TIMEOUT",
        value_name = "SECONDS",
        value_parser = timeout,
        help_heading = "Processes"
    )]
    pub(crate) start_timeout: Option<Duration>,

    /// Show numbers for Prometheus at /metrics on this address, such as 127.0.0.1:9100
    ///
    /// The numbers are those of requests, connections, threads, sessions and the log. With
    /// --processes they are those of all processes together, and what a process has counted stays
    /// counted when another one takes its place. Choose an address that only the monitoring can
    /// reach: the path of a Unix socket, or a host and a port. The host cannot be left out;
    /// [::]:9100 means every interface.
    #[arg(
        long,
        env = "WSGI_METRICS",
        value_name = "ADDR",
        value_parser = address_with_host,
        help_heading = "Metrics"
    )]
    pub(crate) metrics: Option<Address>,

    /// Also list the requests that are running at /requests on the address of --metrics
    ///
    /// Each has its time, method and path, its client, and the thread that runs it. Who reads the
    /// page learns who asks for what. Noting the requests takes a little of the time of each. With
    /// --processes, a process knows only its own, so these options exclude each other.
    #[arg(
        long,
        env = "WSGI_LIST_REQUESTS",
        value_parser = switch,
        help_heading = "Metrics"
    )]
    pub(crate) list_requests: bool,

    #[command(flatten)]
    pub(crate) logs: Logs,
}

impl SiteOptions {
    /// Refuses options that do not fit together.
    pub(super) fn check(&self) -> Result<(), Conflict> {
        self.proxies.check()?;
        self.logs.check()?;
        self.tls.check(self.protocol.unwrap_or_default())?;
        let options = [
            ("--socket-mode", self.socket_mode.is_some()),
            ("--socket-owner", self.socket_owner.is_some()),
            ("--socket-group", self.socket_group.is_some()),
        ];
        let has_file = matches!(self.bind, Some(Address::Unix(_)));
        Conflict::unless(has_file, "--bind unix:PATH", &options)?;
        self.check_addresses()?;
        if self.list_requests && self.processes.is_some() {
            return Err(Conflict::Both("--list-requests", "--processes"));
        }
        if self.has_several_processes() && self.tls.is_self_signed() {
            return Err(Conflict::NotShared(
                "a certificate of --tls-self-signed",
                "name one by --tls-cert and --tls-key",
            ));
        }
        Ok(())
    }

    /// Whether several processes serve at the same time.
    pub(super) fn has_several_processes(&self) -> bool {
        self.processes.is_some_and(|count| count.get() > 1)
    }

    /// Refuses an address that two sockets would need.
    fn check_addresses(&self) -> Result<(), Conflict> {
        let (bind, metrics) = (self.bind.as_ref(), self.metrics.as_ref());
        let redirect = self.tls.redirect_http();
        let pairs = [
            (("--bind", bind), ("--redirect-http", redirect)),
            (("--bind", bind), ("--metrics", metrics)),
            (("--redirect-http", redirect), ("--metrics", metrics)),
        ];
        for ((one, first), (other, second)) in pairs {
            if let (Some(first), Some(second)) = (first, second)
                && first.excludes(second)
            {
                return Err(Conflict::SameAddress(one, other));
            }
        }
        Ok(())
    }
}

// Each parser below refuses a value by naming what the option takes, as those in option_value do.

fn protocol() -> impl TypedValueParser<Value = Protocol> {
    PossibleValuesParser::new(["http", "fastcgi", "scgi", "uwsgi"]).map(|name| match &*name {
        "fastcgi" => Protocol::FastCgi,
        "scgi" => Protocol::Scgi,
        "uwsgi" => Protocol::Uwsgi,
        _ => Protocol::Http,
    })
}

/// Permissions in octal digits, as `chmod` takes them.
fn mode(value: &str) -> Result<u32, &'static str> {
    let is_mode = (1..=4).contains(&value.len()) && value.bytes().all(|b| b.is_ascii_digit());
    let mode = is_mode.then(|| u32::from_str_radix(value, 8).ok());
    let mode = mode.flatten().filter(|&mode| mode <= 0o777);
    mode.ok_or("permissions such as 660")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        command::{
            Command, Demo, definition,
            tests::{check_demo, parse},
        },
        serving_options::{bodies::Bodies, environs::Environs},
    };

    #[track_caller]
    fn check(line: &str, site: SiteOptions) {
        let expected = Demo {
            site,
            ..Demo::default()
        };
        assert_eq!(parse(line), Ok(Command::Demo(expected)));
    }

    #[test]
    fn the_help_names_the_default_mode_of_a_socket() {
        let program = definition();
        let demo = program.find_subcommand("demo").expect("the demo");
        let mut options = demo.get_opts();
        let mode = options.find(|option| option.get_long() == Some("socket-mode"));
        let help = mode
            .and_then(clap::Arg::get_help)
            .expect("help")
            .to_string();
        let default = format!("default: {:o}", wsgi::server::SocketAccess::DEFAULT_MODE);
        assert!(help.ends_with(&default), "{help}");
    }

    #[test]
    fn the_demo_runs_with_defaults_and_with_options_in_any_order() {
        check_demo("demo", "", 0, 0);
        check_demo("demo --bind [::1]:80", "[::1]:80", 0, 0);
        check_demo("demo --threads=2 --max-threads 9 --bind=:1", ":1", 2, 9);
    }

    #[test]
    fn two_sockets_cannot_have_one_address() {
        let check = |options: &str, names: &str| {
            let error = parse(&format!("demo {options}")).expect_err("an error");
            assert!(error.starts_with(names), "{error}");
        };
        let metrics = "--bind and --metrics name the same address";
        check("--bind 127.0.0.1:80 --metrics 127.0.0.1:80", metrics);
        check("--bind unix:/a --metrics unix:/a", metrics);
        if cfg!(feature = "tls") {
            let line = "--tls-self-signed --bind :80 --redirect-http :80";
            check(line, "--bind and --redirect-http name the same address");
            let line = "--tls-self-signed --redirect-http :80 --metrics 127.0.0.1:80";
            check(line, "--redirect-http and --metrics name the same address");
        }
        assert!(parse("demo --bind 127.0.0.1:0 --metrics 127.0.0.1:0").is_ok());
    }

    #[test]
    fn the_requests_of_several_processes_cannot_be_listed() {
        let error = parse("demo --metrics unix:/m --list-requests --processes 1").expect_err("no");
        let names = "--list-requests and --processes exclude each other";
        assert!(error.starts_with(names), "{error}");
    }

    #[test]
    fn the_demo_reads_the_protocol_and_the_place_of_a_front_server() {
        for (name, protocol) in [
            ("http", Protocol::Http),
            ("fastcgi", Protocol::FastCgi),
            ("scgi", Protocol::Scgi),
            ("uwsgi", Protocol::Uwsgi),
        ] {
            let site = SiteOptions {
                bind: Some("unix:/run/demo".parse().expect("an address")),
                protocol: Some(protocol),
                socket_mode: Some(0o660),
                socket_owner: Some(0),
                socket_group: Some(33),
                serving: ServingOptions {
                    environs: Environs {
                        script_name: Some("/demo".to_owned()),
                        ..Environs::default()
                    },
                    ..ServingOptions::default()
                },
                ..SiteOptions::default()
            };
            let line = format!(
                "demo --bind unix:/run/demo --protocol={name} --socket-mode 0660 \
                 --socket-owner root --socket-group=33 --script-name /demo"
            );
            check(&line, site);
        }
    }

    #[test]
    fn the_demo_reads_the_handling_of_large_bodies() {
        for (answer, spool) in [("yes", true), ("no", false)] {
            let site = SiteOptions {
                serving: ServingOptions {
                    bodies: Bodies {
                        spool_bodies: Some(spool),
                        spool_limit: Some(1_000_000),
                        spool_dir: Some("/var/tmp".into()),
                    },
                    ..ServingOptions::default()
                },
                ..SiteOptions::default()
            };
            let line =
                format!("demo --spool-bodies {answer} --spool-limit 1000000 --spool-dir=/var/tmp");
            check(&line, site);
        }
    }
}
