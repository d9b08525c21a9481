//! The packaged files of a crate, compared with those of an earlier commit.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{git, result::Result, scratch::Scratch, step::Step};

/// Packaged files that follow from others, or from no change of the crate. An entry in a changelog
/// is about a change, and is none itself.
const IGNORED: &[&str] = &[
    ".cargo_vcs_info.json",
    "CHANGELOG.md",
    "Cargo.lock",
    "Cargo.toml.orig",
];

/// A crate and the commit to compare it with.
#[derive(Debug)]
pub(super) struct Since<'a> {
    pub(super) name: &'a str,
    pub(super) commit: String,
}

/// The packaged files of each crate that have changed since its commit, by name.
///
/// The manifest is compared as cargo publishes it, but without the versions of the crate and of the
/// workspace's other crates: a requirement that was only raised is no change.
pub(super) fn changed(
    root: &Path,
    crates: &[Since<'_>],
    ours: &BTreeSet<&str>,
) -> Result<BTreeMap<String, Vec<String>>> {
    let mut changed = BTreeMap::new();
    if crates.is_empty() {
        return Ok(changed);
    }
    let scratch = Scratch::new("contents")?;
    let names: Vec<_> = crates.iter().map(|of| of.name).collect();
    let now = packed(root, &names, &scratch.path("now"), ours)?;
    let mut by_commit = BTreeMap::<_, Vec<_>>::new();
    for of in crates {
        by_commit.entry(&of.commit).or_default().push(of.name);
    }
    for (commit, names) in by_commit {
        let tree = scratch.path(commit);
        export(root, commit, &tree)?;
        let then = packed(&tree, &names, &scratch.path("then").join(commit), ours)?;
        for name in names {
            changed.insert(name.to_owned(), differing(&now[name], &then[name]));
        }
    }
    Ok(changed)
}

type Files = BTreeMap<String, Vec<u8>>;

fn differing(now: &Files, then: &Files) -> Vec<String> {
    let paths: BTreeSet<_> = now.keys().chain(then.keys()).collect();
    let differing = paths
        .into_iter()
        .filter(|path| now.get(*path) != then.get(*path));
    differing.cloned().collect()
}

/// Writes the tree of a commit to a folder.
fn export(root: &Path, commit: &str, folder: &Path) -> Result {
    fs::create_dir_all(folder)?;
    let archive = folder.with_extension("tar");
    let output = format!("--output={}", archive.display());
    git::run(root, &["archive", "--format=tar", &output, commit])?;
    unpack(&archive, folder)
}

/// Packs crates, and returns the files of each by their path in the package.
fn packed(
    root: &Path,
    names: &[&str],
    folder: &Path,
    ours: &BTreeSet<&str>,
) -> Result<BTreeMap<String, Files>> {
    let step = Step::cargo("package --no-verify --exclude-lockfile --allow-dirty --quiet")
        .with("--target-dir")
        .with(&folder.to_string_lossy());
    let step = names
        .iter()
        .fold(step, |step, name| step.with("--package").with(name));
    let output = step.command().current_dir(root).output()?;
    if !output.status.success() {
        let message = String::from_utf8_lossy(&output.stderr);
        return Err(format!("{step} failed: {message}").into());
    }
    let mut packages = BTreeMap::new();
    for entry in fs::read_dir(folder.join("package"))? {
        let path = entry?.path();
        let file = path.file_name().unwrap_or_default().to_string_lossy();
        let Some(stem) = file.strip_suffix(".crate") else {
            continue;
        };
        // A name may end like the beginning of a version, so the longest one is right.
        let is_its = |name: &&&str| {
            stem.strip_prefix(**name)
                .is_some_and(|v| v.starts_with('-'))
        };
        let Some(name) = names.iter().filter(is_its).max_by_key(|name| name.len()) else {
            continue;
        };
        let into = folder.join("unpacked").join(name);
        fs::create_dir_all(&into)?;
        unpack(&path, &into)?;
        packages.insert((*name).to_owned(), read(&into.join(stem), ours)?);
    }
    if let Some(missing) = names.iter().find(|name| !packages.contains_key(**name)) {
        return Err(format!("{step} packed no {missing}").into());
    }
    Ok(packages)
}

fn unpack(archive: &Path, folder: &Path) -> Result {
    let status = Command::new("tar")
        .arg("-xf")
        .arg(archive)
        .arg("-C")
        .arg(folder)
        .status()?;
    if !status.success() {
        return Err(format!("{} cannot be unpacked", archive.display()).into());
    }
    Ok(())
}

/// The files in an unpacked package.
fn read(folder: &Path, ours: &BTreeSet<&str>) -> Result<Files> {
    let mut files = Files::new();
    let mut waiting: Vec<PathBuf> = vec![folder.to_owned()];
    while let Some(next) = waiting.pop() {
        if next.is_dir() {
            for entry in fs::read_dir(&next)? {
                waiting.push(entry?.path());
            }
            continue;
        }
        let path = next.strip_prefix(folder)?.to_string_lossy().into_owned();
        if IGNORED.contains(&path.as_str()) {
            continue;
        }
        let mut content = fs::read(&next)?;
        if path == "Cargo.toml" {
            content = without_versions(&String::from_utf8(content)?, ours).into_bytes();
        }
        files.insert(path, content);
    }
    Ok(files)
}

/// A published manifest without the version of its crate and those of ours that it uses.
fn without_versions(manifest: &str, ours: &BTreeSet<&str>) -> String {
    let mut is_ours = false;
    let kept = manifest.lines().filter(|line| {
        if let Some(table) = line.strip_prefix('[') {
            let table = table.trim_end_matches(']');
            let last = table.rsplit('.').next().unwrap_or_default();
            is_ours =
                table == "package" || (table.contains("dependencies.") && ours.contains(last));
        }
        !(is_ours && line.starts_with("version = "))
    });
    kept.fold(String::new(), |text, line| text + line + "\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_versions_of_our_crates_are_no_change_of_a_manifest() {
        let manifest = |own, low, foreign| {
            format!(
                "[package]\nname = \"high\"\nversion = \"{own}\"\n\n[dependencies.low]\n\
                 version = \"{low}\"\n\n[dependencies.mime]\nversion = \"{foreign}\"\n"
            )
        };
        let ours = BTreeSet::from(["low", "high"]);
        let reduced = |manifest: String| without_versions(&manifest, &ours);
        let then = reduced(manifest("0.1.0", "0.1.0", "0.3.0"));
        assert_eq!(then, reduced(manifest("0.1.1", "0.2.0", "0.3.0")));
        assert_ne!(then, reduced(manifest("0.1.0", "0.1.0", "0.4.0")));
    }

    #[test]
    fn a_file_that_came_went_or_changed_is_a_difference() {
        let files = |of: &[(&str, &str)]| -> Files {
            let own = |&(path, text): &(&str, &str)| (path.to_owned(), text.into());
            of.iter().map(own).collect()
        };
        let then = files(&[("a", "1"), ("b", "1"), ("c", "1")]);
        let now = files(&[("a", "1"), ("b", "2"), ("d", "1")]);
        assert_eq!(differing(&now, &then), ["b", "c", "d"]);
    }
}
