//! The packages that a package compiles, and their lines.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    path::{Path, PathBuf},
};

use serde::Deserialize;

use super::peer;
use crate::result::Result;

/// A package in a tree, as `cargo tree` prints it.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Printed {
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

    pub(super) fn is_local(&self) -> bool {
        self.folder.is_some()
    }
}

/// The packages that a package of `tests/peers` compiles with these features, without its own.
pub(super) fn tree(package: &str, features: &str) -> Result<BTreeSet<Printed>> {
    let tree = peer::cargo("tree")
        .args(["--edges", "normal,build", "--prefix", "none", "--package"])
        .args([package, "--features", features])
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
pub(super) struct Folders(BTreeMap<(String, String), PathBuf>);

impl Folders {
    pub(super) fn load() -> Result<Self> {
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
            .args(["--all-features", "--format-version", "1"])
            .output()?;
        let metadata: Metadata = serde_json::from_slice(&output.stdout)?;
        let packages = metadata.packages.into_iter();
        let folders = packages.filter_map(|package| {
            let folder = package.manifest_path.parent()?.to_owned();
            Some(((package.name, package.version), folder))
        });
        Ok(Self(folders.collect()))
    }

    /// The lines of Rust in all of these packages.
    pub(super) fn lines_of(&self, packages: &BTreeSet<Printed>) -> Result<usize> {
        packages.iter().map(|package| self.lines(package)).sum()
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
