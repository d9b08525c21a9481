//! What a program takes along with a framework: crates, lines, the time of a build, and its size.
//!
//! Each package `hello-*` of `tests/peers` is the first program of a framework's documentation.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::options::Options;
use super::peer;
use super::process::ended_children;
use super::progress::progress;
use super::report::Table;
use crate::result::Result;
use crate::scratch::Scratch;

/// The contenders: our server alone, our facade with its default features, and others.
const CONTENDERS: [&str; 7] = [
    "server",
    "wsgi",
    "tiny-http",
    "rouille",
    "servlin",
    "axum",
    "actix-web",
];

/// Counts once, and builds each contender from nothing once per round.
pub(super) fn measure(options: &Options, scratch: &Scratch) -> Result<Vec<Table>> {
    let mut crates = table("Crates");
    let mut others = table("Crates from the registry");
    let mut lines = table("Lines of Rust in these crates");
    let folders = Folders::load()?;
    for (row, contender) in CONTENDERS.into_iter().enumerate() {
        let tree = tree(contender)?;
        let from_registry = tree.iter().filter(|package| !package.is_local());
        others.add(row, from_registry.count() as f64);
        crates.add(row, tree.len() as f64);
        let each = tree.iter().map(|package| folders.lines(package));
        lines.add(row, each.sum::<Result<usize>>()? as f64);
    }
    let mut times = table("CPU seconds of a release build from nothing");
    let mut sizes = table("Size of the stripped program, MB");
    for round in 1..=options.rounds {
        for (row, contender) in CONTENDERS.into_iter().enumerate() {
            progress(&format!("building {contender}, round {round}"));
            let target = scratch.path("target");
            let before = ended_children()?;
            let package = package(contender);
            let program = peer::build_in(
                &package,
                &target,
                &[("CARGO_PROFILE_RELEASE_STRIP", "symbols")],
            )?;
            times.add(row, (ended_children()? - before).as_secs_f64());
            sizes.add(row, fs::metadata(program)?.len() as f64 / 1e6);
            fs::remove_dir_all(target)?;
        }
    }
    Ok(vec![crates, others, lines, times, sizes])
}

fn table(title: &str) -> Table {
    Table::of(title, CONTENDERS)
}

fn package(contender: &str) -> String {
    format!("hello-{contender}")
}

/// A package in a tree, as `cargo tree` prints it.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Printed {
    name: String,
    version: String,
    folder: Option<PathBuf>,
}

impl Printed {
    /// Reads `name v1.2.3`, followed by marks in brackets: the folder of a package that is not from
    /// the registry, and others.
    fn read(line: &str) -> Option<Self> {
        let (name, rest) = line.split_once(" v")?;
        let (version, marks) = rest.split_once(' ').unwrap_or((rest, ""));
        let folder = marks
            .strip_prefix("(/")
            .and_then(|rest| rest.split_once(')'));
        Some(Self {
            name: name.to_owned(),
            version: version.to_owned(),
            folder: folder.map(|(folder, _)| Path::new("/").join(folder)),
        })
    }

    fn is_local(&self) -> bool {
        self.folder.is_some()
    }
}

/// The packages that a contender compiles, without its own.
fn tree(contender: &str) -> Result<BTreeSet<Printed>> {
    let package = package(contender);
    let tree = peer::cargo("tree")
        .args(["--edges", "normal,build", "--prefix", "none", "--package"])
        .arg(&package)
        .output()?;
    if !tree.status.success() {
        return Err(String::from_utf8_lossy(&tree.stderr).into());
    }
    let text = String::from_utf8(tree.stdout)?;
    let packages = text.lines().filter_map(Printed::read);
    Ok(packages.filter(|printed| printed.name != package).collect())
}

/// The folders of packages from the registry.
#[derive(Debug)]
struct Folders(BTreeMap<(String, String), PathBuf>);

impl Folders {
    fn load() -> Result<Self> {
        #[derive(Deserialize)]
        struct Metadata {
            packages: Vec<Package>,
        }
        #[derive(Deserialize)]
        struct Package {
            name: String,
            version: String,
            manifest_path: PathBuf,
        }
        let output = peer::cargo("metadata")
            .args(["--format-version", "1"])
            .output()?;
        let metadata: Metadata = serde_json::from_slice(&output.stdout)?;
        let packages = metadata.packages.into_iter();
        let folders = packages.filter_map(|package| {
            let folder = package.manifest_path.parent()?.to_owned();
            Some(((package.name, package.version), folder))
        });
        Ok(Self(folders.collect()))
    }

    /// The lines of Rust in a package. Of a package that is not from the registry, its `src`
    /// counts, because its tests are not published.
    fn lines(&self, package: &Printed) -> Result<usize> {
        if let Some(folder) = &package.folder {
            return Ok(lines_below(&folder.join("src"))?);
        }
        let key = (package.name.clone(), package.version.clone());
        let folder = self.0.get(&key);
        let folder = folder.ok_or_else(|| format!("no folder of {} {}", key.0, key.1))?;
        Ok(lines_below(folder)?)
    }
}

fn lines_below(folder: &Path) -> io::Result<usize> {
    let mut lines = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        if entry.file_type()?.is_dir() {
            lines += lines_below(&path)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            lines += fs::read(&path)?
                .iter()
                .filter(|&&byte| byte == b'\n')
                .count();
        }
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_printed_package_has_a_name_a_version_and_perhaps_a_folder() {
        let read = |line| {
            let Printed {
                name,
                version,
                folder,
            } = Printed::read(line).unwrap();
            (name, version, folder)
        };
        let none = |name: &str, version: &str| (name.to_owned(), version.to_owned(), None);
        assert_eq!(read("mio v1.2.4"), none("mio", "1.2.4"));
        assert_eq!(read("log v0.4.35 (*)"), none("log", "0.4.35"));
        assert_eq!(
            read("serde_derive v1.0.1 (proc-macro) (*)"),
            none("serde_derive", "1.0.1")
        );
        let (.., folder) = read("wsgi-scgi v0.1.0 (/home/a b/wsgi-scgi) (*)");
        assert_eq!(folder.as_deref(), Some(Path::new("/home/a b/wsgi-scgi")));
        assert_eq!(Printed::read(""), None);
    }

    #[test]
    fn lines_are_those_of_all_folders() {
        let lines = lines_below(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/bench")).unwrap();
        assert!(lines > 1000, "{lines}");
    }
}
