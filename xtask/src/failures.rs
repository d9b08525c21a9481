//! What the harness printed of the tests that failed.

/// The most lines that are kept of one test.
const MAX_LINES: usize = 20;

/// The most tests that are kept.
const MAX_TESTS: usize = 10;

/// The names and the output of failed tests, taken from the lines of a run.
#[derive(Debug, Default)]
pub(crate) struct Failures {
    tests: Vec<Failure>,
    /// Whether the lines that follow belong to the last of the tests.
    is_open: bool,
}

#[derive(Debug)]
struct Failure {
    name: String,
    lines: Vec<String>,
}

impl Failures {
    /// Takes the next line of a run's output.
    pub(crate) fn take(&mut self, line: &str) {
        let line = line.trim_end();
        let head = line.strip_prefix("---- ");
        if let Some(name) = head.and_then(|rest| rest.strip_suffix(" stdout ----")) {
            self.is_open = self.tests.len() < MAX_TESTS;
            if self.is_open {
                let name = name.to_owned();
                let lines = Vec::new();
                self.tests.push(Failure { name, lines });
            }
        } else if line == "failures:" {
            self.is_open = false;
        } else if self.is_open
            && !line.is_empty()
            && let Some(test) = self.tests.last_mut()
            && test.lines.len() < MAX_LINES
        {
            test.lines.push(line.to_owned());
        }
    }

    /// Adds a failure that is not a test's own. It is kept, however many tests have failed.
    pub(crate) fn add(&mut self, name: String, lines: Vec<String>) {
        self.is_open = false;
        self.tests.push(Failure { name, lines });
    }

    /// Adds those of another run.
    pub(crate) fn append(&mut self, other: Self) {
        self.is_open = false;
        self.tests.extend(other.tests);
    }

    /// The lines of a summary.
    pub(crate) fn summary(&self) -> impl Iterator<Item = String> {
        self.tests.iter().flat_map(|test| {
            let lines = test.lines.iter().map(|line| format!("    {line}"));
            std::iter::once(format!("failed: {}", test.name)).chain(lines)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary(output: &str) -> Vec<String> {
        let mut failures = Failures::default();
        output.lines().for_each(|line| failures.take(line));
        failures.summary().collect()
    }

    #[test]
    fn the_output_of_failed_tests_is_kept_under_their_names() {
        let output = "test a ... ok\ntest b ... FAILED\n\nfailures:\n\n---- b stdout ----\n\n\
            thread 'b' panicked at b.rs:1:1:\nboom\n\n---- c stdout ----\nError: d\n\n\
            failures:\n    b\n    c\n\ntest result: FAILED. 1 passed; 2 failed;\n";
        let expected = [
            "failed: b",
            "    thread 'b' panicked at b.rs:1:1:",
            "    boom",
            "failed: c",
            "    Error: d",
        ];
        assert_eq!(summary(output), expected);
    }

    #[test]
    fn a_run_without_failures_has_no_summary() {
        let output = "test a ... ok\n\ntest result: ok. 1 passed; 0 failed;\n";
        assert!(summary(output).is_empty());
    }

    #[test]
    fn a_failure_of_a_step_is_kept_beside_those_of_tests() {
        let mut failures = Failures::default();
        failures.take("---- a stdout ----");
        failures.add("step".to_owned(), vec!["test b".to_owned()]);
        failures.take("not of a");
        let summary: Vec<_> = failures.summary().collect();
        assert_eq!(summary, ["failed: a", "failed: step", "    test b"]);
    }

    #[test]
    fn long_output_and_many_failures_are_cut() {
        let long = format!("---- a stdout ----\n{}", "line\n".repeat(MAX_LINES + 5));
        assert_eq!(summary(&long).len(), 1 + MAX_LINES);
        let many = "---- a stdout ----\nline\n".repeat(MAX_TESTS + 5);
        assert_eq!(summary(&many).len(), 2 * MAX_TESTS);
    }
}
