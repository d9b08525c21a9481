//! The extension module for Python, `crates/wsgi-python`: its checks and its tests.
//!
//! The crate is outside the workspace. One wheel is built for every version of Python, and another
//! one for each that is free-threaded. The wheel is installed into a virtual environment for each
//! interpreter, and tested there.

mod comparison;
mod interpreter;
mod options;
mod wheel;

use std::path::Path;

use crate::{outside, report::Report, result::Result, step::Step, workspace::Workspace};

pub(crate) use comparison::{compare_conformance, compare_speed};
use interpreter::Interpreter;
use options::Options;
pub(crate) use wheel::release;

/// The name by which `cargo xtask test` knows the crate.
pub(crate) const PACKAGE: &str = "wsgi-python";

const MANIFEST: &str = "crates/wsgi-python/Cargo.toml";

const TESTS: &str = "crates/wsgi-python/tests";

/// The folder of the wheels, and of a virtual environment for each interpreter.
const FOLDER: &str = "target/python";

/// The folder of the wheels that are only tested or measured.
const WHEELS: &str = "target/python/wheels";

const NO_PYTHON: &str = "no Python of version 3.10 or later is installed (package `python3-venv`)";

const NO_FREE_THREADED: &str = "no free-threaded Python of version 3.14 or later is installed";

/// Builds the wheel and runs its tests. `--frameworks` runs the tests of Flask, Django, Werkzeug
/// and WebTest through the server instead, and `--soak` a long visit of many clients. A name
/// selects the tests that contain it.
pub(crate) fn run(args: &[String]) -> Result {
    let options = Options::parse(args)?;
    let workspace = Workspace::load()?;
    let interpreters = interpreter::find();
    if interpreters.is_empty() {
        return Err(NO_PYTHON.into());
    }
    let mut report = Report::new(&workspace.root);
    let tested = match options.soak.is_some() || options.frameworks {
        true => &interpreters[..1],
        false => &interpreters[..],
    };
    build(&mut report, tested)?;
    if let Some(minutes) = options.soak {
        for step in soak(&interpreters[0], minutes) {
            report.run(&step);
        }
        return report.finish();
    }
    if options.frameworks {
        frameworks(&interpreters[0])
            .iter()
            .for_each(|step| report.run(step));
    } else {
        test(&mut report, &interpreters, WHEELS, options.name.as_deref());
    }
    report.demand_a_test("a test of Python");
    report.finish()
}

/// Runs the checks and the tests as a part of a longer report.
pub(crate) fn append(report: &mut Report) -> Result {
    checks().iter().for_each(|step| report.run(step));
    let interpreters = interpreter::find();
    if interpreters.is_empty() {
        if outside::is_ci() {
            return Err(NO_PYTHON.into());
        }
        report.leave_out("tests with Python", NO_PYTHON);
        return Ok(());
    }
    build(report, &interpreters)?;
    test(report, &interpreters, WHEELS, None);
    Ok(())
}

/// Formatting, clippy and the documentation of the crate.
fn checks() -> [Step; 3] {
    let cargo = |words: &str| Step::cargo(words).with("--manifest-path").with(MANIFEST);
    // It shares the target folder of the workspace, and most of what is in there.
    let shared = |step: Step| step.with("--target-dir target");
    [
        cargo("fmt --check"),
        shared(cargo("clippy --locked --all-targets")).with("--no-deps -- -D warnings"),
        shared(cargo("doc --locked --no-deps")).variable("RUSTDOCFLAGS", "-D warnings"),
    ]
}

/// Builds the wheels for these interpreters, with tools in the environment of the first.
fn build(report: &mut Report, interpreters: &[Interpreter]) -> Result {
    remove_wheels(Path::new("."), WHEELS)?;
    let first = &interpreters[0];
    let folder = first.environment(FOLDER);
    report.run(&Step::new(&first.program, ["-m", "venv", &folder]));
    let requirements = format!("--requirement {TESTS}/requirements.txt");
    report.run(&pip(first).with(&requirements));
    wheels(interpreters)
        .iter()
        .for_each(|step| report.run(step));
    Ok(())
}

/// Removes earlier wheels of a folder: pip would install the latest of them.
fn remove_wheels(root: &Path, folder: &str) -> Result {
    let wheels = root.join(folder);
    match wheels.exists() {
        true => Ok(std::fs::remove_dir_all(&wheels)?),
        false => Ok(()),
    }
}

/// The wheels, without optimisation, as the tests of the other crates. One is for all versions with
/// the lock of the interpreter.
fn wheels(interpreters: &[Interpreter]) -> Vec<Step> {
    let maturin = format!("{}/bin/maturin", interpreters[0].environment(FOLDER));
    let wheel = |interpreter: &Interpreter| {
        Step::new(&maturin, ["build", "--locked", "--profile", "dev"])
            .with("--manifest-path")
            .with(MANIFEST)
            .with(&format!("--interpreter {}", interpreter.program))
            .with(&format!("--target-dir target --out {WHEELS}"))
    };
    without_repetition(interpreters).map(wheel).collect()
}

/// The interpreters that need a wheel of their own: one for all with the lock of the interpreter,
/// and each without.
fn without_repetition(interpreters: &[Interpreter]) -> impl Iterator<Item = &Interpreter> {
    let with_lock = interpreters.iter().find(|one| !one.is_free_threaded);
    let without = interpreters.iter().filter(|one| one.is_free_threaded);
    with_lock.into_iter().chain(without)
}

/// The tests with the first interpreter and a folder's wheel, and the examples of frameworks.
fn tests(first: &Interpreter, wheels: &str, name: Option<&str>) -> Vec<Step> {
    let examples = format!("--requirement {TESTS}/examples/requirements.txt");
    vec![
        pip(first).with(&examples),
        install(pip(first), wheels),
        named(pytest(first), name),
    ]
}

/// The tests with another interpreter. Its environment has no pip, which takes long to install: the
/// pip of the first is used. But that may be older than the tags of free-threaded wheels.
fn more_tests(
    first: &Interpreter,
    other: &Interpreter,
    wheels: &str,
    name: Option<&str>,
) -> Vec<Step> {
    let venv = Step::new(&other.program, ["-m", "venv"]);
    let venv = match other.is_free_threaded {
        true => venv,
        false => venv.with("--without-pip"),
    };
    let pip = || match other.is_free_threaded {
        true => pip(other),
        false => {
            let pip = Step::new(&first.python(FOLDER), ["-m", "pip", "--python"]);
            quiet(pip.with(&other.python(FOLDER)).with("install"))
        }
    };
    // The validator of the library around each application finds the same with each version.
    let pytest = pytest(other).with(&format!("--ignore {TESTS}/examples"));
    let name = Some(name.map_or_else(|| "not validated".to_owned(), str::to_owned));
    vec![
        venv.with(&other.environment(FOLDER)),
        pip().with(&format!("--requirement {TESTS}/requirements.txt")),
        install(pip(), wheels),
        named(pytest, name.as_deref()),
    ]
}

fn named(pytest: Step, name: Option<&str>) -> Step {
    match name {
        Some(name) => pytest.with("-k").argument(name),
        None => pytest,
    }
}

/// The tests of frameworks, by the first interpreter.
fn frameworks(interpreter: &Interpreter) -> Vec<Step> {
    let script = format!("{TESTS}/frameworks/run.py");
    vec![
        install(pip(interpreter), WHEELS),
        Step::new(&interpreter.python(FOLDER), [script.as_str()]).with(FOLDER),
    ]
}

/// A long visit of many clients, by the first interpreter.
fn soak(interpreter: &Interpreter, minutes: u32) -> [Step; 2] {
    let script = format!("{TESTS}/soak/soak.py");
    let soak = Step::new(&interpreter.python(FOLDER), [script]);
    [
        install(pip(interpreter), WHEELS),
        soak.with(&format!("--minutes {minutes}")),
    ]
}

fn install(pip: Step, wheels: &str) -> Step {
    pip.with("--no-index --no-deps --force-reinstall --find-links")
        .with(&format!("{wheels} wsgi-rs"))
}

fn pip(interpreter: &Interpreter) -> Step {
    let python = interpreter.python(FOLDER);
    quiet(Step::new(&python, ["-m", "pip", "install"]))
}

fn quiet(pip: Step) -> Step {
    pip.with("--quiet --disable-pip-version-check")
}

fn pytest(interpreter: &Interpreter) -> Step {
    // Most tests wait for servers: all of them take about a minute of computing. The tests of one
    // server have a group, and stay in one process. A test that takes five minutes is shown with
    // its stack.
    Step::new(&interpreter.python(FOLDER), ["-m", "pytest", "--quiet"])
        .with("-p no:cacheprovider --strict-markers -o faulthandler_timeout=300")
        .with("--numprocesses 8 --dist loadgroup")
        .with(TESTS)
        .bounded()
}

/// Runs the tests of a folder's wheels with every interpreter.
fn test(report: &mut Report, interpreters: &[Interpreter], wheels: &str, name: Option<&str>) {
    let Some((first, others)) = interpreters.split_first() else {
        return;
    };
    tests(first, wheels, name)
        .iter()
        .for_each(|step| report.run(step));
    for other in others {
        let steps = more_tests(first, other, wheels, name);
        steps.iter().for_each(|step| report.run(step));
    }
    leave_out_missing(report, interpreters);
}

/// Says that tests which need a kind of interpreter were left out: they skip themselves elsewhere.
fn leave_out_missing(report: &mut Report, interpreters: &[Interpreter]) {
    if !interpreters.iter().any(|one| one.is_free_threaded) {
        report.leave_out("tests with a free-threaded Python", NO_FREE_THREADED);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn interpreter(program: &str, minor: u32) -> Interpreter {
        Interpreter::new(program.into(), (3, minor))
    }

    #[test]
    fn the_first_interpreter_runs_the_examples_of_frameworks() {
        let steps = tests(&interpreter("python3", 11), WHEELS, Some("a_case"));
        let last = steps.last().unwrap().to_string();
        let expected = "--dist loadgroup crates/wsgi-python/tests -k a_case";
        assert!(last.ends_with(expected), "{last}");
    }

    #[test]
    fn a_free_threaded_interpreter_has_a_wheel_of_its_own() {
        let of = |program: &str, minor| interpreter(program, minor);
        let free = Interpreter {
            is_free_threaded: true,
            ..of("python3.14t", 14)
        };
        let own_pip = more_tests(&of("python3", 11), &free, WHEELS, None)[2].to_string();
        assert!(own_pip.starts_with("target/python/3.14t/bin/python -m pip install "));
        let steps = wheels(&[of("python3", 11), of("python3.14", 14), free]);
        let lines: Vec<_> = steps.iter().map(ToString::to_string).collect();
        assert_eq!(lines.len(), 2);
        assert!(lines[0].contains("--interpreter python3 "), "{}", lines[0]);
        assert!(lines[1].contains("--interpreter python3.14t "));
        assert!(lines[1].starts_with("target/python/3.11/bin/maturin "));
    }

    #[test]
    fn a_missing_free_threaded_interpreter_is_reported() {
        let left_out = |interpreters: &[Interpreter]| {
            let mut report = Report::new(Path::new("."));
            leave_out_missing(&mut report, interpreters);
            report.left_out()
        };
        let with_lock = interpreter("python3", 14);
        let free = Interpreter {
            is_free_threaded: true,
            ..with_lock.clone()
        };
        let both = [with_lock, free];
        assert_eq!(left_out(&both[..1]), ["tests with a free-threaded Python"]);
        assert_eq!(left_out(&both), [""; 0]);
    }

    #[test]
    fn another_interpreter_is_tested_in_its_own_environment() {
        let first = interpreter("python3", 11);
        let steps = more_tests(&first, &interpreter("python3.13", 13), WHEELS, None);
        let lines: Vec<_> = steps.iter().map(ToString::to_string).collect();
        assert_eq!(
            lines[0],
            "python3.13 -m venv --without-pip target/python/3.13"
        );
        let pip = "target/python/3.11/bin/python -m pip --python target/python/3.13/bin/python ";
        assert!(lines[1].starts_with(pip), "{}", lines[1]);
        assert!(lines[2].ends_with("--find-links target/python/wheels wsgi-rs"));
        assert!(lines[3].starts_with("target/python/3.13/bin/python -m pytest "));
        assert!(lines[3].contains("--ignore crates/wsgi-python/tests/examples"));
        assert!(lines[3].ends_with("-k 'not validated'"), "{}", lines[3]);
    }
}
