//! What of a command line is not UTF-8.

use std::{any::TypeId, env, ffi::OsString, path::PathBuf};

use clap::Command;

use crate::command::definition;

/// The arguments and variables whose values are not UTF-8, as in "the value of --bind". The values
/// themselves may be secret. A path may have any bytes.
pub(crate) fn not_utf8(arguments: &[OsString]) -> Vec<String> {
    let mut found = Vec::new();
    let mut last = None;
    for argument in arguments {
        let text = argument.to_string_lossy();
        let name = text.split('=').next().filter(|name| name.starts_with("--"));
        if argument.to_str().is_none() {
            match name.map(str::to_owned).or(last.take()) {
                None => found.push("an argument".to_owned()),
                Some(name) if takes_path(&name) => {}
                Some(name) => found.push(format!("the value of {name}")),
            }
        }
        last = name.filter(|&name| name == text).map(str::to_owned);
    }
    for (name, value) in env::vars_os() {
        let option = name.to_str().and_then(|name| name.strip_prefix("WSGI_"));
        let option = option.map(|name| format!("--{}", name.replace('_', "-").to_lowercase()));
        if value.to_str().is_none() && option.is_some_and(|option| !takes_path(&option)) {
            found.push(format!("the value of {}", name.display()));
        }
    }
    found
}

/// Whether an option of some command takes a path.
fn takes_path(name: &str) -> bool {
    let program = definition();
    let mut options = program.get_subcommands().flat_map(Command::get_opts);
    options.any(|option| {
        option.get_long() == name.strip_prefix("--")
            && option.get_value_parser().type_id() == TypeId::of::<PathBuf>()
    })
}
