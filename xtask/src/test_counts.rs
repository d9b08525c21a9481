//! The numbers of tests that steps ran, as their output tells.

/// The sums of the `test result:` lines in the output, and of the last lines of pytest.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct TestCounts {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    pub(crate) ignored: u64,
}

impl TestCounts {
    /// Adds those of other steps.
    pub(crate) fn add(&mut self, other: &Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.ignored += other.ignored;
    }

    /// Adds a line such as `test result: ok. 3 passed; 0 failed; 1 ignored; ..`, or pytest's
    /// `1 failed, 3 passed, 1 skipped in 0.12s`.
    pub(crate) fn count(&mut self, line: &str) {
        let Some(result) = line
            .strip_prefix("test result: ")
            .or(summary_of_pytest(line))
        else {
            return;
        };
        let words: Vec<_> = result.split_whitespace().collect();
        for pair in words.windows(2) {
            let Ok(number) = pair[0].parse::<u64>() else {
                continue;
            };
            match pair[1].trim_end_matches([';', ',']) {
                "passed" => self.passed += number,
                "failed" | "error" | "errors" => self.failed += number,
                "ignored" | "skipped" => self.ignored += number,
                _ => {}
            }
        }
    }
}

/// The line if it is the last one of `pytest --quiet`.
fn summary_of_pytest(line: &str) -> Option<&str> {
    let (numbers, time) = line.trim_end().rsplit_once(" in ")?;
    let seconds = time.split(' ').next()?.strip_suffix('s');
    let is_time = seconds.is_some_and(|seconds| seconds.parse::<f64>().is_ok());
    let is_pair = |pair: &str| {
        let number = pair.split_once(' ').map(|(number, _)| number);
        number.is_some_and(|number| number.parse::<u64>().is_ok())
    };
    (is_time && numbers.split(", ").all(is_pair)).then_some(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_of_pytest_counts() {
        let mut tests = TestCounts::default();
        tests.count("2 failed, 645 passed, 3 skipped, 1 error in 25.53s\n");
        tests.count("10 passed, 7 deselected in 65.10s (0:01:05)\n");
        tests.count("5 passed things in 3 steps\n");
        let expected = TestCounts {
            passed: 655,
            failed: 3,
            ignored: 3,
        };
        assert_eq!(tests, expected);
    }

    #[test]
    fn the_result_lines_of_the_test_harness_are_summed() {
        let mut tests = TestCounts::default();
        tests.count("running 4 tests\n");
        tests.count("test a ... ok\n");
        tests.count("test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 2 filtered out; finished in 0.01s\n");
        tests.count(
            "test result: FAILED. 5 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out\n",
        );
        assert_eq!(
            tests,
            TestCounts {
                passed: 8,
                failed: 2,
                ignored: 1
            }
        );
    }
}
