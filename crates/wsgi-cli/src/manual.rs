//! Completions for shells, and pages of the manual.

use std::io;

use clap_complete::Shell;
use clap_mangen::Man;

#[cfg(feature = "settings")]
use crate::settings;
use crate::{
    command::definition,
    edition::{SOURCE, date},
};

/// The script with which a shell completes commands and options.
pub(crate) fn completions(shell: Shell) -> Vec<u8> {
    let mut script = Vec::new();
    // Completions would offer hidden options, too.
    let mut program = definition().mut_subcommand("session-server", |command| {
        let options = command
            .get_arguments()
            .filter(|option| !option.is_hide_set());
        clap::Command::new("session-server")
            .about(command.get_about().cloned().unwrap_or_default())
            .args(options)
            .subcommands(command.get_subcommands())
    });
    clap_complete::generate(shell, &mut program, "wsgi", &mut script);
    script
}

/// A page of the manual, about one command, about the whole program, or about its file of
/// settings.
///
/// # Errors
///
/// Writing into memory does not fail.
pub(crate) fn page(command: Option<&str>) -> io::Result<Vec<u8>> {
    #[cfg(feature = "settings")]
    if command == Some("settings") {
        return Ok(settings::manual_page().into_bytes());
    }
    let mut program = definition();
    program.build(); // gives commands their full names
    let about = command.and_then(|name| program.find_subcommand(name));
    let mut about = about.unwrap_or(&program).clone();
    let synopsis = synopsis(&about.render_usage().to_string());
    let man = Man::new(about).date(date()).source(SOURCE).manual(MANUAL);
    let mut page = Vec::new();
    man.render(&mut page)?;
    // A blank line between two breaks is a space, which breaks lines itself.
    let page = String::from_utf8_lossy(&page).replace(".br\n\n.br\n", ".sp\n");
    let Some((head, rest)) = page.split_once(SYNOPSIS) else {
        return Ok(page.into_bytes());
    };
    let rest = rest.split_once(".SH ").map_or("", |(_, rest)| rest);
    Ok(format!("{head}{SYNOPSIS}{synopsis}.SH {rest}").into_bytes())
}

const SYNOPSIS: &str = ".SH SYNOPSIS\n";

/// The lines of a usage, which name no option that can be left out: those fill a page of their own.
fn synopsis(usage: &str) -> String {
    let usage = usage.trim_start_matches("Usage:").replace('-', "\\-");
    let lines = usage.trim().lines().map(str::trim);
    lines.collect::<Vec<_>>().join("\n.br\n") + "\n"
}

/// The name of the manual, in the header of each page.
pub(crate) const MANUAL: &str = "User Commands";
