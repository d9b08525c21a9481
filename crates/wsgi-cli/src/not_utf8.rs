//! Names of the options and variables whose values are not UTF-8.

use std::{env, ffi::OsString};

use clap::{Command, ValueHint};

use crate::command::definition;

/// The options and variables whose values are not UTF-8, though they must be, as in "the value of
/// --bind". The values themselves may be secret.
pub(crate) fn not_utf8(arguments: &[OsString]) -> Vec<String> {
    let mut found = Vec::new();
    let mut last = None;
    for argument in arguments {
        let text = argument.to_string_lossy();
        let name = text.split('=').next().filter(|name| name.starts_with("--"));
        if argument.to_str().is_none() {
            let name = name.map(str::to_owned).or(last.take());
            let name = name.filter(|name| takes_text(name));
            found.extend(name.map(|name| format!("the value of {name}")));
        }
        last = name.filter(|&name| name == text).map(str::to_owned);
    }
    for (name, value) in env::vars_os() {
        let option = name.to_str().and_then(|name| name.strip_prefix("WSGI_"));
        let option = option.map(|name| format!("--{}", name.replace('_', "-").to_lowercase()));
        if value.to_str().is_none() && option.is_some_and(|option| takes_text(&option)) {
            found.push(format!("the value of {}", name.display()));
        }
    }
    found
}

/// Whether an option of some command takes a value that is not a path. A path may have any bytes.
fn takes_text(name: &str) -> bool {
    let program = definition();
    let mut options = program.get_subcommands().flat_map(Command::get_opts);
    options.any(|option| {
        let is_path = matches!(
            option.get_value_hint(),
            ValueHint::AnyPath | ValueHint::DirPath | ValueHint::FilePath
        );
        option.get_long() == name.strip_prefix("--")
            && option.get_action().takes_values()
            && !is_path
    })
}
