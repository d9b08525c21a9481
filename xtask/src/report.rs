//! Runs steps, prints their output, and summarizes the results.

use std::{
    fmt::Display,
    io,
    panic::resume_unwind,
    path::PathBuf,
    thread,
    time::{Duration, Instant},
};

use crate::{
    failures::Failures,
    output::Output,
    result::Result,
    step::Step,
    test_counts::TestCounts,
    watch::{End, watch},
};

/// The steps so far, and their results.
///
/// The steps after a failed one still run, so that one run shows everything that is wrong.
#[derive(Debug)]
pub(crate) struct Report {
    root: PathBuf,
    lines: Vec<Line>,
    tests: TestCounts,
    failures: Failures,
    output: Output,
}

#[derive(Debug)]
struct Line {
    title: String,
    outcome: Outcome,
}

#[derive(Debug)]
enum Outcome {
    Passed(Duration),
    Failed(Duration),
    LeftOut(String),
}

impl Report {
    /// Creates a report of steps that run in `root`.
    pub(crate) fn new(root: impl Into<PathBuf>) -> Self {
        Self {
            root: root.into(),
            lines: Vec::new(),
            tests: TestCounts::default(),
            failures: Failures::default(),
            output: Output::Terminal,
        }
    }

    /// Takes steps, and at the same time other ones, in a report of their own. It is printed, and
    /// becomes a part of this one, when both have ended, also by errors or a panic.
    pub(crate) fn beside(
        &mut self,
        others: impl FnOnce(&mut Self) -> Result + Send,
        steps: impl FnOnce(&mut Self) -> Result,
    ) -> Result {
        let mut apart = Self::new(&self.root);
        apart.output = Output::Kept(Vec::new());
        let (result, others) = thread::scope(|scope| {
            // The error of a task stays in its thread. Its text does not.
            let others = scope.spawn(|| others(&mut apart).map_err(|error| error.to_string()));
            (steps(self), others.join())
        });
        self.take(apart);
        match (result, others.unwrap_or_else(|panic| resume_unwind(panic))) {
            (Err(one), Err(other)) => Err(format!("{one}; {other}").into()),
            (result, others) => result.and(others.map_err(Into::into)),
        }
    }

    fn take(&mut self, other: Self) {
        if let Output::Kept(bytes) = other.output {
            // Without a terminal, the result still counts.
            drop(self.output.piece(&bytes));
        }
        self.lines.extend(other.lines);
        self.tests.add(&other.tests);
        self.failures.append(other.failures);
    }

    /// Runs a command, and prints its output as it arrives.
    pub(crate) fn run(&mut self, step: &Step) {
        self.output.title(format_args!("$ {step}"));
        let start = Instant::now();
        let succeeded = match self.watch(step) {
            Ok(succeeded) => succeeded,
            Err(error) => {
                let program = &step.program;
                let error = format_args!("error: {program} could not be run: {error}");
                self.output.line(error);
                false
            }
        };
        self.push(step.to_string(), succeeded, start.elapsed());
    }

    /// Runs a check in this process, which fails if it finds problems.
    pub(crate) fn check<P: Display>(
        &mut self,
        title: &str,
        check: impl FnOnce() -> Result<Vec<P>>,
    ) {
        self.output.title(title);
        let start = Instant::now();
        let succeeded = match check() {
            Ok(problems) => {
                problems
                    .iter()
                    .for_each(|problem| self.output.line(format_args!("error: {problem}")));
                problems.is_empty()
            }
            Err(error) => {
                self.output.line(format_args!("error: {error}"));
                false
            }
        };
        self.push(title.to_owned(), succeeded, start.elapsed());
    }

    /// Fails if the steps so far ran no test.
    pub(crate) fn demand_a_test(&mut self, title: &str) {
        let TestCounts { passed, failed, .. } = self.tests;
        if passed + failed == 0 {
            self.output.line("error: no test ran");
            self.push(title.to_owned(), false, Duration::ZERO);
        }
    }

    /// Records a step that was left out, and the reason.
    pub(crate) fn leave_out(&mut self, title: &str, why: impl Into<String>) {
        let outcome = Outcome::LeftOut(why.into());
        self.lines.push(Line {
            title: title.to_owned(),
            outcome,
        });
    }

    /// The steps that were left out so far.
    pub(crate) fn left_out(&self) -> Vec<String> {
        let is_left_out = |line: &&Line| matches!(line.outcome, Outcome::LeftOut(_));
        let lines = self.lines.iter().filter(is_left_out);
        lines.map(|line| line.title.clone()).collect()
    }

    /// Prints the summary. Returns an error if a step failed.
    pub(crate) fn finish(self) -> Result {
        println!();
        let mut failed_steps = Vec::new();
        for Line { title, outcome } in &self.lines {
            match outcome {
                Outcome::Passed(time) => println!("passed {:6.1} s  {title}", time.as_secs_f64()),
                Outcome::Failed(time) => {
                    failed_steps.push(title.as_str());
                    println!("FAILED {:6.1} s  {title}", time.as_secs_f64());
                }
                Outcome::LeftOut(why) => println!("left out         {title}: {why}"),
            }
        }
        let TestCounts {
            passed,
            failed,
            ignored,
        } = self.tests;
        if passed + failed + ignored > 0 {
            println!("tests: {passed} passed, {failed} failed, {ignored} ignored");
        }
        self.failures.summary().for_each(|line| println!("{line}"));
        match &*failed_steps {
            [] => Ok(()),
            [step] => Err(format!("1 step failed: {step}").into()),
            steps => Err(format!("{} steps failed: {}", steps.len(), steps.join("; ")).into()),
        }
    }

    fn push(&mut self, title: String, succeeded: bool, time: Duration) {
        let outcome = if succeeded {
            Outcome::Passed(time)
        } else {
            Outcome::Failed(time)
        };
        self.lines.push(Line { title, outcome });
    }

    /// Runs a step. Returns whether it succeeded.
    fn watch(&mut self, step: &Step) -> io::Result<bool> {
        let mut command = step.command();
        command.current_dir(&self.root);
        let end = watch(command, step.silence, &mut self.output, |line| {
            self.tests.count(line);
            self.failures.take(line);
        })?;
        match end {
            End::Itself(succeeded) => Ok(succeeded),
            End::Killed(running) => {
                let seconds = step.silence.unwrap_or_default().as_secs_f32();
                let title = format!("{step}: nothing was printed for {seconds} s, so it was ended");
                let heading = format_args!("\nerror: {title}. Still running:");
                self.output.line(heading);
                for line in &running {
                    self.output.line(format_args!("    {line}"));
                }
                self.failures.add(title, running);
                Ok(false)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{env, process::Command, sync::Barrier};

    use super::*;

    #[test]
    fn a_run_without_a_test_fails_if_one_is_demanded() {
        let mut report = Report::new(".");
        report.demand_a_test("a test");
        assert!(report.finish().is_err());

        let mut report = Report::new(".");
        report
            .tests
            .count("test result: ok. 1 passed; 0 failed; 0 ignored;\n");
        report.demand_a_test("a test");
        assert!(report.finish().is_ok());
    }

    #[test]
    fn a_failed_step_fails_the_report_and_the_next_one_still_runs() {
        let mut report = Report::new(".");
        report.run(&Step::new("false", [""; 0]));
        report.run(&Step::new("true", [""; 0]));
        report.run(&Step::new("a-program-that-does-not-exist", [""; 0]));
        report.check("nothing wrong", || Ok(Vec::<String>::new()));
        report.check("something wrong", || Ok(vec!["it"]));
        report.leave_out("macOS", "not here");
        assert_eq!(report.lines.len(), 6);
        assert_eq!(
            report.finish().unwrap_err().to_string(),
            "3 steps failed: false; a-program-that-does-not-exist; something wrong"
        );
    }

    #[test]
    fn steps_beside_others_are_reported_after_them() {
        let shell = |script: &str| Step::new("sh", ["-c", script]);
        let (both_have_begun, others_have_ended) = (&Barrier::new(2), &Barrier::new(2));
        let mut report = Report::new(".");
        report.output = Output::Kept(Vec::new());
        let others = |report: &mut Report| {
            both_have_begun.wait();
            let script = "echo 1 passed in 0.1s; echo '---- b stdout ----'; echo e >&2; exit 1";
            report.run(&shell(script));
            report.leave_out("c", "not here");
            others_have_ended.wait();
            Err("they ended early".into())
        };
        let result = report.beside(others, |report| {
            both_have_begun.wait();
            others_have_ended.wait();
            report.run(&shell("echo 2 passed in 0.1s"));
            Ok(())
        });
        assert_eq!(result.unwrap_err().to_string(), "they ended early");
        let titles = report.lines.iter().map(|line| line.title.split(' ').nth(3));
        assert!(titles.eq([Some("2"), Some("1"), None]), "{report:?}");
        assert_eq!(report.tests.passed, 3);
        assert!(report.failures.summary().eq(["failed: b"]));
        let Output::Kept(printed) = &report.output else {
            panic!("it is printed already");
        };
        let printed = String::from_utf8_lossy(printed);
        assert!(
            printed.find("\n2 passed") < printed.find("\n1 passed"),
            "{printed}"
        );
        assert!(report.finish().is_err());
    }

    #[test]
    fn the_errors_of_steps_and_of_those_beside_them_are_both_reported() {
        let mut report = Report::new(".");
        let result = report.beside(|_| Err("no Python".into()), |_| Err("no nginx".into()));
        assert_eq!(result.unwrap_err().to_string(), "no nginx; no Python");
    }

    #[test]
    fn steps_beside_others_are_told_as_they_begin_and_kept_in_a_panic() {
        const NAME: &str = "steps_beside_others_are_told_as_they_begin_and_kept_in_a_panic";
        // The harness shows what this test prints only if it runs in a process of its own.
        if env::var_os(NAME).is_some() {
            let others = |report: &mut Report| {
                report.run(&Step::new("echo", ["kept"]));
                panic!("the others");
            };
            drop(Report::new(".").beside(others, |_| Ok(())));
        }
        let mut itself = Command::new(env::current_exe().unwrap());
        itself.args([&format!("report::tests::{NAME}"), "--exact", "--nocapture"]);
        let output = itself.env(NAME, "").output().unwrap();
        let printed = String::from_utf8_lossy(&output.stdout);
        let told = printed.find("beside: $ echo kept\n").expect(&printed);
        let kept = printed.find("\n\n$ echo kept\nkept\n").expect(&printed);
        assert!(told < kept, "{printed}");
        assert!(!output.status.success());
    }

    #[test]
    fn a_step_that_hangs_is_a_failure_with_what_ran() {
        let mut report = Report::new(".");
        let script = "echo 'test a has been running for over 60 seconds'; sleep 1000";
        let mut step = Step::new("sh", ["-c", script]);
        step.silence = Some(Duration::from_millis(500));
        report.run(&step);
        let summary: Vec<_> = report.failures.summary().collect();
        let end = ": nothing was printed for 0.5 s, so it was ended";
        assert!(summary[0].ends_with(end), "{summary:?}");
        assert_eq!(summary[1], "    test a");
        assert!(report.finish().is_err());
    }

    #[test]
    fn a_report_without_failures_is_a_success() {
        let mut report = Report::new(".");
        report.leave_out("macOS", "not here");
        assert!(report.finish().is_ok());
    }
}
