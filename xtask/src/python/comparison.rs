//! Comparisons with other servers for Python's applications.

use std::time::Duration;

use super::interpreter::{self, Interpreter};
use super::{FOLDER, MANIFEST, NO_PYTHON, TESTS, install, pip};
use crate::result::Result;
use crate::step::Step;
use crate::workspace::Workspace;

/// Prints the speed of each server.
///
/// # Errors
///
/// There is no Python, or something cannot be installed, built or measured.
pub(crate) fn compare_speed(rounds: usize, duration: Duration) -> Result {
    let options = format!("--rounds {rounds} --seconds {}", duration.as_secs());
    compare("speed/measure.py", &options)
}

/// Prints the rules of PEP 3333 that each server keeps.
///
/// # Errors
///
/// As [`compare_speed`].
pub(crate) fn compare_conformance() -> Result {
    compare("conformance/compare.py", "")
}

fn compare(script: &str, options: &str) -> Result {
    let interpreters = interpreter::find();
    let first = interpreters.first().ok_or(NO_PYTHON)?;
    let workspace = Workspace::load()?;
    for step in steps(first, script, options) {
        eprintln!("$ {step}");
        let status = step.command().current_dir(&workspace.root).status()?;
        if !status.success() {
            return Err(format!("failed: {step}").into());
        }
    }
    Ok(())
}

/// An environment of its own with the peers, an optimised wheel, and the script in it.
fn steps(interpreter: &Interpreter, script: &str, options: &str) -> [Step; 5] {
    // Beside the environments of the tests, whose frameworks may be others.
    let peers = Interpreter {
        program: interpreter.program.clone(),
        version: interpreter.version,
        purpose: "peers-",
    };
    let python = peers.python(FOLDER);
    let requirements = ["requirements", "conformance/peers", "speed/requirements"];
    let requirements = requirements.map(|name| format!("--requirement {TESTS}/{name}.txt"));
    let maturin = format!("{}/bin/maturin", peers.environment(FOLDER));
    let wheel = Step::new(
        &maturin,
        [
            "build",
            "--locked",
            "--release",
            "--manifest-path",
            MANIFEST,
        ],
    )
    .with(&format!("--interpreter {python}"))
    .with(&format!("--target-dir target --out {FOLDER}/wheels"));
    [
        Step::new(&peers.program, ["-m", "venv"]).with(&peers.environment(FOLDER)),
        pip(&peers).with(&requirements.join(" ")),
        wheel,
        install(pip(&peers)),
        Step::new(&python, [format!("{TESTS}/{script}")]).with(options),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_peers_have_an_environment_of_their_own() {
        let interpreter = Interpreter::new("python3".into(), (3, 11));
        let steps = steps(&interpreter, "speed/measure.py", "--rounds 1");
        let last = steps.last().unwrap().to_string();
        let expected = "target/python/peers-3.11/bin/python \
                        crates/wsgi-python/tests/speed/measure.py --rounds 1";
        assert_eq!(last, expected);
        assert!(steps[2].to_string().contains(" build --locked --release "));
    }
}
