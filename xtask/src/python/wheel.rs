//! `cargo xtask wheel`: the wheels for a release, which are tested as they are.
//!
//! They have a folder of their own, which no test or comparison changes until they are uploaded.
//!
//! They are compiled twice. The first ones count what runs, while `tests/speed/train.py` visits
//! their servers. By these counts, the compiler then knows what to inline, and which way a branch
//! mostly goes.

use std::{path::Path, process::Command};

use super::{
    FOLDER, MANIFEST, NO_PYTHON, TESTS,
    interpreter::{self, Interpreter},
    pip, remove_wheels, test, without_repetition,
};
use crate::{report::Report, result::Result, step::Step, workspace::Workspace};

pub(super) const NO_TOOL: &str = "`llvm-profdata` of this compiler is not installed, which adds up \
                                  the counts (rustup component add llvm-tools)";

/// The folder of the wheels for a release.
const RELEASE: &str = "target/python/release";

/// Builds the wheels into `target/python/release`, and runs the tests with them.
///
/// # Errors
///
/// There are arguments, a program is missing, or a step failed.
pub(crate) fn release(args: &[String]) -> Result {
    if let Some(arg) = args.first() {
        return Err(format!("unexpected argument `{arg}`").into());
    }
    let workspace = Workspace::load()?;
    let interpreters = interpreter::find();
    let first = interpreters.first().ok_or(NO_PYTHON)?;
    let host = Host::find()?.ok_or(NO_TOOL)?;
    remove_wheels(&workspace.root, RELEASE)?;
    let mut report = Report::new(&workspace.root);
    for step in environment(first) {
        report.run(&step);
    }
    for interpreter in without_repetition(&interpreters) {
        report.run(&host.profiled(first, &interpreter.program, RELEASE));
    }
    test(&mut report, &interpreters, RELEASE, None);
    report.demand_a_test("a test of Python");
    report.finish()
}

/// The environment with maturin.
fn environment(first: &Interpreter) -> [Step; 2] {
    [
        Step::new(&first.program, ["-m", "venv"]).with(&first.environment(FOLDER)),
        pip(first).with(&format!("--requirement {TESTS}/requirements.txt")),
    ]
}

/// A machine whose compiler can make use of counts.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Host {
    /// Its name, such as `x86_64-unknown-linux-gnu`.
    triple: String,
}

impl Host {
    /// This machine. `None` if `llvm-profdata` is missing.
    pub(super) fn find() -> Result<Option<Self>> {
        let output = Command::new("rustc")
            .args(["--print", "target-libdir"])
            .output()?;
        if !output.status.success() {
            let reason = String::from_utf8_lossy(&output.stderr);
            return Err(format!("`rustc --print target-libdir` failed: {}", reason.trim()).into());
        }
        let libraries = String::from_utf8(output.stdout)?;
        Ok(Self::of(Path::new(libraries.trim())))
    }

    /// The machine of a folder of libraries, which is beside the tools: `rustlib/HOST/lib`.
    fn of(libraries: &Path) -> Option<Self> {
        let folder = libraries.parent()?;
        let triple = folder.file_name()?.to_str()?.to_owned();
        let tool = folder.join("bin/llvm-profdata");
        tool.is_file().then_some(Self { triple })
    }

    /// A wheel that is compiled twice, with maturin from the environment of an interpreter, into
    /// this folder.
    ///
    /// Macros and build scripts would count, too, if the target were not named.
    pub(super) fn profiled(&self, maturin: &Interpreter, python: &str, folder: &str) -> Step {
        let target = format!("--pgo --target {}", self.triple);
        optimised(maturin, python, folder).with(&target)
    }
}

/// An optimised wheel, with maturin from the environment of an interpreter, into this folder.
pub(super) fn optimised(maturin: &Interpreter, python: &str, folder: &str) -> Step {
    let maturin = format!("{}/bin/maturin", maturin.environment(FOLDER));
    Step::new(&maturin, ["build", "--locked", "--release"])
        .with("--manifest-path")
        .with(MANIFEST)
        .with(&format!("--interpreter {python}"))
        .with(&format!("--target-dir target --out {folder}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;

    #[test]
    fn a_wheel_of_a_release_is_compiled_with_counts() {
        let host = Host {
            triple: "x86_64-unknown-linux-gnu".to_owned(),
        };
        let interpreter = Interpreter::new("python3".to_owned(), (3, 11));
        let step = host
            .profiled(&interpreter, "python3.13", RELEASE)
            .to_string();
        assert!(step.starts_with("target/python/3.11/bin/maturin build --locked --release "));
        assert!(step.contains(" --interpreter python3.13 "), "{step}");
        assert!(step.contains(" --out target/python/release "), "{step}");
        let counted = " --pgo --target x86_64-unknown-linux-gnu";
        assert!(step.ends_with(counted), "{step}");
    }

    #[test]
    fn the_tool_is_beside_the_libraries() {
        let scratch = Scratch::new("wheel").unwrap();
        let folder = scratch.path("rustlib/x86_64-unknown-linux-gnu");
        std::fs::create_dir_all(folder.join("bin")).unwrap();
        let libraries = folder.join("lib");
        assert_eq!(Host::of(&libraries), None);
        std::fs::write(folder.join("bin/llvm-profdata"), "").unwrap();
        assert_eq!(
            Host::of(&libraries).unwrap().triple,
            "x86_64-unknown-linux-gnu"
        );
    }
}
