//! `cargo xtask fuzz`: runs the fuzz targets of `tests/fuzz`.

use std::process::Command;

use crate::{
    report::Report,
    result::Result,
    step::Step,
    workspace::{Workspace, cargo},
};

const FOLDER: &str = "tests/fuzz";

/// Words of the formats that the targets parse.
const DICTIONARY: &str = "tests/fuzz/words.dict";

/// The arguments.
#[derive(Debug, PartialEq, Eq)]
struct Options {
    /// The targets to run. If empty, all.
    targets: Vec<String>,
    /// The time that each runs.
    seconds: u64,
}

/// Runs the named targets, or all, one after the other.
pub(crate) fn run(args: &[String]) -> Result {
    let options = Options::parse(args)?;
    let workspace = Workspace::load()?;
    let known = targets(&Workspace::load_from(&workspace.root.join(FOLDER))?);
    let steps = plan(&options, &known)?;
    if !Command::new(cargo())
        .args(["fuzz", "--version"])
        .output()?
        .status
        .success()
    {
        return Err("cargo-fuzz is not installed (cargo install --locked cargo-fuzz)".into());
    }
    let mut report = Report::new(&workspace.root);
    steps.iter().for_each(|step| report.run(step));
    report.finish()
}

impl Options {
    fn parse(args: &[String]) -> Result<Self> {
        let mut options = Self {
            targets: Vec::new(),
            seconds: 60,
        };
        let mut args = args.iter();
        while let Some(arg) = args.next() {
            match arg.as_str() {
                "--seconds" => {
                    let seconds = args.next().ok_or("--seconds needs a number")?;
                    let problem = |_| format!("--seconds needs a number, not `{seconds}`");
                    options.seconds = seconds.parse().map_err(problem)?;
                }
                option if option.starts_with('-') => {
                    return Err(format!("unknown option `{option}`").into());
                }
                target => options.targets.push(target.to_owned()),
            }
        }
        Ok(options)
    }
}

/// The names of the targets: the programs of the workspace.
fn targets(workspace: &Workspace) -> Vec<String> {
    let targets = workspace
        .packages
        .iter()
        .flat_map(|package| &package.targets);
    let programs = targets.filter(|target| target.is_program());
    programs.map(|target| target.name.clone()).collect()
}

fn plan(options: &Options, known: &[String]) -> Result<Vec<Step>> {
    if let Some(stranger) = options
        .targets
        .iter()
        .find(|target| !known.contains(target))
    {
        let known = known.join(", ");
        return Err(format!("unknown fuzz target `{stranger}`; there are {known}").into());
    }
    let targets = if options.targets.is_empty() {
        known
    } else {
        &options.targets
    };
    Ok(targets
        .iter()
        .map(|target| step(target, options.seconds))
        .collect())
}

/// Runs without a sanitizer, with a stable compiler: the code is safe, so the fuzzer looks for
/// panics.
fn step(target: &str, seconds: u64) -> Step {
    Step::cargo("fuzz run --sanitizer none --fuzz-dir")
        .with(FOLDER)
        .with(target)
        .with(&format!("-- -dict={DICTIONARY} -max_total_time={seconds}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::Target;
    use crate::workspace::sample::{package, workspace};

    fn words(line: &str) -> Vec<String> {
        line.split_whitespace().map(str::to_owned).collect()
    }

    #[track_caller]
    fn check(arguments: &str, expected: Result<&[&str], &str>) {
        let known = words("body head");
        let steps = Options::parse(&words(arguments)).and_then(|options| plan(&options, &known));
        let lines = steps.map(|steps| steps.iter().map(ToString::to_string).collect::<Vec<_>>());
        match (lines, expected) {
            (Ok(lines), Ok(expected)) => assert_eq!(lines, expected),
            (Err(error), Err(expected)) => assert_eq!(error.to_string(), expected),
            (lines, expected) => panic!("{lines:?} is not {expected:?}"),
        }
    }

    #[test]
    fn every_program_is_a_target() {
        let mut fuzz = package("fuzz", &[]);
        let head = Target {
            name: "head".to_owned(),
            kind: words("bin"),
            ..fuzz.targets[0].clone()
        };
        fuzz.targets.push(head);
        assert_eq!(targets(&workspace([fuzz])), ["head"]);
    }

    #[test]
    fn targets_run_in_turn_for_the_time_given() {
        let body = "cargo fuzz run --sanitizer none --fuzz-dir tests/fuzz body \
                    -- -dict=tests/fuzz/words.dict -max_total_time=60";
        let head = &body.replace("body", "head");
        check("", Ok(&[body, head]));
        check("head", Ok(&[head]));
        check("head --seconds 600", Ok(&[&head.replace("=60", "=600")]));
    }

    #[test]
    fn unknown_arguments_are_refused() {
        check(
            "tail",
            Err("unknown fuzz target `tail`; there are body, head"),
        );
        check("--seconds", Err("--seconds needs a number"));
        check("--seconds ten", Err("--seconds needs a number, not `ten`"));
        check("--jobs", Err("unknown option `--jobs`"));
    }
}
