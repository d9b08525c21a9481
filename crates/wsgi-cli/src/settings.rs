//! A file of settings, in TOML: a setting for each option, under the option's name.
//!
//! The settings become arguments before those of the command line. So an option means the same in
//! both places, and the command line takes precedence. Options whose variable is set are left out.

mod error;
mod file;
mod kind;
mod manual;
mod place;
mod tables;

use std::{env, ffi::OsString, path::PathBuf};

use clap::{ArgMatches, parser::ValueSource};

use self::file::{Added, File};

pub(crate) use self::{error::SettingsError, manual::manual_page};
use crate::command::{SETTINGS, definition};

/// The arguments, with those that the file of settings stands for, if there is one.
///
/// # Errors
///
/// The file cannot be read, or a setting is wrong.
pub(crate) fn added_to(arguments: &[OsString]) -> Result<Vec<OsString>, SettingsError> {
    let unchanged = || Ok(arguments.to_vec());
    let program = OsString::from("wsgi");
    let lenient = definition().ignore_errors(true);
    let Ok(matches) = lenient.try_get_matches_from([&program].into_iter().chain(arguments)) else {
        return unchanged(); // help, or the version
    };
    let Some((name, given)) = matches.subcommand() else {
        return unchanged();
    };
    if given.subcommand().is_some() {
        return unchanged(); // a task, which has no settings
    }
    let Ok(Some(path)) = given.try_get_one::<PathBuf>(SETTINGS) else {
        return unchanged();
    };
    let file = File::read(path)?;
    let is_given = |option: &clap::Arg| is_given(option, given);
    let Added { options, operands } = file.arguments_of(name, is_given)?;
    // Options go before those of the command line, and operands after them.
    let (command, rest) = arguments.split_at(position_after(name, arguments));
    let end = (!operands.is_empty() && !rest.iter().any(|it| it == "--")).then(|| "--".into());
    let rest = rest.iter().cloned();
    let added = command.iter().cloned().chain(options).chain(rest);
    Ok(added.chain(end).chain(operands).collect())
}

/// Whether an option is on the command line, or its variable is set.
fn is_given(option: &clap::Arg, given: &ArgMatches) -> bool {
    let source = given.value_source(option.get_id().as_str());
    source == Some(ValueSource::CommandLine) || option.get_env().is_some_and(is_set)
}

fn is_set(variable: &std::ffi::OsStr) -> bool {
    env::var_os(variable).is_some()
}

/// The position after the name of the command.
fn position_after(name: &str, arguments: &[OsString]) -> usize {
    let position = arguments.iter().position(|argument| argument == name);
    position.map_or(arguments.len(), |position| position + 1)
}

#[cfg(test)]
mod tests;
