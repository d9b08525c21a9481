//! What the program is told to do.

use std::{
    ffi::OsString,
    fmt,
    num::NonZeroUsize,
    path::{Path, PathBuf},
};

use wsgi::server::Protocol;

use crate::{
    address::Address,
    option::{self, Kind, OptionError, Setting},
    path::path,
    store_address::StoreAddress,
};

/// What the arguments ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Command {
    Help,
    Version,
    Demo(Demo),
    /// One request of the demo.
    Cgi(Demo),
    SessionServer(SessionServer),
}

/// How the demo is to run; `None` leaves the choice to it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Demo {
    pub(crate) bind: Option<Address>,
    pub(crate) protocol: Option<Protocol>,
    /// The permissions of a Unix socket.
    pub(crate) socket_mode: Option<u32>,
    pub(crate) script_name: Option<String>,
    pub(crate) threads: Option<NonZeroUsize>,
    pub(crate) max_threads: Option<NonZeroUsize>,
    /// Whether large bodies are taken in whole before the site sees them.
    pub(crate) spool_bodies: Option<bool>,
    /// How many bytes of them there may be at once.
    pub(crate) spool_limit: Option<u64>,
    pub(crate) spool_dir: Option<PathBuf>,
    pub(crate) session_store: Option<StoreAddress>,
    pub(crate) cookie_key: Option<PathBuf>,
}

/// How the session server is to run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct SessionServer {
    pub(crate) socket: PathBuf,
    pub(crate) database: PathBuf,
    pub(crate) pid_file: Option<PathBuf>,
    /// Whether it is to go into the background.
    pub(crate) daemon: bool,
    /// Whether it is what went into the background.
    pub(crate) detached: bool,
    pub(crate) no_legacy: bool,
}

impl Command {
    /// Reads the arguments, without the program's name. What follows a request for help does not
    /// matter.
    pub(crate) fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Self, UsageError> {
        let text = |argument: OsString| argument.to_string_lossy().into_owned();
        let mut arguments = arguments.into_iter().map(text);
        match arguments.next().as_deref() {
            None => Err(UsageError::NoCommand),
            Some("-h" | "--help" | "help") => Ok(Command::Help),
            Some("-V" | "--version") => Ok(Command::Version),
            Some("demo") => match option::parse(arguments, DEMO)? {
                Some(options) => options.checked().map(Command::Demo),
                None => Ok(Command::Help),
            },
            Some("cgi") => {
                let options = option::parse(arguments, CGI)?;
                Ok(options.map_or(Command::Help, Command::Cgi))
            }
            Some("session-server") => match option::parse(arguments, SESSION_SERVER)? {
                Some(options) => options.checked().map(Command::SessionServer),
                None => Ok(Command::Help),
            },
            Some(option) if option.starts_with('-') => {
                Err(OptionError::Unknown(option.to_owned()).into())
            }
            Some(command) => Err(UsageError::Command(command.to_owned())),
        }
    }
}

impl Demo {
    fn checked(self) -> Result<Self, UsageError> {
        match (&self.bind, self.socket_mode) {
            (Some(Address::Unix(_)), _) | (_, None) => Ok(self),
            _ => Err(UsageError::NoSocket),
        }
    }
}

impl SessionServer {
    fn checked(self) -> Result<Self, UsageError> {
        for (name, path) in [("--socket", &self.socket), ("--database", &self.database)] {
            if path == Path::new("") {
                return Err(UsageError::NoOption(name));
            }
        }
        Ok(self)
    }
}

const PATH: &str = "a path";
const NUMBER: &str = "a number from 1 on";

const DEMO: &[Setting<Demo>] = &[
    Setting {
        name: "--bind",
        kind: Kind::Value(
            "a host and a port, as in 127.0.0.1:8000, or unix:PATH",
            |options, value| set(&mut options.bind, value.parse().ok().map(Some)),
        ),
    },
    Setting {
        name: "--protocol",
        kind: Kind::Value("http, fastcgi or scgi", |options, value| {
            set(&mut options.protocol, protocol(value).map(Some))
        }),
    },
    Setting {
        name: "--socket-mode",
        kind: Kind::Value("permissions as in 660", |options, value| {
            set(&mut options.socket_mode, mode(value).map(Some))
        }),
    },
    Setting {
        name: "--script-name",
        kind: Kind::Value("a path as in /demo", |options, value| {
            set(&mut options.script_name, script_name(value).map(Some))
        }),
    },
    Setting {
        name: "--threads",
        kind: Kind::Value(NUMBER, |options, value| {
            set(&mut options.threads, value.parse().ok().map(Some))
        }),
    },
    Setting {
        name: "--max-threads",
        kind: Kind::Value(NUMBER, |options, value| {
            set(&mut options.max_threads, value.parse().ok().map(Some))
        }),
    },
    Setting {
        name: "--spool-bodies",
        kind: Kind::Value("yes or no", |options, value| {
            set(&mut options.spool_bodies, yes_or_no(value).map(Some))
        }),
    },
    Setting {
        name: "--spool-limit",
        kind: Kind::Value("a number of bytes", |options, value| {
            set(&mut options.spool_limit, value.parse().ok().map(Some))
        }),
    },
    Setting {
        name: "--spool-dir",
        kind: Kind::Value(PATH, |options, value| {
            set(&mut options.spool_dir, path(value).map(Some))
        }),
    },
    SESSION_STORE,
    COOKIE_KEY,
];

const CGI: &[Setting<Demo>] = &[SESSION_STORE, COOKIE_KEY];

const SESSION_STORE: Setting<Demo> = Setting {
    name: "--session-store",
    kind: Kind::Value(
        "memory, file:PATH, unix:PATH or redis://HOST",
        |options, value| set(&mut options.session_store, value.parse().ok().map(Some)),
    ),
};

const COOKIE_KEY: Setting<Demo> = Setting {
    name: "--cookie-key",
    kind: Kind::Value(PATH, |options, value| {
        set(&mut options.cookie_key, path(value).map(Some))
    }),
};

const SESSION_SERVER: &[Setting<SessionServer>] = &[
    Setting {
        name: "--socket",
        kind: Kind::Value(PATH, |options, value| set(&mut options.socket, path(value))),
    },
    Setting {
        name: "--database",
        kind: Kind::Value(PATH, |options, value| {
            set(&mut options.database, path(value))
        }),
    },
    Setting {
        name: "--pid-file",
        kind: Kind::Value(PATH, |options, value| {
            set(&mut options.pid_file, path(value).map(Some))
        }),
    },
    Setting {
        name: "--daemon",
        kind: Kind::Flag(|options| options.daemon = true),
    },
    Setting {
        name: "--no-legacy",
        kind: Kind::Flag(|options| options.no_legacy = true),
    },
    // What `--daemon` starts; nobody else needs it.
    Setting {
        name: "--detached",
        kind: Kind::Flag(|options| options.detached = true),
    },
];

fn set<T>(place: &mut T, value: Option<T>) -> Option<()> {
    *place = value?;
    Some(())
}

fn protocol(value: &str) -> Option<Protocol> {
    match value {
        "http" => Some(Protocol::Http),
        "fastcgi" => Some(Protocol::FastCgi),
        "scgi" => Some(Protocol::Scgi),
        _ => None,
    }
}

/// Permissions in octal digits, as `chmod` takes them.
fn mode(value: &str) -> Option<u32> {
    let is_mode = (1..=4).contains(&value.len()) && value.bytes().all(|b| b.is_ascii_digit());
    let mode = is_mode.then(|| u32::from_str_radix(value, 8).ok())?;
    mode.filter(|&mode| mode <= 0o777)
}

fn yes_or_no(value: &str) -> Option<bool> {
    match value {
        "yes" => Some(true),
        "no" => Some(false),
        _ => None,
    }
}

fn script_name(value: &str) -> Option<String> {
    value.starts_with('/').then(|| value.to_owned())
}

/// Why the arguments cannot be followed; each names what is in the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum UsageError {
    /// There are no arguments.
    NoCommand,
    /// There is no such command.
    Command(String),
    /// An option must be there.
    NoOption(&'static str),
    /// There are permissions, and no Unix socket to have them.
    NoSocket,
    /// An option is wrong.
    Option(OptionError),
}

impl fmt::Display for UsageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            UsageError::NoCommand => f.write_str("a command is missing, such as `demo`"),
            UsageError::Command(command) => write!(f, "there is no command {command:?}"),
            UsageError::NoOption(name) => write!(f, "{name} is missing"),
            UsageError::NoSocket => f.write_str("--socket-mode needs --bind unix:PATH"),
            UsageError::Option(error) => error.fmt(f),
        }
    }
}

impl From<OptionError> for UsageError {
    fn from(error: OptionError) -> Self {
        UsageError::Option(error)
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;

    use super::{Command, Demo, Protocol, SessionServer};

    fn parse(line: &str) -> Result<Command, String> {
        let arguments = line.split_whitespace().map(Into::into);
        Command::parse(arguments).map_err(|error| error.to_string())
    }

    #[track_caller]
    fn check_demo(line: &str, bind: &str, threads: usize, max_threads: usize) {
        let expected = Demo {
            bind: (!bind.is_empty()).then(|| bind.parse().expect("an address")),
            threads: NonZeroUsize::new(threads),
            max_threads: NonZeroUsize::new(max_threads),
            ..Demo::default()
        };
        assert_eq!(parse(line), Ok(Command::Demo(expected)));
    }

    #[track_caller]
    fn check_refused(line: &str, message: &str) {
        assert_eq!(parse(line), Err(message.to_owned()));
    }

    #[test]
    fn the_demo_runs_with_defaults_and_with_options_in_any_order() {
        check_demo("demo", "", 0, 0);
        check_demo("demo --bind [::1]:80", "[::1]:80", 0, 0);
        check_demo("demo --threads=2 --max-threads 9 --bind=:1", ":1", 2, 9);
    }

    #[test]
    fn the_demo_is_told_what_a_front_server_speaks_and_where() {
        for (name, protocol) in [
            ("http", Protocol::Http),
            ("fastcgi", Protocol::FastCgi),
            ("scgi", Protocol::Scgi),
        ] {
            let expected = Demo {
                bind: Some("unix:/run/demo".parse().expect("an address")),
                protocol: Some(protocol),
                socket_mode: Some(0o660),
                script_name: Some("/demo".to_owned()),
                ..Demo::default()
            };
            let line = format!(
                "demo --bind unix:/run/demo --protocol={name} --socket-mode 0660 --script-name /demo"
            );
            assert_eq!(parse(&line), Ok(Command::Demo(expected)));
        }
    }

    #[test]
    fn the_demo_is_told_what_becomes_of_large_bodies() {
        for (word, spool) in [("yes", true), ("no", false)] {
            let expected = Demo {
                spool_bodies: Some(spool),
                spool_limit: Some(1000),
                spool_dir: Some("/var/tmp".into()),
                ..Demo::default()
            };
            let line =
                format!("demo --spool-bodies {word} --spool-limit=1000 --spool-dir /var/tmp");
            assert_eq!(parse(&line), Ok(Command::Demo(expected)));
        }
        check_refused("demo --spool-bodies", "--spool-bodies takes yes or no");
        check_refused(
            "demo --spool-limit 1G",
            "--spool-limit takes a number of bytes, not \"1G\"",
        );
    }

    #[test]
    fn the_demo_is_told_where_sessions_and_the_key_are() {
        let expected = Demo {
            session_store: Some("unix:/run/s".parse().expect("a store")),
            cookie_key: Some("k".into()),
            ..Demo::default()
        };
        let line = "demo --session-store unix:/run/s --cookie-key=k";
        assert_eq!(parse(line), Ok(Command::Demo(expected)));
    }

    #[test]
    fn one_request_is_told_where_sessions_and_the_key_are() {
        assert_eq!(parse("cgi"), Ok(Command::Cgi(Demo::default())));
        let expected = Demo {
            session_store: Some("memory".parse().expect("a store")),
            cookie_key: Some("k".into()),
            ..Demo::default()
        };
        let line = "cgi --session-store=memory --cookie-key k";
        assert_eq!(parse(line), Ok(Command::Cgi(expected)));
        check_refused("cgi --bind :1", "there is no option \"--bind\"");
    }

    #[test]
    fn the_session_server_is_told_where_to_listen_and_where_to_store() {
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
    }

    #[test]
    fn help_and_version_are_understood_wherever_one_asks_for_them() {
        for line in [
            "-h",
            "--help",
            "help",
            "demo -h",
            "demo --bind :1 --help",
            "session-server --help",
        ] {
            assert_eq!(parse(line), Ok(Command::Help), "{line}");
        }
        for line in ["-V", "--version"] {
            assert_eq!(parse(line), Ok(Command::Version), "{line}");
        }
    }

    #[test]
    fn what_cannot_be_followed_is_named() {
        check_refused("", "a command is missing, such as `demo`");
        check_refused("dmeo", "there is no command \"dmeo\"");
        check_refused("--bind :1", "there is no option \"--bind\"");
        check_refused("demo --bidn=:1", "there is no option \"--bidn\"");
        for line in ["demo --socket-mode 660", "demo --socket-mode 660 --bind :1"] {
            check_refused(line, "--socket-mode needs --bind unix:PATH");
        }
        check_refused("demo -x", "there is no option \"-x\"");
        check_refused("demo now", "nothing is to be done with \"now\"");
        check_refused("demo --daemon", "there is no option \"--daemon\"");
        let server = "session-server --socket s --database d";
        check_refused(
            &format!("{server} --bind :1"),
            "there is no option \"--bind\"",
        );
        check_refused(&format!("{server} --daemon=yes"), "--daemon takes no value");
        check_refused("session-server --socket s", "--database is missing");
        check_refused("session-server --database d", "--socket is missing");
    }

    #[test]
    fn a_missing_or_wrong_value_is_named_with_what_is_expected() {
        let bind = "--bind takes a host and a port, as in 127.0.0.1:8000, or unix:PATH";
        check_refused("demo --bind", bind);
        check_refused("demo --bind 8000", &format!("{bind}, not \"8000\""));
        check_refused("demo --bind unix:", &format!("{bind}, not \"unix:\""));
        check_refused(
            "demo --protocol ajp",
            "--protocol takes http, fastcgi or scgi, not \"ajp\"",
        );
        check_refused(
            "demo --script-name demo",
            "--script-name takes a path as in /demo, not \"demo\"",
        );
        for mode in ["", "8", "+66", "rw", "1000", "00660", "-1"] {
            check_refused(
                &format!("demo --socket-mode={mode}"),
                &format!("--socket-mode takes permissions as in 660, not \"{mode}\""),
            );
        }
        check_refused(
            "demo --threads 0",
            "--threads takes a number from 1 on, not \"0\"",
        );
        check_refused(
            "demo --max-threads=",
            "--max-threads takes a number from 1 on, not \"\"",
        );
        check_refused(
            "demo --session-store=floppy:a",
            "--session-store takes memory, file:PATH, unix:PATH or redis://HOST, not \"floppy:a\"",
        );
        check_refused("demo --cookie-key=", "--cookie-key takes a path, not \"\"");
    }

    #[cfg(unix)]
    #[test]
    fn an_argument_that_is_not_text_is_refused() {
        use std::{ffi::OsString, os::unix::ffi::OsStringExt};
        let text = |bytes: &[u8]| OsString::from_vec(bytes.to_vec());
        let parse = |arguments: &[&[u8]]| {
            let arguments = arguments.iter().map(|argument| text(argument));
            Command::parse(arguments).map_err(|error| error.to_string())
        };
        assert_eq!(
            parse(&[b"d\xe9mo"]),
            Err("there is no command \"d\u{fffd}mo\"".to_owned())
        );
        assert_eq!(
            parse(&[b"demo", b"--cookie-key", b"/\xe9"]),
            Err("--cookie-key takes a path, not \"/\u{fffd}\"".to_owned())
        );
    }
}
