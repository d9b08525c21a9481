//! The programs of `tests/peers` that are not servers: they measure themselves, or make files.

use std::{collections::HashMap, fs, path::PathBuf, process::Command};

use super::{instructions, peer};
use crate::{result::Result, scratch::Scratch};

/// A built program.
#[derive(Debug)]
pub(super) struct Program(PathBuf);

/// The figures of a run, by name.
#[derive(Debug)]
pub(super) struct Figures(HashMap<String, f64>);

impl Program {
    pub(super) fn build(package: &str) -> Result<Self> {
        peer::build(package).map(Self)
    }

    pub(super) fn command(&self) -> Command {
        Command::new(&self.0)
    }

    /// Runs the program with arguments.
    pub(super) fn measure(&self, args: &[&str]) -> Result<Figures> {
        output(self.command().args(args)).map(|output| Figures::read(&output))
    }

    /// Runs the program with arguments, and returns the lines that it prints.
    pub(super) fn lines(&self, args: &[&str]) -> Result<Vec<String>> {
        let output = output(self.command().args(args))?;
        Ok(output.lines().map(str::to_owned).collect())
    }

    /// The user-space instructions of a whole run, counted by callgrind.
    pub(super) fn instructions(&self, args: &[&str], scratch: &Scratch) -> Result<u64> {
        let counts = scratch.path("callgrind");
        let mut valgrind = Command::new("valgrind");
        valgrind
            .args(["--quiet", "--tool=callgrind"])
            .arg(format!("--callgrind-out-file={}", counts.display()))
            .arg(&self.0)
            .args(args);
        output(&mut valgrind)?;
        instructions::total(&fs::read_to_string(counts)?)
            .ok_or_else(|| "callgrind's file has no total".into())
    }
}

impl Figures {
    /// Reads lines of a name and a number, and ignores others.
    fn read(output: &str) -> Self {
        let figures = output.lines().filter_map(|line| {
            let (name, figure) = line.split_once(' ')?;
            Some((name.to_owned(), figure.parse().ok()?))
        });
        Self(figures.collect())
    }

    pub(super) fn get(&self, name: &str) -> Result<f64> {
        let figure = self.0.get(name).copied();
        figure.ok_or_else(|| format!("there is no figure `{name}`").into())
    }
}

/// The output of a command that must succeed.
fn output(command: &mut Command) -> Result<String> {
    let output = command.output()?;
    if !output.status.success() {
        let error = String::from_utf8_lossy(&output.stderr);
        return Err(format!("{command:?}: {error}").into());
    }
    Ok(String::from_utf8(output.stdout)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_found_by_name() {
        let figures = Figures::read("ready\nper-second 12.5\nunit none\n");
        assert_eq!(figures.get("per-second").unwrap(), 12.5);
        assert!(figures.get("unit").is_err());
        assert!(figures.get("second").is_err());
    }

    #[test]
    fn a_program_that_fails_has_no_figures() {
        assert!(output(&mut Command::new("false")).is_err());
    }
}
