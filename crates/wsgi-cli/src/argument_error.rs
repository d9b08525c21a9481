//! Errors of single arguments.

use std::{borrow::Cow, error::Error, ffi::OsString, fmt};

use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::{command::definition, not_utf8::not_utf8};

/// An error of an argument, which differs from its definition. It displays as a sentence that names
/// the argument.
#[derive(Debug)]
pub(crate) struct ArgumentError {
    error: Box<clap::Error>,
    /// All arguments, among which may be the one at fault.
    arguments: Vec<OsString>,
}

impl ArgumentError {
    pub(crate) fn new(error: clap::Error, arguments: Vec<OsString>) -> Self {
        let error = Box::new(error);
        Self { error, arguments }
    }
}

impl fmt::Display for ArgumentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { error, arguments } = self;
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
            ErrorKind::UnknownArgument
                if argument.starts_with('-') && !arguments.iter().any(|it| it == "--") =>
            {
                write!(f, "unknown option {argument:?}")?;
                let similar = first(error, ContextKind::SuggestedArg);
                match arguments.first().and_then(|first| first.to_str()) {
                    Some(first) if first.starts_with('-') => {
                        f.write_str("; options follow a command, such as `demo`")
                    }
                    first => match (owners(argument), elsewhere(argument)) {
                        (Some(owners), _) => write!(f, "; it is an option of {owners}"),
                        (None, Some(ours)) if matches!(first, Some("demo" | "static")) => {
                            suggest(ours, f)
                        }
                        _ => suggest(similar, f),
                    },
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
                match first(error, ContextKind::SuggestedValue) {
                    // All versions look similar, so none of them is what was meant.
                    version if version.starts_with(|c: char| c.is_ascii_digit()) => Ok(()),
                    similar => suggest(similar, f),
                }
            }
            ErrorKind::InvalidUtf8 => {
                // The error does not say which one.
                match &not_utf8(arguments)[..] {
                    [] => f.write_str("an argument is not UTF-8"),
                    wrong => write!(f, "{} is not UTF-8", wrong.join(" or ")),
                }
            }
            _ => write!(
                f,
                "{}",
                error.to_string().trim_start_matches("error: ").trim_end()
            ),
        }
    }
}

/// The commands that have this option, as in "`demo` and `cgi`".
fn owners(option: &str) -> Option<String> {
    let name = option.strip_prefix("--")?;
    let program = definition();
    let owners = program.get_subcommands().filter(|command| {
        let mut options = command.get_opts();
        options.any(|option| option.get_long() == Some(name))
    });
    let owners: Vec<_> = owners
        .map(|owner| format!("`{}`", owner.get_name()))
        .collect();
    match &owners[..] {
        [] => None,
        [owner] => Some(owner.clone()),
        [owners @ .., last] => Some(format!("{} and {last}", owners.join(", "))),
    }
}

/// The option of a command that serves, for one that other programs have under this name.
pub(crate) fn elsewhere(name: &str) -> Option<&'static str> {
    Some(match name {
        "--address" | "--host" | "--listen" | "--port" | "-a" | "-b" | "-p" => "--bind",
        "--worker" | "--workers" | "-w" => "--processes",
        "--cert" | "--certfile" | "--certificate" if cfg!(feature = "tls") => "--tls-cert",
        "--key" | "--keyfile" if cfg!(feature = "tls") => "--tls-key",
        "--config" | "-c" if cfg!(feature = "settings") => "--settings",
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
