//! The commands and options of the program.

use std::{ffi::OsString, num::NonZeroUsize, path::PathBuf};

use clap::{
    Args, Parser,
    builder::{PossibleValuesParser, TypedValueParser},
};
use clap_complete::Shell;
use wsgi::server::Protocol;

use crate::{
    account,
    address::Address,
    logs::Logs,
    option_value::{address, address_with_host, number, path, switch},
    proxies::Proxies,
    serving_options::ServingOptions,
    store_address::StoreAddress,
    tls::TlsOptions,
    usage_error::{Reason, UsageError},
};

/// A demo site and a session server for WSGI, the Web Server Gateway Interface
#[derive(Clone, Debug, PartialEq, Eq, Parser)]
#[command(
    name = "wsgi",
    bin_name = "wsgi",
    version,
    after_help = "Every option can also be set by an environment variable: --bind by WSGI_BIND, and \
        so on. The command line takes precedence. If an option is repeated, the last one counts.\n\n\
        On SIGINT or SIGTERM, the program finishes its current requests and exits. A second signal \
        ends it at once. The exit code is 0 after a signal, 1 if the program cannot serve, and 2 if \
        the arguments or variables are wrong.",
    args_override_self = true,
    max_term_width = 100
)]
#[expect(clippy::large_enum_variant, reason = "there is one value, in a box")]
pub(crate) enum Command {
    /// Serve the demo site
    Demo(Demo),
    /// Answer one request for the demo site, as a CGI program
    Cgi(Cgi),
    /// Keep the sessions of several servers, which connect to a Unix socket
    SessionServer(SessionServer),
    /// Print a script that completes commands and options in a shell
    Completions {
        /// The shell that the script is for.
        shell: Shell,
    },
    /// Print a manual page, in roff
    Man {
        /// The command that the page describes; default: the whole program.
        #[arg(value_parser = PossibleValuesParser::new(["demo", "cgi", "session-server"]))]
        command: Option<String>,
    },
}

/// The options of the demo. `None` stands for a default that the demo chooses.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
#[command(args_override_self = true, next_help_heading = "Addresses")]
pub(crate) struct Demo {
    /// Listen on this address, such as 127.0.0.1:8000 or unix:/run/demo.sock
    ///
    /// An address is a host and a port, as in 127.0.0.1:8000, [::1]:8000 or localhost:8000, or the
    /// path of a Unix socket. :8000 means every interface, and port 0 means a free port. Without
    /// this option, the demo serves on the sockets that it inherits: FastCGI on standard input, or
    /// HTTP on those of LISTEN_FDS. If it inherits none, it listens on 127.0.0.1:8000.
    #[arg(long, env = "WSGI_BIND", value_name = "ADDR", value_parser = address)]
    pub(crate) bind: Option<Address>,

    /// Speak http (the default), or fastcgi or scgi with a front server
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
    /// The path of a challenge is /.well-known/acme-challenge/TOKEN, below the folder as in the
    /// URL. It is not redirected to https.
    #[arg(
        long,
        env = "WSGI_ACME_WEBROOT",
        value_name = "DIR",
        value_parser = path(),
        help_heading = "TLS"
    )]
    pub(crate) acme_webroot: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) proxies: Proxies,

    /// Answer /livez and /readyz for load balancers and supervisors
    ///
    /// /readyz is answered 503 once the signal to end has come. These requests are not logged.
    #[arg(long, env = "WSGI_HEALTH", value_parser = switch, help_heading = "Health")]
    pub(crate) health: bool,

    /// Serve with this number of processes, which are started again if they die
    ///
    /// They share the sockets and the sessions. Without this option, one process serves. On
    /// SIGUSR2, new processes take over, started from the program on the disk, without a lost
    /// connection.
    #[arg(
        long,
        env = "WSGI_PROCESSES",
        value_name = "N",
        value_parser = number,
        help_heading = "Processes"
    )]
    pub(crate) processes: Option<NonZeroUsize>,

    /// Show numbers for Prometheus at /metrics on this address, such as 127.0.0.1:9100
    ///
    /// The numbers are those of requests, connections, threads, sessions and the log. The address
    /// should be one that only the monitoring can reach. It must have a host, or be the path of a
    /// Unix socket: [::]:9100 means every interface.
    #[arg(
        long,
        env = "WSGI_METRICS",
        value_name = "ADDR",
        value_parser = address_with_host,
        help_heading = "Metrics"
    )]
    pub(crate) metrics: Option<Address>,

    #[command(flatten)]
    pub(crate) logs: Logs,

    #[command(flatten)]
    pub(crate) visitors: Visitors,
}

/// The options of the demo as a CGI program.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
#[command(args_override_self = true)]
pub(crate) struct Cgi {
    #[command(flatten)]
    pub(crate) visitors: Visitors,
}

/// The options for the sessions of the demo's visitors.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
#[command(next_help_heading = "Sessions")]
pub(crate) struct Visitors {
    /// Keep sessions in memory, file:PATH, unix:PATH or redis://HOST
    ///
    /// unix:PATH is the socket of a session server. The default is a file in the user's data
    /// directory.
    #[arg(long, env = "WSGI_SESSION_STORE", value_name = "STORE", value_parser = session_store)]
    pub(crate) session_store: Option<StoreAddress>,

    /// Sign cookies with the key in this file
    ///
    /// A missing file is created. The default is a file in the user's data directory.
    #[arg(long, env = "WSGI_COOKIE_KEY", value_name = "FILE", value_parser = path())]
    pub(crate) cookie_key: Option<PathBuf>,
}

/// The options of the session server.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
#[command(args_override_self = true)]
pub(crate) struct SessionServer {
    /// Listen on a Unix socket at this path
    #[arg(long, env = "WSGI_SOCKET", value_name = "PATH", value_parser = path())]
    pub(crate) socket: PathBuf,

    /// Keep the sessions in this file
    #[arg(long, env = "WSGI_DATABASE", value_name = "FILE", value_parser = path())]
    pub(crate) database: PathBuf,

    /// Run in the background, and return once clients can connect
    #[arg(long, env = DAEMON, value_parser = switch)]
    pub(crate) daemon: bool,

    /// Write the process id to this file
    #[arg(long, env = "WSGI_PID_FILE", value_name = "FILE", value_parser = path())]
    pub(crate) pid_file: Option<PathBuf>,

    /// Refuse clients of WSGI Utils, a Python library
    #[arg(long, env = "WSGI_NO_LEGACY", value_parser = switch)]
    pub(crate) no_legacy: bool,

    /// Set by `--daemon` for the process that it starts.
    #[arg(long, hide = true)]
    pub(crate) detached: bool,
}

/// The variable of `--daemon`. A daemon must not inherit it.
pub(crate) const DAEMON: &str = "WSGI_DAEMON";

/// A request that the arguments make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// Show a text: help, or the version.
    Text(String),
    /// Run a command.
    To(Box<Command>),
}

impl Asked {
    /// Reads the arguments, without the program's name, and the environment.
    pub(crate) fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Self, UsageError> {
        let arguments: Vec<_> = arguments.into_iter().collect();
        Self::read(&arguments).map_err(|reason| {
            let help = help_for(&arguments);
            UsageError::new(reason, arguments, help)
        })
    }

    fn read(arguments: &[OsString]) -> Result<Self, Reason> {
        let program = OsString::from("wsgi");
        match definition().try_get_matches_from([&program].into_iter().chain(arguments)) {
            Ok(matches) => {
                let command = <Command as clap::FromArgMatches>::from_arg_matches(&matches)?;
                command.checked().map(Box::new).map(Asked::To)
            }
            Err(error) if !error.use_stderr() => Ok(Asked::Text(error.render().to_string())),
            Err(error) => Err(error.into()),
        }
    }
}

/// The command line that shows the fitting help: that of the command, if one is named.
fn help_for(arguments: &[OsString]) -> String {
    let program = definition();
    let name = arguments.first();
    match name.and_then(|name| program.find_subcommand(name)) {
        Some(command) => format!("wsgi {} --help", command.get_name()),
        None => "wsgi --help".to_owned(),
    }
}

/// The commands and options, for help and for completions.
///
/// Help does not show the values of variables: one could contain a password.
pub(crate) fn definition() -> clap::Command {
    let hide = |argument: clap::Arg| argument.hide_env_values(true);
    let command = <Command as clap::CommandFactory>::command();
    command.mut_subcommands(|command| command.mut_args(hide))
}

impl Command {
    fn checked(self) -> Result<Self, Reason> {
        let Command::Demo(demo) = &self else {
            return Ok(self);
        };
        demo.proxies.check()?;
        demo.logs.check()?;
        if demo.metrics.is_some() && demo.processes.is_some_and(|count| count.get() > 1) {
            return Err(Reason::SeveralProcesses("--metrics"));
        }
        demo.tls.check(demo.protocol.unwrap_or_default())?;
        let options = [
            ("--socket-mode", demo.socket_mode.is_some()),
            ("--socket-owner", demo.socket_owner.is_some()),
            ("--socket-group", demo.socket_group.is_some()),
        ];
        let has_file = matches!(demo.bind, Some(Address::Unix(_)));
        Reason::unless(has_file, "--bind unix:PATH", &options)?;
        Ok(self)
    }
}

// Each parser below refuses a value by naming what the option takes, as those in option_value do.

fn protocol() -> impl TypedValueParser<Value = Protocol> {
    PossibleValuesParser::new(["http", "fastcgi", "scgi"]).map(|name| match &*name {
        "fastcgi" => Protocol::FastCgi,
        "scgi" => Protocol::Scgi,
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

fn session_store(value: &str) -> Result<StoreAddress, &'static str> {
    let takes = "memory, file:PATH, unix:PATH or redis://HOST";
    value.parse().map_err(|_| takes)
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;

    use super::{
        Asked, Cgi, Command, Demo, Protocol, ServingOptions, SessionServer, Visitors, definition,
    };
    use crate::serving_options::{bodies::Bodies, environs::Environs, threads::Threads};

    fn parse(line: &str) -> Result<Command, String> {
        let arguments = line.split_whitespace().map(Into::into);
        match Asked::parse(arguments) {
            Ok(Asked::To(command)) => Ok(*command),
            Ok(Asked::Text(text)) => panic!("the program shows {text}"),
            Err(error) => Err(error.to_string()),
        }
    }

    #[track_caller]
    fn check_demo(line: &str, bind: &str, threads: usize, max_threads: usize) {
        let expected = Demo {
            bind: (!bind.is_empty()).then(|| bind.parse().expect("an address")),
            serving: ServingOptions {
                threads: Threads {
                    threads: NonZeroUsize::new(threads),
                    max_threads: NonZeroUsize::new(max_threads),
                    ..Threads::default()
                },
                ..ServingOptions::default()
            },
            ..Demo::default()
        };
        assert_eq!(parse(line), Ok(Command::Demo(expected)));
    }

    #[track_caller]
    fn check_refused(line: &str, message: &str) {
        assert_eq!(parse(line), Err(message.to_owned()));
    }

    #[test]
    fn the_definition_is_consistent() {
        definition().debug_assert();
    }

    #[test]
    fn every_option_has_a_variable_whose_value_is_not_shown() {
        let program = definition();
        let commands = program.get_subcommands();
        let options = commands.flat_map(clap::Command::get_opts);
        let options: Vec<_> = options.filter(|option| !option.is_hide_set()).collect();
        assert!(options.len() >= 16, "{}", options.len());
        for option in options {
            let name = option.get_long().expect("a name");
            let variable = format!("WSGI_{}", name.replace('-', "_").to_uppercase());
            let known = option.get_env().and_then(|name| name.to_str());
            assert_eq!(known, Some(&*variable), "--{name}");
            assert!(option.is_hide_env_values_set(), "--{name}");
        }
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
    fn the_demo_reads_the_protocol_and_the_place_of_a_front_server() {
        for (name, protocol) in [
            ("http", Protocol::Http),
            ("fastcgi", Protocol::FastCgi),
            ("scgi", Protocol::Scgi),
        ] {
            let expected = Demo {
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
                ..Demo::default()
            };
            let line = format!(
                "demo --bind unix:/run/demo --protocol={name} --socket-mode 0660 \
                 --socket-owner root --socket-group=33 --script-name /demo"
            );
            assert_eq!(parse(&line), Ok(Command::Demo(expected)));
        }
    }

    #[test]
    fn the_demo_reads_the_handling_of_large_bodies() {
        for (answer, spool) in [("yes", true), ("no", false)] {
            let expected = Demo {
                serving: ServingOptions {
                    bodies: Bodies {
                        spool_bodies: Some(spool),
                        spool_limit: Some(1_000_000),
                        spool_dir: Some("/var/tmp".into()),
                    },
                    ..ServingOptions::default()
                },
                ..Demo::default()
            };
            let line =
                format!("demo --spool-bodies {answer} --spool-limit 1000000 --spool-dir=/var/tmp");
            assert_eq!(parse(&line), Ok(Command::Demo(expected)));
        }
    }

    fn visitors(store: &str) -> Visitors {
        Visitors {
            session_store: Some(store.parse().expect("a store")),
            cookie_key: Some("k".into()),
        }
    }

    #[test]
    fn the_demo_reads_the_places_of_sessions_and_key() {
        let expected = Demo {
            visitors: visitors("unix:/run/s"),
            ..Demo::default()
        };
        let line = "demo --session-store unix:/run/s --cookie-key=k";
        assert_eq!(parse(line), Ok(Command::Demo(expected)));
    }

    #[test]
    fn the_cgi_program_reads_the_places_of_sessions_and_key() {
        assert_eq!(parse("cgi"), Ok(Command::Cgi(Cgi::default())));
        let visitors = visitors("memory");
        let line = "cgi --session-store=memory --cookie-key k";
        assert_eq!(parse(line), Ok(Command::Cgi(Cgi { visitors })));
        check_refused("cgi --bind :1", "unknown option \"--bind\"");
    }

    #[test]
    fn the_session_server_reads_its_socket_and_its_files() {
        let expected = SessionServer {
            socket: "s".into(),
            database: "d".into(),
            ..SessionServer::default()
        };
        let line = "session-server --socket s --database d";
        assert_eq!(parse(line), Ok(Command::SessionServer(expected.clone())));
        let expected = SessionServer {
            pid_file: Some("p".into()),
            daemon: true,
            no_legacy: true,
            ..expected
        };
        let line = "session-server --no-legacy --daemon --database=d --pid-file=p --socket=s";
        assert_eq!(parse(line), Ok(Command::SessionServer(expected)));
    }

    #[test]
    fn the_last_of_a_repeated_option_counts() {
        check_demo("demo --threads 2 --threads 3", "", 3, 0);
        let twice = "session-server --socket a --database d --daemon --socket b --daemon";
        let Ok(Command::SessionServer(server)) = parse(twice) else {
            panic!("the arguments are refused");
        };
        assert_eq!(server.socket.to_str(), Some("b"));
    }

    #[test]
    fn help_and_version_can_be_asked_for_at_any_place() {
        for (line, text) in [
            ("-h", "Usage: wsgi <COMMAND>"),
            ("--help", "Usage: wsgi <COMMAND>"),
            ("help", "Usage: wsgi <COMMAND>"),
            ("help demo", "Usage: wsgi demo [OPTIONS]"),
            ("demo -h", "[env: WSGI_BIND]"),
            ("demo --bind :1 --help", "Usage: wsgi demo [OPTIONS]"),
            ("session-server --help", "--database <FILE>"),
            ("-V", concat!("wsgi ", env!("CARGO_PKG_VERSION"), "\n")),
            (
                "--version",
                concat!("wsgi ", env!("CARGO_PKG_VERSION"), "\n"),
            ),
        ] {
            let arguments = line.split_whitespace().map(Into::into);
            let Ok(Asked::Text(shown)) = Asked::parse(arguments) else {
                panic!("`{line}` shows no text");
            };
            assert!(shown.contains(text), "{shown}");
        }
    }
}
