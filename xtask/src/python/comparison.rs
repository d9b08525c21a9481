//! Comparisons with other servers for Python's applications.

use std::time::Duration;

use super::{
    FOLDER, NO_PYTHON, TESTS, WHEELS, install,
    interpreter::{self, Interpreter},
    pip, remove_wheels,
    wheel::{self, Host},
};
use crate::{result::Result, step::Step, workspace::Workspace};

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
    remove_wheels(&workspace.root, WHEELS)?;
    let peers = peers(first);
    let run = |step: &Step| -> Result<bool> {
        eprintln!("$ {step}");
        let status = step.command().current_dir(&workspace.root).status()?;
        Ok(status.success())
    };
    let demand = |step: &Step| match run(step)? {
        true => Ok(()),
        false => Err(format!("failed: {step}").into()),
    };
    environment(&peers).iter().try_for_each(demand)?;
    if !run(&bjoern(&peers))? {
        eprintln!("bjoern is left out: it is built with libev (package `libev-dev`)");
    }
    let host = Host::find()?;
    if host.is_none() {
        eprintln!(
            "the wheel is compiled once, unlike that of a release: {}",
            wheel::NO_TOOL
        );
    }
    steps(&peers, host.as_ref(), script, options)
        .iter()
        .try_for_each(demand)
}

/// The environment of the peers is beside those of the tests, whose frameworks may be others.
fn peers(interpreter: &Interpreter) -> Interpreter {
    Interpreter {
        purpose: "peers-",
        ..interpreter.clone()
    }
}

/// The environment with the peers that are wheels, or are built without more than a compiler.
fn environment(peers: &Interpreter) -> [Step; 2] {
    let requirements = ["requirements", "conformance/peers", "speed/requirements"];
    let requirements = requirements.map(|name| format!("--requirement {TESTS}/{name}.txt"));
    [
        Step::new(&peers.program, ["-m", "venv"]).with(&peers.environment(FOLDER)),
        pip(peers).with(&requirements.join(" ")),
    ]
}

fn bjoern(peers: &Interpreter) -> Step {
    pip(peers).with(&format!("--requirement {TESTS}/speed/bjoern.txt"))
}

/// The wheel of a release in that environment, and the script.
fn steps(peers: &Interpreter, host: Option<&Host>, script: &str, options: &str) -> [Step; 3] {
    let python = peers.python(FOLDER);
    let wheel = match host {
        Some(host) => host.profiled(peers, &python, WHEELS),
        None => wheel::optimised(peers, &python, WHEELS),
    };
    [
        wheel,
        install(pip(peers), WHEELS),
        Step::new(&python, [format!("{TESTS}/{script}")]).with(options),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_peers_have_an_environment_of_their_own() {
        let interpreter = Interpreter::new("python3".into(), (3, 11));
        let peers = peers(&interpreter);
        let steps = steps(&peers, None, "speed/measure.py", "--rounds 1");
        let last = steps.last().unwrap().to_string();
        let expected = "target/python/peers-3.11/bin/python \
                        crates/wsgi-python/tests/speed/measure.py --rounds 1";
        assert_eq!(last, expected);
        assert!(steps[0].to_string().contains(" build --locked --release "));
        let environment = environment(&peers);
        assert!(
            environment[0]
                .to_string()
                .ends_with(" target/python/peers-3.11")
        );
    }
}
