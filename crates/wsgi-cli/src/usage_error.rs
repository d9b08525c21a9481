//! Errors of the command line.

use std::{borrow::Cow, error::Error, ffi::OsString, fmt};

use clap::error::{ContextKind, ContextValue, ErrorKind};

#[cfg(feature = "settings")]
use crate::settings::SettingsError;

/// An error of the command line. It displays as a sentence that names the argument at fault.
#[derive(Debug)]
pub(crate) struct UsageError {
    reason: Reason,
    arguments: Vec<OsString>,
    help: String,
}

/// The fault.
#[derive(Debug)]
pub(crate) enum Reason {
    /// This option has no meaning without the other.
    Needs(&'static str, &'static str),
    /// These options exclude each other.
    Both(&'static str, &'static str),
    /// There are more certificates than keys, or fewer.
    #[cfg(feature = "tls")]
    Pairs { certificates: usize, keys: usize },
    /// The file of settings is wrong.
    #[cfg(feature = "settings")]
    Settings(SettingsError),
    /// The arguments differ from their definition.
    Arguments(Box<clap::Error>),
}

impl Reason {
    /// Refuses the first of these options that is given, unless the other one that they need is.
    pub(crate) fn unless(
        is_met: bool,
        other: &'static str,
        options: &[(&'static str, bool)],
    ) -> Result<(), Self> {
        let given = options.iter().find(|(_, is_given)| *is_given);
        match given.filter(|_| !is_met) {
            Some((option, _)) => Err(Self::Needs(option, other)),
            None => Ok(()),
        }
    }
}

impl From<clap::Error> for Reason {
    fn from(error: clap::Error) -> Self {
        Reason::Arguments(Box::new(error))
    }
}

#[cfg(feature = "settings")]
impl From<SettingsError> for Reason {
    fn from(error: SettingsError) -> Self {
        Reason::Settings(error)
    }
}

impl UsageError {
    pub(crate) fn new(reason: Reason, arguments: Vec<OsString>, help: String) -> Self {
        Self {
            reason,
            arguments,
            help,
        }
    }

    /// The command line that shows the fitting help.
    pub(crate) fn help(&self) -> &str {
        &self.help
    }
}

impl fmt::Display for UsageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.reason {
            Reason::Needs(option, other) => write!(f, "{option} needs {other}"),
            Reason::Both(one, other) => write!(f, "{one} and {other} exclude each other"),
            #[cfg(feature = "tls")]
            Reason::Pairs { certificates, keys } => write!(
                f,
                "each --tls-cert needs a --tls-key, but there are {certificates} and {keys} of them"
            ),
            #[cfg(feature = "settings")]
            Reason::Settings(error) => error.fmt(f),
            Reason::Arguments(error) => describe(error, &self.arguments, f),
        }
    }
}

/// The error in one sentence.
fn describe(
    error: &clap::Error,
    arguments: &[OsString],
    f: &mut fmt::Formatter<'_>,
) -> fmt::Result {
    let argument = first(error, ContextKind::InvalidArg);
    // The name alone: `--bind` of `--bind <ADDR>`, and `SHELL` of `<SHELL>`.
    let option = argument.split(' ').next().unwrap_or_default();
    let option = option.trim_matches(['<', '>', '[', ']']);
    match error.kind() {
        ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            f.write_str("a command is missing, such as `demo`")
        }
        ErrorKind::InvalidSubcommand => {
            let command = first(error, ContextKind::InvalidSubcommand);
            write!(f, "unknown command {command:?}")?;
            suggest(first(error, ContextKind::SuggestedSubcommand), f)
        }
        ErrorKind::UnknownArgument if argument.starts_with('-') => {
            write!(f, "unknown option {argument:?}")?;
            match arguments.first().and_then(|first| first.to_str()) {
                Some("demo" | "static") => suggest(
                    elsewhere(argument).unwrap_or(first(error, ContextKind::SuggestedArg)),
                    f,
                ),
                Some(first) if first.starts_with('-') => {
                    f.write_str("; options follow a command, such as `demo`")
                }
                _ => suggest(first(error, ContextKind::SuggestedArg), f),
            }
        }
        ErrorKind::UnknownArgument => write!(f, "unexpected argument {argument:?}"),
        ErrorKind::MissingRequiredArgument => {
            // One of a group is `<--socket <PATH>|--database <FILE>>`.
            let names = argument.split('|').map(|one| {
                let name = one.split(' ').next().unwrap_or_default();
                name.trim_matches(['<', '>', '[', ']'])
            });
            write!(f, "{} is missing", names.collect::<Vec<_>>().join(" or "))
        }
        ErrorKind::TooManyValues => write!(f, "{option} takes no value"),
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            let value = first(error, ContextKind::InvalidValue);
            let takes = match (error.source(), values(error, ContextKind::ValidValue)) {
                (Some(takes), _) => takes.to_string(),
                (None, []) => return write!(f, "{option} needs a value"),
                (None, [values @ .., last]) => format!("{} or {last}", values.join(", ")),
            };
            let place = place(option, arguments);
            write!(f, "{place} takes {takes}, not {:?}", shown(option, value))?;
            suggest(first(error, ContextKind::SuggestedValue), f)
        }
        ErrorKind::InvalidUtf8 => f.write_str("an argument is not UTF-8"),
        _ => write!(
            f,
            "{}",
            error.to_string().trim_start_matches("error: ").trim_end()
        ),
    }
}

/// The option of a command that serves, for one that other programs have under this name.
fn elsewhere(name: &str) -> Option<&'static str> {
    Some(match name {
        "--address" | "--host" | "--listen" | "--port" | "-a" | "-b" | "-p" => "--bind",
        "--worker" | "--workers" | "-w" => "--processes",
        "--cert" | "--certfile" | "--certificate" => "--tls-cert",
        "--key" | "--keyfile" => "--tls-key",
        "--config" | "-c" => "--settings",
        "--root-path" => "--script-name",
        "--timeout" | "-t" => "--request-timeout",
        _ => return None,
    })
}

/// The origin of an option's value: the option in the arguments, or else its variable.
fn place<'a>(option: &'a str, arguments: &[OsString]) -> Cow<'a, str> {
    let is_it = |argument: &OsString| {
        let rest = argument.to_str().and_then(|text| text.strip_prefix(option));
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('='))
    };
    match option.strip_prefix("--") {
        Some(name) if !arguments.iter().any(is_it) => {
            format!("WSGI_{}", name.replace('-', "_").to_uppercase()).into()
        }
        _ => option.into(),
    }
}

/// A value as a message may show it. Of a session store's address, which may contain a password,
/// that is only the kind.
fn shown<'a>(option: &str, value: &'a str) -> Cow<'a, str> {
    match value.split_once(':') {
        Some((kind, _)) if option == "--session-store" => format!("{kind}:...").into(),
        _ => value.into(),
    }
}

fn suggest(similar: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match similar {
        "" => Ok(()),
        similar => write!(f, "; did you mean {similar:?}?"),
    }
}

/// The first text of this kind in the error's context, or an empty one.
fn first(error: &clap::Error, kind: ContextKind) -> &str {
    match error.get(kind) {
        Some(ContextValue::String(text)) => text,
        _ => values(error, kind).first().map_or("", |text| text),
    }
}

fn values(error: &clap::Error, kind: ContextKind) -> &[String] {
    match error.get(kind) {
        Some(ContextValue::Strings(texts)) => texts,
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use std::{ffi::OsString, os::unix::ffi::OsStringExt};

    use crate::command::{Asked, Command};

    #[track_caller]
    fn check(line: &str, message: &str) {
        let error = Asked::parse(line.split_whitespace().map(Into::into));
        assert_eq!(error.expect_err("an error").to_string(), message);
    }

    #[test]
    fn a_message_names_the_argument_at_fault() {
        check("", "a command is missing, such as `demo`");
        check(
            "--bind :1",
            "unknown option \"--bind\"; options follow a command, such as `demo`",
        );
        for line in ["demo --socket-mode 660", "demo --socket-mode 660 --bind :1"] {
            check(line, "--socket-mode needs --bind unix:PATH");
        }
        check(
            "demo --socket-group 1",
            "--socket-group needs --bind unix:PATH",
        );
        check(
            "demo --socket-owner=+1",
            "--socket-owner takes the name or the number of a user, not \"+1\"",
        );
        check("demo -x", "unknown option \"-x\"");
        check("demo now", "unexpected argument \"now\"");
        check("demo --daemon", "unknown option \"--daemon\"");
        let server = "session-server --socket s --database d";
        check(&format!("{server} --daemon=yes"), "--daemon takes no value");
        check("session-server --socket s", "--database is missing");
        check("session-server --database d", "--socket is missing");
        check("session-server", "--socket is missing");
        check("session-server stats", "--socket or --database is missing");
        check("session-server check", "--database is missing");
        check("completions", "SHELL is missing");
        #[cfg(feature = "settings")]
        check(
            "man now",
            "COMMAND takes demo, static, cgi, session-server or settings, not \"now\"",
        );
    }

    #[test]
    fn a_message_points_to_the_help_of_the_command() {
        for (line, help) in [
            ("", "wsgi --help"),
            ("dmeo", "wsgi --help"),
            ("demo --bidn", "wsgi demo --help"),
            ("session-server", "wsgi session-server --help"),
        ] {
            let error = Asked::parse(line.split_whitespace().map(Into::into));
            assert_eq!(error.expect_err("an error").help(), help, "{line}");
        }
    }

    #[test]
    fn no_message_shows_a_password() {
        let error = Asked::parse(
            ["demo", "--session-store", "redi://:secret@host"]
                .into_iter()
                .map(Into::into),
        );
        let message = error.expect_err("an error").to_string();
        assert!(message.ends_with("not \"redi:...\""), "{message}");
    }

    #[test]
    fn a_similar_name_is_suggested() {
        check("dmeo", "unknown command \"dmeo\"; did you mean \"demo\"?");
        check(
            "demo --bidn=:1",
            "unknown option \"--bidn\"; did you mean \"--bind\"?",
        );
        check(
            "demo --protocol fastcg",
            "--protocol takes http, fastcgi or scgi, not \"fastcg\"; did you mean \"fastcgi\"?",
        );
    }

    #[test]
    fn an_option_of_other_servers_leads_to_ours() {
        for (given, ours) in [
            ("--port", "--bind"),
            ("-p", "--bind"),
            ("--host", "--bind"),
            ("--workers", "--processes"),
            ("-c", "--settings"),
        ] {
            for command in ["demo", "static ."] {
                check(
                    &format!("{command} {given} 1"),
                    &format!("unknown option {given:?}; did you mean {ours:?}?"),
                );
            }
        }
        check("cgi --port 1", "unknown option \"--port\"");
    }

    #[test]
    fn a_missing_or_wrong_value_is_named_with_the_expected_one() {
        let bind = "--bind takes a host and a port, such as 127.0.0.1:8000, or unix:PATH";
        check("demo --bind", "--bind needs a value");
        check("demo --bind 8000", &format!("{bind}, not \"8000\""));
        check("demo --bind unix:", &format!("{bind}, not \"unix:\""));
        check(
            "demo --protocol ajp",
            "--protocol takes http, fastcgi or scgi, not \"ajp\"",
        );
        check(
            "demo --script-name demo",
            "--script-name takes a path such as /demo, not \"demo\"",
        );
        for mode in ["", "8", "+66", "rw", "1000", "00660", "-1"] {
            check(
                &format!("demo --socket-mode={mode}"),
                &format!("--socket-mode takes permissions such as 660, not \"{mode}\""),
            );
        }
        check(
            "demo --threads 0",
            "--threads takes a number of at least 1, not \"0\"",
        );
        check(
            "demo --max-threads=",
            "--max-threads takes a number of at least 1, not \"\"",
        );
        check(
            "demo --spool-limit much",
            "--spool-limit takes a number of bytes, not \"much\"",
        );
        check(
            "demo --spool-bodies maybe",
            "--spool-bodies takes yes or no, not \"maybe\"",
        );
        check(
            "demo --session-store=floppy:a",
            "--session-store takes memory, file:PATH, unix:PATH or redis://HOST, not \"floppy:...\"",
        );
        check("demo --cookie-key=", "--cookie-key takes a path, not \"\"");
    }

    #[test]
    fn only_a_path_may_be_something_else_than_utf_8() {
        let text = |bytes: &[u8]| OsString::from_vec(bytes.to_vec());
        let parse = |arguments: &[&[u8]]| Asked::parse(arguments.iter().map(|bytes| text(bytes)));
        let Ok(Asked::To(command)) = parse(&[b"demo", b"--cookie-key", b"/\xe9"]) else {
            panic!("the arguments are refused");
        };
        let Command::Demo(demo) = *command else {
            panic!("the command is not the demo");
        };
        assert_eq!(demo.visitors.cookie_key, Some(text(b"/\xe9").into()));
        for arguments in [&[&b"d\xe9mo"[..]][..], &[b"demo", b"--bind", b"unix:/\xe9"]] {
            assert!(parse(arguments).is_err());
        }
    }
}
