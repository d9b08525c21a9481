//! What the program says of itself, for shells and for the manual.

use std::io;

use clap_complete::Shell;
use clap_mangen::Man;

use crate::command::definition;

/// The script of a shell that completes commands and options.
pub(crate) fn completions(shell: Shell) -> Vec<u8> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut definition(), "wsgi", &mut script);
    script
}

/// The page of the manual of a command, or of the whole program.
///
/// # Errors
///
/// None are to be expected, since it is written into memory.
pub(crate) fn page(command: Option<&str>) -> io::Result<Vec<u8>> {
    let mut program = definition();
    program.build(); // which gives commands their names
    let about = command.and_then(|name| program.find_subcommand(name));
    let mut page = Vec::new();
    Man::new(about.unwrap_or(&program).clone()).render(&mut page)?;
    Ok(page)
}
