//! What the program is told to do.

use std::{ffi::OsString, fmt, num::NonZeroUsize};

use crate::address::Address;

/// What the arguments ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Command {
    Help,
    Version,
    Demo(Options),
}

/// How a server is to run; `None` leaves the choice to it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Options {
    pub(crate) bind: Address,
    pub(crate) threads: Option<NonZeroUsize>,
    pub(crate) max_threads: Option<NonZeroUsize>,
}

impl Command {
    /// Reads the arguments, without the program's name. Of an option that is repeated the
    /// last counts; what follows a request for help does not matter.
    pub(crate) fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Self, UsageError> {
        let text = |argument: OsString| argument.to_string_lossy().into_owned();
        let mut arguments = arguments.into_iter().map(text);
        match arguments.next().as_deref() {
            None => Err(UsageError::NoCommand),
            Some("-h" | "--help" | "help") => Ok(Command::Help),
            Some("-V" | "--version") => Ok(Command::Version),
            Some("demo") => Options::parse(arguments),
            Some(option) if option.starts_with('-') => Err(UsageError::Option(option.to_owned())),
            Some(command) => Err(UsageError::Command(command.to_owned())),
        }
    }
}

impl Options {
    fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Command, UsageError> {
        let mut options = Options::default();
        while let Some(argument) = arguments.next() {
            if matches!(&*argument, "-h" | "--help") {
                return Ok(Command::Help);
            }
            let (name, value) = match argument.split_once('=') {
                Some((name, value)) => (name, Some(value.to_owned())),
                None => (&*argument, None),
            };
            let Some(setting) = SETTINGS.iter().find(|setting| setting.name == name) else {
                return Err(match name.starts_with('-') {
                    true => UsageError::Option(name.to_owned()),
                    false => UsageError::Argument(argument),
                });
            };
            let Some(value) = value.or_else(|| arguments.next()) else {
                return Err(UsageError::NoValue(setting));
            };
            if (setting.set)(&mut options, &value).is_none() {
                return Err(UsageError::Value(setting, value));
            }
        }
        Ok(Command::Demo(options))
    }
}

/// An option that takes a value.
pub(crate) struct Setting {
    name: &'static str,
    /// What its value is.
    takes: &'static str,
    /// Sets it, or gives `None` for a value that is not of that kind.
    set: fn(&mut Options, &str) -> Option<()>,
}

const SETTINGS: &[Setting] = &[
    Setting {
        name: "--bind",
        takes: "a host and a port, as in 127.0.0.1:8000",
        set: |options, value| {
            options.bind = value.parse().ok()?;
            Some(())
        },
    },
    Setting {
        name: "--threads",
        takes: "a number from 1 on",
        set: |options, value| {
            options.threads = Some(value.parse().ok()?);
            Some(())
        },
    },
    Setting {
        name: "--max-threads",
        takes: "a number from 1 on",
        set: |options, value| {
            options.max_threads = Some(value.parse().ok()?);
            Some(())
        },
    },
];

/// Why the arguments cannot be followed; each names what is in the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum UsageError {
    /// There are no arguments.
    NoCommand,
    /// There is no such command.
    Command(String),
    /// There is no such option.
    Option(String),
    /// The command takes nothing beside its options.
    Argument(String),
    /// The option is the last argument, and its value is missing.
    NoValue(&'static Setting),
    /// The option takes another kind of value.
    Value(&'static Setting, String),
}

impl fmt::Display for UsageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            UsageError::NoCommand => f.write_str("a command is missing, such as `demo`"),
            UsageError::Command(command) => write!(f, "there is no command {command:?}"),
            UsageError::Option(option) => write!(f, "there is no option {option:?}"),
            UsageError::Argument(argument) => write!(f, "nothing is to be done with {argument:?}"),
            UsageError::NoValue(Setting { name, takes, .. }) => write!(f, "{name} takes {takes}"),
            UsageError::Value(Setting { name, takes, .. }, value) => {
                write!(f, "{name} takes {takes}, not {value:?}")
            }
        }
    }
}

/// Settings are the same if they have the same name.
impl PartialEq for Setting {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Setting {}

impl fmt::Debug for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;

    use super::{Command, Options};

    fn parse(line: &str) -> Result<Command, String> {
        let arguments = line.split_whitespace().map(Into::into);
        Command::parse(arguments).map_err(|error| error.to_string())
    }

    #[track_caller]
    fn check_demo(line: &str, bind: &str, threads: usize, max_threads: usize) {
        let expected = Options {
            bind: bind.parse().expect("an address"),
            threads: NonZeroUsize::new(threads),
            max_threads: NonZeroUsize::new(max_threads),
        };
        assert_eq!(parse(line), Ok(Command::Demo(expected)));
    }

    #[track_caller]
    fn check_refused(line: &str, message: &str) {
        assert_eq!(parse(line), Err(message.to_owned()));
    }

    #[test]
    fn the_demo_runs_with_defaults_and_with_options_in_any_order() {
        check_demo("demo", "127.0.0.1:8000", 0, 0);
        check_demo("demo --bind [::1]:80", "[::1]:80", 0, 0);
        check_demo("demo --threads=2 --max-threads 9 --bind=:1", ":1", 2, 9);
    }

    #[test]
    fn the_last_of_a_repeated_option_counts() {
        check_demo("demo --threads 2 --threads 3", "127.0.0.1:8000", 3, 0);
    }

    #[test]
    fn help_and_version_are_understood_wherever_one_asks_for_them() {
        for line in ["-h", "--help", "help", "demo -h", "demo --bind :1 --help"] {
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
        check_refused("demo -x", "there is no option \"-x\"");
        check_refused("demo now", "nothing is to be done with \"now\"");
    }

    #[test]
    fn a_missing_or_wrong_value_is_named_with_what_is_expected() {
        let bind = "--bind takes a host and a port, as in 127.0.0.1:8000";
        check_refused("demo --bind", bind);
        check_refused("demo --bind 8000", &format!("{bind}, not \"8000\""));
        check_refused(
            "demo --threads 0",
            "--threads takes a number from 1 on, not \"0\"",
        );
        check_refused(
            "demo --max-threads=",
            "--max-threads takes a number from 1 on, not \"\"",
        );
    }

    #[cfg(unix)]
    #[test]
    fn an_argument_that_is_not_text_is_refused() {
        use std::{ffi::OsString, os::unix::ffi::OsStringExt};
        let argument = OsString::from_vec(b"d\xe9mo".to_vec());
        let error = Command::parse([argument]).map_err(|error| error.to_string());
        assert_eq!(error, Err("there is no command \"d\u{fffd}mo\"".to_owned()));
    }
}
