//! The request that the arguments of the program make.

use std::{env, ffi::OsString};

use clap::builder::StyledStr;

#[cfg(feature = "settings")]
use crate::settings;
use crate::{
    argument_error::ArgumentError,
    command::{Command, definition},
    unknown_variable::UnknownVariable,
    usage_error::{Reason, UsageError},
};

/// A request that the arguments make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// Show a text: help, or the version.
    Text(StyledStr),
    /// Run a command.
    To(Box<Command>),
}

impl Asked {
    /// Reads the arguments, without the program's name, and the environment.
    pub(crate) fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Self, UsageError> {
        let arguments: Vec<_> = arguments.into_iter().collect();
        Self::read(&arguments).map_err(|reason| UsageError::new(reason, help_for(&arguments)))
    }

    fn read(arguments: &[OsString]) -> Result<Self, Reason> {
        let program = OsString::from("wsgi");
        #[cfg(feature = "settings")]
        let all = settings::added_to(arguments).map_err(Reason::Settings)?;
        #[cfg(not(feature = "settings"))]
        let all = arguments;
        let matches = definition().try_get_matches_from([&program].into_iter().chain(all.iter()));
        let command = matches.and_then(|matches| Command::of(&matches));
        if let Err(error) = &command
            && !error.use_stderr()
        {
            return Ok(Asked::Text(error.render()));
        }
        let has_options = !matches!(
            command,
            Ok(Command::Completions { .. } | Command::Man { .. })
        );
        // What is missing may be in a variable with a misspelt name.
        if has_options && let Some(variable) = UnknownVariable::find(env::vars_os()) {
            return Err(Reason::Variable(variable));
        }
        let command = command
            .map_err(|error| Reason::Argument(ArgumentError::new(error, arguments.to_vec())))?;
        command.check().map_err(Reason::Conflict)?;
        Ok(Asked::To(Box::new(command)))
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

#[cfg(test)]
mod tests {
    use super::Asked;

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
            let shown = shown.to_string();
            assert!(shown.contains(text), "{shown}");
        }
    }
}
