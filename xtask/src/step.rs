//! A command as data, which pure functions plan, and which is printed and run at the end.

use std::{fmt, time::Duration};

use crate::workspace::cargo;

/// The longest silence of tests. Hardly one takes a minute, also on a busy machine.
const SILENCE: Duration = Duration::from_secs(10 * 60);

/// One command line, run in the root of the workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) variables: Vec<(String, String)>,
    pub(crate) program: String,
    pub(crate) arguments: Vec<String>,
    /// The time for which it may print nothing, once it has begun to print.
    pub(crate) silence: Option<Duration>,
}

impl Step {
    pub(crate) fn new<A: Into<String>>(
        program: &str,
        arguments: impl IntoIterator<Item = A>,
    ) -> Self {
        Self {
            variables: Vec::new(),
            program: program.to_owned(),
            arguments: arguments.into_iter().map(Into::into).collect(),
            silence: None,
        }
    }

    /// A cargo command from its words: `Step::cargo("test --workspace")`.
    pub(crate) fn cargo(words: &str) -> Self {
        Self::new("cargo", words.split_whitespace())
    }

    /// Adds arguments.
    pub(crate) fn with(mut self, words: &str) -> Self {
        let words = words.split_whitespace().map(str::to_owned);
        self.arguments.extend(words);
        self
    }

    /// Adds one argument, which may have spaces.
    pub(crate) fn argument(mut self, argument: &str) -> Self {
        self.arguments.push(argument.to_owned());
        self
    }

    /// Sets an environment variable.
    pub(crate) fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Has the step fail if its tests hang: if they print nothing for ten minutes.
    pub(crate) fn bounded(mut self) -> Self {
        self.silence = Some(SILENCE);
        self
    }

    /// The process, ready to start.
    pub(crate) fn command(&self) -> std::process::Command {
        let cargo = cargo();
        let program = if self.program == "cargo" {
            &cargo
        } else {
            &self.program
        };
        let mut command = std::process::Command::new(program);
        let variables = self.variables.iter().map(|(name, value)| (name, value));
        command.args(&self.arguments).envs(variables);
        command
    }
}

/// The command line for a shell.
impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, value) in &self.variables {
            write!(f, "{name}={} ", quoted(value))?;
        }
        f.write_str(&self.program)?;
        self.arguments
            .iter()
            .try_for_each(|argument| write!(f, " {}", quoted(argument)))
    }
}

fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,+@".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_prints_as_a_shell_line() {
        let step = Step::cargo("doc --no-deps").variable("RUSTDOCFLAGS", "-D warnings");
        assert_eq!(
            step.to_string(),
            "RUSTDOCFLAGS='-D warnings' cargo doc --no-deps"
        );
        let step = Step::new("echo", ["it's", ""]).with("-n");
        assert_eq!(step.to_string(), r"echo 'it'\''s' '' -n");
    }
}
