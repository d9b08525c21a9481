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
/// settings. Each page that it names exists.
///
/// # Errors
///
/// Writing into memory does not fail.
pub(crate) fn page(command: Option<&str>) -> io::Result<Vec<u8>> {
    #[cfg(feature = "settings")]
    if command == Some("settings") {
        return Ok(settings::manual_page().into_bytes());
    }
    let mut program = without_help_command(definition());
    program.build(); // gives commands their full names
    let about = command.and_then(|name| find(&program, name));
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
    let see_also = see_also(command);
    Ok(format!("{head}{SYNOPSIS}{synopsis}.SH {rest}{see_also}").into_bytes())
}

/// The command of a page, and none of the commands that `help` repeats below itself.
fn find<'c>(program: &'c clap::Command, page: &str) -> Option<&'c clap::Command> {
    program.get_subcommands().find_map(|command| {
        let below = page.strip_prefix(command.get_name())?;
        match below.strip_prefix('-') {
            Some(task) => command.find_subcommand(task),
            None => below.is_empty().then_some(command),
        }
    })
}

/// A command without `help`, here and below, which has no page.
fn without_help_command(command: clap::Command) -> clap::Command {
    command
        .disable_help_subcommand(true)
        .mut_subcommands(without_help_command)
}

/// The section with the other pages that belong to one.
fn see_also(command: Option<&str>) -> String {
    let program = command.is_some().then_some("wsgi(1)");
    let settings = cfg!(feature = "settings").then_some("wsgi\\-settings(5)");
    let pages: Vec<_> = program.into_iter().chain(settings).collect();
    match pages.is_empty() {
        true => String::new(),
        false => format!(".SH SEE ALSO\n{}\n", pages.join(",\n")),
    }
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
