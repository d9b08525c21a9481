//! The Python interpreters of this machine.

use std::{
    collections::BTreeSet,
    env, fs,
    path::PathBuf,
    process::{Command, Stdio},
};

/// The oldest version that the wheel is for.
const OLDEST: u32 = 10;

/// The newest version that is looked for. A version that does not exist is not found.
const NEWEST: u32 = 20;

/// The oldest version whose free-threaded build PyO3 supports.
const OLDEST_FREE_THREADED: u32 = 14;

/// A program that prints the minor version of a Python 3, with a `t` if it is free-threaded. It
/// needs `venv` with `pip`.
const PROBE: &str = "\
import ensurepip, sys, sysconfig, venv
if sys.version_info[0] == 3:
    free_threaded = sysconfig.get_config_var('Py_GIL_DISABLED')
    print(sys.version_info[1], 't' if free_threaded else '', sep='')
";

/// An interpreter that works.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Interpreter {
    pub(super) program: String,
    pub(super) version: (u32, u32),
    /// Whether its threads run without Python's lock (GIL). Such a build has no stable ABI.
    pub(super) is_free_threaded: bool,
    /// The beginning of the name of its virtual environment.
    pub(super) purpose: &'static str,
}

impl Interpreter {
    pub(super) fn new(program: String, version: (u32, u32)) -> Self {
        Self {
            program,
            version,
            is_free_threaded: false,
            purpose: "",
        }
    }

    /// The build of this version that is free-threaded.
    fn free_threaded(self) -> Self {
        Self {
            is_free_threaded: true,
            ..self
        }
    }

    fn is_supported(&self) -> bool {
        let oldest = match self.is_free_threaded {
            true => OLDEST_FREE_THREADED,
            false => OLDEST,
        };
        self.version.1 >= oldest
    }

    /// The folder of its virtual environment.
    pub(super) fn environment(&self, folder: &str) -> String {
        let (major, minor) = self.version;
        let kind = if self.is_free_threaded { "t" } else { "" };
        format!("{folder}/{}{major}.{minor}{kind}", self.purpose)
    }

    /// The interpreter of its virtual environment.
    pub(super) fn python(&self, folder: &str) -> String {
        format!("{}/bin/python", self.environment(folder))
    }
}

/// The machine's `python3`, and then one of every other version, also free-threaded.
///
/// They are looked for on the `PATH`, and among those that pyenv installed: it has all of them on
/// the `PATH`, but runs only the one that is chosen.
pub(super) fn find() -> Vec<Interpreter> {
    let numbered = (OLDEST..=NEWEST)
        .flat_map(|minor| [format!("python3.{minor}"), format!("python3.{minor}t")]);
    let programs = ["python3".to_owned()].into_iter().chain(numbered);
    distinct(programs.chain(of_pyenv()).filter_map(probe))
}

fn of_pyenv() -> impl Iterator<Item = String> {
    let home = env::var_os("HOME").map(|home| PathBuf::from(home).join(".pyenv"));
    let root = env::var_os("PYENV_ROOT").map(PathBuf::from).or(home);
    let versions = root.and_then(|root| fs::read_dir(root.join("versions")).ok());
    let mut programs: Vec<_> = versions
        .into_iter()
        .flatten()
        .filter_map(Result::ok)
        .map(|version| version.path().join("bin/python3"))
        .filter(|program| program.is_file())
        .map(|program| program.to_string_lossy().into_owned())
        .collect();
    programs.sort();
    programs.into_iter()
}

/// The interpreter that a program is. `None` if it does not run or is not of use.
fn probe(program: String) -> Option<Interpreter> {
    let output = Command::new(&program)
        .args(["-I", "-c", PROBE])
        .stderr(Stdio::null())
        .output()
        .ok()?;
    let printed = String::from_utf8(output.stdout).ok()?;
    told(program, printed.trim()).filter(Interpreter::is_supported)
}

/// The interpreter that a program is, by what [`PROBE`] prints.
fn told(program: String, printed: &str) -> Option<Interpreter> {
    let of = |minor: &str| Some(Interpreter::new(program, (3, minor.parse().ok()?)));
    match printed.strip_suffix('t') {
        Some(minor) => of(minor).map(Interpreter::free_threaded),
        None => of(printed),
    }
}

/// The first of each version.
fn distinct(found: impl Iterator<Item = Interpreter>) -> Vec<Interpreter> {
    let mut seen = BTreeSet::new();
    found
        .filter(|one| seen.insert((one.version, one.is_free_threaded)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(program: &str, minor: u32) -> Interpreter {
        Interpreter::new(program.to_owned(), (3, minor))
    }

    #[test]
    fn each_version_is_found_once() {
        let found = [
            named("python3", 11),
            named("python3.11", 11),
            named("a", 13),
        ];
        let kept = distinct(found.into_iter());
        assert_eq!(kept, [named("python3", 11), named("a", 13)]);
    }

    #[test]
    fn a_free_threaded_build_is_another_version() {
        let found = ["14", "14t", "14t", "13t", "9"].map(|printed| told("a".to_owned(), printed));
        let found = found
            .into_iter()
            .flatten()
            .filter(Interpreter::is_supported);
        let kept = distinct(found);
        assert_eq!(kept, [named("a", 14), named("a", 14).free_threaded()]);
        assert_eq!(kept[1].environment("t"), "t/3.14t");
    }

    #[test]
    fn a_program_that_is_no_python_is_not_found() {
        assert_eq!(probe("true".to_owned()), None);
        assert_eq!(probe("no-such-program".to_owned()), None);
    }

    #[test]
    fn an_environment_is_named_after_the_version() {
        assert_eq!(named("python3", 11).python("t"), "t/3.11/bin/python");
    }
}
