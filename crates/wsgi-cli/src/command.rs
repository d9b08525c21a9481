//! The commands and options of the program.

mod configuration;
mod site_options;
mod static_files;
mod store_task;
mod visitors;

use std::{
    io,
    path::{Path, PathBuf},
};

use clap::{ArgMatches, Args, FromArgMatches, Parser, ValueHint, builder::PossibleValuesParser};
use clap_complete::Shell;

pub(crate) use self::{
    configuration::Configuration,
    site_options::SiteOptions,
    static_files::{Origins, Static},
    store_task::StoreTask,
    visitors::Visitors,
};
#[cfg(feature = "settings")]
pub(crate) use self::{
    configuration::{CHECK, SETTINGS},
    visitors::BLOG,
};
use crate::{
    conflict::Conflict,
    option_value::{path, switch},
    store_address::StoreAddress,
};

/// The end of the program's help.
const AFTER_HELP: &str = "\
Every option can also be set by an environment variable: --bind by WSGI_BIND, and so on. A variable \
that begins with WSGI_ and is that of no option is refused. The command line takes precedence, then \
the environment, then a file of --settings. If an option is repeated, \
the last one counts. Only these options add to each other: --trust-proxy, --tls-cert, --tls-key, \
--cors, --hide and --base-environ.

On SIGINT or SIGTERM, the program finishes its current requests and exits. A second signal ends it \
at once.

Exit codes:
  0  the program did what was asked for, or a first signal ended it
  1  the program cannot do what it was told, for example because a file is missing
  2  the arguments, variables or settings are wrong in themselves
  3  too many threads were stuck (--end-when-stuck)
  4  `session-server stats`, `check` or `compact` found damage";

/// A server for files, a demo site and a session server for WSGI, the Web Server Gateway Interface
#[derive(Clone, Debug, PartialEq, Eq, Parser)]
#[command(
    name = "wsgi",
    bin_name = "wsgi",
    version,
    after_help = AFTER_HELP,
    args_override_self = true,
    max_term_width = 100
)]
pub(crate) enum Command {
    /// Serve the demo site
    Demo(Demo),
    /// Serve the files of a folder
    Static(Static),
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
        /// The command that the page describes, or settings; default: the whole program.
        #[arg(value_parser = PossibleValuesParser::new(PAGES))]
        command: Option<String>,
    },
}

/// The units of values, at the end of the help of a command that serves.
const UNITS: &str = "\
SECONDS may have a fraction, and is at most 31536000, a year. BYTES may have a unit, as in 64KiB, \
10MiB or 1GiB.";

/// The options of the demo.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
#[command(args_override_self = true, after_help = UNITS)]
pub(crate) struct Demo {
    #[command(flatten)]
    pub(crate) site: SiteOptions,

    #[command(flatten)]
    pub(crate) visitors: Visitors,

    #[command(flatten)]
    pub(crate) configuration: Configuration,
}

impl Demo {
    /// Refuses options that do not fit together.
    fn check(&self) -> Result<(), Conflict> {
        self.site.check()?;
        let is_in_memory = self.visitors.session_store == Some(StoreAddress::Memory);
        match is_in_memory && self.site.has_several_processes() {
            true => Err(Conflict::NotShared(
                "sessions in memory",
                "name another store, such as --session-store file:PATH",
            )),
            false => Ok(()),
        }
    }
}

/// The options of the demo as a CGI program.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
#[command(args_override_self = true)]
pub(crate) struct Cgi {
    #[command(flatten)]
    pub(crate) visitors: Visitors,

    #[command(flatten)]
    pub(crate) configuration: Configuration,
}

/// The options of the session server.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
#[command(
    args_override_self = true,
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    subcommand_value_name = "TASK",
    subcommand_help_heading = "Tasks"
)]
pub(crate) struct SessionServer {
    /// Do this with a store of sessions instead.
    #[command(subcommand)]
    pub(crate) task: Option<StoreTask>,

    /// Listen on a Unix socket at this path
    ///
    /// Only its owner can connect. A socket that a dead server has left there is replaced.
    #[arg(
        long,
        required = true,
        env = "WSGI_SOCKET",
        value_name = "PATH",
        value_hint = ValueHint::AnyPath,
        value_parser = path()
    )]
    pub(crate) socket: Option<PathBuf>,

    /// Keep the sessions in this file
    ///
    /// A missing file is created.
    #[arg(
        long,
        required = true,
        env = "WSGI_DATABASE",
        value_name = "FILE",
        value_hint = ValueHint::AnyPath,
        value_parser = path()
    )]
    pub(crate) database: Option<PathBuf>,

    /// Run in the background, and return once clients can connect
    #[arg(long, env = DAEMON, value_parser = switch)]
    pub(crate) daemon: bool,

    /// Write the process id to this file
    ///
    /// The file is removed at the end. It must not be that of a running process.
    #[arg(
        long,
        env = "WSGI_PID_FILE",
        value_name = "FILE",
        value_hint = ValueHint::AnyPath,
        value_parser = path()
    )]
    pub(crate) pid_file: Option<PathBuf>,

    /// Refuse clients of WSGI Utils, a Python library
    #[arg(long, env = "WSGI_NO_LEGACY", value_parser = switch)]
    pub(crate) no_legacy: bool,

    /// Set by `--daemon` for the process that it starts.
    #[arg(long, hide = true)]
    pub(crate) detached: bool,

    #[command(flatten)]
    pub(crate) configuration: Configuration,
}

impl SessionServer {
    /// The paths of the socket and the database, which only a task can do without.
    ///
    /// # Errors
    ///
    /// One of them is missing.
    pub(crate) fn places(&self) -> io::Result<(&Path, &Path)> {
        let places = self.socket.as_deref().zip(self.database.as_deref());
        places.ok_or_else(|| io::Error::other("--socket or --database is missing"))
    }
}

/// The pages of the manual, beside that of the whole program.
const PAGES: &[&str] = &[
    "demo",
    "static",
    "cgi",
    "session-server",
    "session-server-stats",
    "session-server-check",
    "session-server-compact",
    "completions",
    "man",
    #[cfg(feature = "settings")]
    "settings",
];

/// The variable of `--daemon`. A daemon must not inherit it.
pub(crate) const DAEMON: &str = "WSGI_DAEMON";

/// The commands and options, for help and for completions.
///
/// Help does not show the values of variables: one could contain a password.
pub(crate) fn definition() -> clap::Command {
    let change = |argument: clap::Arg| {
        // A negative number is a wrong value, and not the name of an option.
        let has_value = !argument.is_positional() && argument.get_action().takes_values();
        let argument = argument.hide_env_values(true);
        argument.allow_negative_numbers(has_value)
    };
    let command = <Command as clap::CommandFactory>::command();
    with_each_argument(command, change)
}

/// Changes the arguments of a command, of its subcommands, and so on.
fn with_each_argument(
    command: clap::Command,
    change: impl Fn(clap::Arg) -> clap::Arg + Copy,
) -> clap::Command {
    let command = command.mut_args(change);
    command.mut_subcommands(|command| with_each_argument(command, change))
}

impl Command {
    /// The command that the arguments and the environment ask for.
    ///
    /// # Errors
    ///
    /// An argument is missing or wrong.
    pub(crate) fn of(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut command = Self::from_arg_matches(matches)?;
        if let Self::SessionServer(server) = &mut command
            && let (Some(task), Some((_, matches))) = (&mut server.task, matches.subcommand())
        {
            task.settle(matches);
        }
        Ok(command)
    }

    /// The name of the command, if its configuration is only to be checked.
    pub(crate) fn checks_only(&self) -> Option<&'static str> {
        let (name, configuration) = match self {
            Command::Demo(options) => ("demo", &options.configuration),
            Command::Static(options) => ("static", &options.configuration),
            Command::Cgi(options) => ("cgi", &options.configuration),
            Command::SessionServer(options) => ("session-server", &options.configuration),
            Command::Completions { .. } | Command::Man { .. } => return None,
        };
        configuration.check_config.then_some(name)
    }

    /// Refuses options that conflict with each other.
    pub(crate) fn check(&self) -> Result<(), Conflict> {
        match self {
            Command::Demo(demo) => demo.check(),
            Command::Static(options) => options.check(),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, num::NonZeroUsize};

    use super::{AFTER_HELP, Command, Demo, SessionServer, SiteOptions, definition};
    use crate::{
        asked::Asked,
        serving_options::{ServingOptions, threads::Threads},
    };

    pub(super) fn parse(line: &str) -> Result<Command, String> {
        let arguments = line.split_whitespace().map(Into::into);
        match Asked::parse(arguments) {
            Ok(Asked::To(command)) => Ok(*command),
            Ok(Asked::Text(text)) => panic!("the program shows {text}"),
            Err(error) => Err(error.to_string()),
        }
    }

    #[track_caller]
    pub(super) fn check_demo(line: &str, bind: &str, threads: usize, max_threads: usize) {
        let site = SiteOptions {
            bind: (!bind.is_empty()).then(|| bind.parse().expect("an address")),
            serving: ServingOptions {
                threads: Threads {
                    threads: NonZeroUsize::new(threads),
                    max_threads: NonZeroUsize::new(max_threads),
                    ..Threads::default()
                },
                ..ServingOptions::default()
            },
            ..SiteOptions::default()
        };
        let expected = Demo {
            site,
            ..Demo::default()
        };
        assert_eq!(parse(line), Ok(Command::Demo(expected)));
    }

    #[track_caller]
    pub(super) fn check_refused(line: &str, message: &str) {
        assert_eq!(parse(line), Err(message.to_owned()));
    }

    #[test]
    fn the_definition_is_consistent() {
        definition().debug_assert();
    }

    #[test]
    fn every_option_has_a_variable_whose_value_is_not_shown() {
        let program = definition();
        let commands = all_commands(&program);
        let has_tasks = commands.iter().any(|it| it.get_name() == "compact");
        assert!(has_tasks, "commands of commands are among them");
        let options = commands.into_iter().flat_map(clap::Command::get_opts);
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

    /// The program, its commands, and theirs.
    fn all_commands(program: &clap::Command) -> Vec<&clap::Command> {
        let below = program.get_subcommands().flat_map(all_commands);
        [program].into_iter().chain(below).collect()
    }

    /// A sentence of a text, from these words on.
    fn sentence<'a>(text: &'a str, start: &str) -> &'a str {
        let (_, rest) = text.split_once(start).expect(start);
        rest.split(['.', ';']).next().unwrap_or_default()
    }

    #[test]
    fn the_help_and_the_readme_name_the_options_that_add_to_each_other() {
        let program = definition();
        let options = all_commands(&program)
            .into_iter()
            .flat_map(clap::Command::get_opts);
        let adding = options.filter(|it| matches!(it.get_action(), clap::ArgAction::Append));
        let adding: BTreeSet<_> = adding.filter_map(clap::Arg::get_long).collect();
        assert!(adding.len() >= 3, "{adding:?}");
        let readme = include_str!("../README.md")
            .replace('\n', " ")
            .replace('`', "");
        for text in [AFTER_HELP, &readme] {
            let text = sentence(text, "Only these options add to each other:");
            let names = text.split([' ', ',', '\n', ':']);
            let names: BTreeSet<_> = names.filter_map(|it| it.strip_prefix("--")).collect();
            // Without the feature for TLS, two of them are missing.
            assert!(names.is_superset(&adding), "{text}: {adding:?}");
            let has_tls = cfg!(feature = "tls");
            assert!(!has_tls || names == adding, "{text}: {adding:?}");
        }
    }

    #[test]
    fn the_help_and_the_readme_name_the_same_exit_codes() {
        let (_, codes) = AFTER_HELP.split_once("Exit codes:\n").expect("a list");
        let readme = include_str!("../README.md").replace('`', "");
        let listed = codes.lines().map(|line| line.trim().split_at(1));
        let listed: Vec<_> = listed.collect();
        assert_eq!(listed.len(), 5);
        for (code, meaning) in listed {
            let row = format!("| {code} | {}", meaning.trim().replace('`', ""));
            assert!(readme.contains(&row), "{row}");
        }
    }

    #[test]
    fn the_session_server_reads_its_socket_and_its_files() {
        let expected = SessionServer {
            socket: Some("s".into()),
            database: Some("d".into()),
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
        assert_eq!(server.socket, Some("b".into()));
    }
}
