//! No type of a dependency below 1.0 in a public signature, checked in the compiler's own data.
//!
//! The documentation as JSON names every type by the crate that defines it, also where a signature
//! names it by an alias or a re-export. `tidy` looks for the same in the sources, without a nightly
//! compiler.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use serde::Deserialize;
use serde_json::Value;

use super::documentation::{NIGHTLY_TARGET, libraries};
use crate::{
    result::Result,
    tidy::ALLOWED_BELOW_ONE,
    workspace::{Package, Target, Workspace},
};

pub(super) const TITLE: &str = "types of dependencies in public signatures";

/// Reads the documentation of every library.
pub(super) fn check(workspace: &Workspace) -> Result<Vec<String>> {
    let unstable = unstable(&fs::read_to_string(workspace.root.join("Cargo.lock"))?);
    let mut problems = Vec::new();
    for package in libraries(workspace) {
        let (name, document) = document(workspace, package)?;
        problems.extend(exposed(name, &document, &unstable));
    }
    Ok(problems)
}

/// Which of these crates, as code names them, have types in the public API of a library.
pub(super) fn shown(
    workspace: &Workspace,
    package: &Package,
    crates: &BTreeSet<String>,
) -> Result<BTreeSet<String>> {
    let (_, document) = document(workspace, package)?;
    let shows = |name: &&String| {
        let only = BTreeSet::from([(*name).clone()]);
        !exposed("", &document, &only).is_empty()
    };
    Ok(crates.iter().filter(shows).cloned().collect())
}

/// The name of a library, and its documentation.
fn document<'a>(workspace: &Workspace, package: &'a Package) -> Result<(&'a str, Document)> {
    let doc = workspace.root.join(NIGHTLY_TARGET).join("doc");
    let library = package.targets.iter().find(|target| target.is_library());
    let name = library.map_or("", |Target { name, .. }| name);
    let path = doc.join(name).with_extension("json");
    let read = fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let document = serde_json::from_slice(&read)
        .map_err(|error| format!("{} has another form: {error}", path.display()))?;
    Ok((name, document))
}

/// The crates below 1.0 that a lock file names, as code names them. One with several versions
/// counts if any is below 1.0.
fn unstable(lock: &str) -> BTreeSet<String> {
    let packages = lock.split("[[package]]");
    let unstable = packages.filter_map(|package| {
        let value = |key: &str| {
            let line = package.lines().find_map(|line| line.strip_prefix(key))?;
            Some(line.trim_start_matches(" = ").trim_matches('"'))
        };
        // A package of the workspace has no source.
        value("source")?;
        let name = value("name").filter(|_| value("version").is_some_and(|v| v.starts_with("0.")));
        name.filter(|name| !ALLOWED_BELOW_ONE.contains(name))
    });
    unstable.map(|name| name.replace('-', "_")).collect()
}

/// The used part of the output of `rustdoc --output-format json`.
#[derive(Deserialize)]
struct Document {
    /// The public items, and the parts of them.
    index: BTreeMap<String, Item>,
    /// Every item that is mentioned.
    paths: BTreeMap<String, Mention>,
    external_crates: BTreeMap<String, External>,
}

#[derive(Deserialize)]
struct Item {
    crate_id: u64,
    name: Option<String>,
    inner: Value,
}

#[derive(Deserialize)]
struct Mention {
    crate_id: u64,
    path: Vec<String>,
}

#[derive(Deserialize)]
struct External {
    name: String,
}

fn exposed(library: &str, document: &Document, unstable: &BTreeSet<String>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (id, item) in &document.index {
        if item.crate_id != 0 || is_blanket(&item.inner) {
            continue;
        }
        let mut mentioned = Vec::new();
        mentions(&item.inner, &mut mentioned);
        let mentioned = mentioned.into_iter();
        let paths = mentioned.filter_map(|id| document.paths.get(&id.to_string()));
        for Mention { crate_id, path } in paths {
            let owner = document.external_crates.get(&crate_id.to_string());
            if owner.is_some_and(|owner| unstable.contains(&owner.name)) {
                let place = document.paths.get(id).map(|item| item.path.join("::"));
                let name = item.name.as_deref().unwrap_or("an implementation");
                let place = place.unwrap_or_else(|| format!("{library}: {name}"));
                let path = path.join("::");
                found.insert(format!("{place} shows {path}, whose crate is below 1.0"));
            }
        }
    }
    found
}

/// Whether an item is an implementation for every type, which is another crate's.
fn is_blanket(inner: &Value) -> bool {
    inner
        .pointer("/impl/blanket_impl")
        .is_some_and(|of| !of.is_null())
}

/// Collects the ids of the types and traits that a part of an item names.
fn mentions(part: &Value, found: &mut Vec<u64>) {
    match part {
        Value::Array(parts) => parts.iter().for_each(|part| mentions(part, found)),
        Value::Object(entries) => {
            let is_path = entries.contains_key("path") || entries.contains_key("source");
            let id = entries.get("id").and_then(Value::as_u64);
            found.extend(id.filter(|_| is_path));
            entries.values().for_each(|part| mentions(part, found));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCK: &str = r#"
[[package]]
name = "a"
version = "0.1.0"

[[package]]
name = "http"
version = "1.5.0"
source = "registry+https://github.com/rust-lang/crates.io-index"

[[package]]
name = "mime"
version = "0.3.17"
source = "registry+https://github.com/rust-lang/crates.io-index"

[[package]]
name = "wire-codec"
version = "0.4.2"
source = "registry+https://github.com/rust-lang/crates.io-index"
"#;

    #[test]
    fn a_lock_file_names_the_dependencies_below_one() {
        let expected = BTreeSet::from(["wire_codec".to_owned()]);
        assert_eq!(unstable(LOCK), expected);
    }

    #[track_caller]
    fn check_item(inner: &str, expected: &[&str]) {
        let document = format!(
            r#"{{"index": {{"1": {{"crate_id": 0, "name": "f", "inner": {inner}}}}},
            "paths": {{"2": {{"crate_id": 7, "path": ["wire_codec", "Frame"]}},
                       "3": {{"crate_id": 8, "path": ["http", "HeaderMap"]}}}},
            "external_crates": {{"7": {{"name": "wire_codec"}}, "8": {{"name": "http"}}}}}}"#
        );
        let document = serde_json::from_str(&document).unwrap();
        let found = exposed("a", &document, &unstable(LOCK));
        assert!(found.iter().eq(expected), "{found:?}");
    }

    #[test]
    fn a_type_of_a_dependency_is_found_wherever_an_item_names_it() {
        let shown = ["a: f shows wire_codec::Frame, whose crate is below 1.0"];
        let frame = r#"{"resolved_path": {"path": "F", "id": 2, "args": null}}"#;
        check_item(
            &format!(r#"{{"function": {{"sig": {{"output": {frame}}}}}}}"#),
            &shown,
        );
        check_item(&format!(r#"{{"struct_field": {frame}}}"#), &shown);
        check_item(
            r#"{"use": {"source": "w::Frame", "name": "Frame", "id": 2}}"#,
            &shown,
        );
        check_item(
            r#"{"impl": {"trait": {"path": "Frame", "id": 2}, "blanket_impl": null}}"#,
            &shown,
        );
    }

    #[test]
    fn a_type_of_a_stable_dependency_and_a_blanket_implementation_pass() {
        check_item(
            r#"{"struct_field": {"resolved_path": {"path": "H", "id": 3}}}"#,
            &[],
        );
        check_item(
            r#"{"impl": {"trait": {"path": "Frame", "id": 2}, "blanket_impl": {"generic": "T"}}}"#,
            &[],
        );
    }
}
