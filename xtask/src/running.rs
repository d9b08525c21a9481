//! The tests that a step is running, as far as its output tells.

/// The names of tests that run for long, taken from the output of the harness.
///
/// It names a test that has been running for a minute. With a single thread it instead writes the
/// name of each test at its start, without the end of the line.
#[derive(Debug, Default)]
pub(crate) struct Running {
    tests: Vec<String>,
    /// The bytes since the last end of a line.
    part: Vec<u8>,
}

impl Running {
    /// Takes the next bytes of the output, and returns the lines that they complete.
    pub(crate) fn take(&mut self, bytes: &[u8]) -> Vec<String> {
        self.part.extend_from_slice(bytes);
        let Some(end) = self.part.iter().rposition(|&byte| byte == b'\n') else {
            return Vec::new();
        };
        let rest = self.part.split_off(end + 1);
        let whole = std::mem::replace(&mut self.part, rest);
        let text = String::from_utf8_lossy(&whole);
        let lines: Vec<_> = text.split_inclusive('\n').map(str::to_owned).collect();
        lines.iter().for_each(|line| self.line(line));
        lines
    }

    /// The last line, if it has no end.
    pub(crate) fn rest(&self) -> Option<String> {
        let rest = String::from_utf8_lossy(&self.part);
        (!rest.is_empty()).then(|| rest.into_owned())
    }

    /// The tests that have not ended.
    pub(crate) fn tests(&self) -> Vec<String> {
        let rest = self.rest().unwrap_or_default();
        let begun = rest.strip_prefix("test ");
        let begun = begun.and_then(|rest| rest.split_once(" ... "));
        let begun = begun.map(|(name, _)| name.to_owned());
        self.tests.iter().cloned().chain(begun).collect()
    }

    fn line(&mut self, line: &str) {
        // The next program begins.
        if line.starts_with("running ") {
            self.tests.clear();
        }
        let Some(rest) = line.strip_prefix("test ") else {
            return;
        };
        if let Some((name, _)) = rest.split_once(" has been running for over ") {
            self.tests.push(name.to_owned());
        } else if let Some((name, _)) = rest.split_once(" ... ") {
            self.tests.retain(|test| test != name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(output: &str, expected: &[&str]) {
        let mut running = Running::default();
        // It may come in any pieces.
        for byte in output.as_bytes() {
            running.take(&[*byte]);
        }
        assert_eq!(running.tests(), expected);
    }

    #[test]
    fn slow_tests_run_until_their_results() {
        let output = "running 3 tests\ntest c ... ok\n\
            test a::b has been running for over 60 seconds\n\
            test b has been running for over 60 seconds\n";
        check(output, &["a::b", "b"]);
        check(&format!("{output}test a::b ... FAILED\n"), &["b"]);
        check(&format!("{output}running 1 test\n"), &[]);
    }

    #[test]
    fn a_test_in_a_single_thread_runs_from_the_start_of_its_line() {
        check("test a ... ok\ntest b ... ", &["b"]);
        check("test a ... ok\ntest b", &[]);
        check("test result: ok. 1 passed", &[]);
    }

    #[test]
    fn lines_are_returned_when_they_are_whole() {
        let mut running = Running::default();
        assert_eq!(running.take(b"one\ntw"), ["one\n"]);
        assert_eq!(running.take(b"o\n\nthree"), ["two\n", "\n"]);
        assert_eq!(running.rest().as_deref(), Some("three"));
    }
}
