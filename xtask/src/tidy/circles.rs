//! The files of a crate import each other in one direction, so that each can be read without those
//! above it. The parts of a module may use what the module has, and a module may hand on what its
//! parts have.

use std::collections::{BTreeMap, BTreeSet};

use syn::visit::{self, Visit};
use syn::{ItemMod, ItemUse, UseTree, Visibility};

use super::{exposed::is_test, imports::is_of_tests, tree::Tree, violation::Violation};
use crate::workspace::Workspace;

pub(super) fn check(workspace: &Workspace, tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    for package in &workspace.packages {
        let folder = format!("{}/src", workspace.relative(package.folder()));
        let imports = Imports::of(&folder, tree);
        for (path, circle) in imports.circles() {
            found.push(Violation::new(path, format!("imports itself by {circle}")));
        }
    }
    found
}

/// The paths of modules that each file imports from, by its own path.
struct Imports<'t> {
    folder: String,
    files: BTreeMap<&'t str, BTreeSet<Vec<String>>>,
}

impl<'t> Imports<'t> {
    fn of(folder: &str, tree: &'t Tree) -> Self {
        let mut files = BTreeMap::new();
        for (path, text) in tree.files(folder, "rs") {
            // Those that cannot be parsed are found elsewhere.
            if !is_of_tests(path, folder)
                && let Ok(file) = syn::parse_file(text)
            {
                let mut uses = Uses::new(module_of(path, folder));
                uses.visit_file(&file);
                files.insert(path, uses.found);
            }
        }
        let folder = folder.to_owned();
        Self { folder, files }
    }

    /// The files that import themselves, each with the files in between.
    fn circles(&self) -> Vec<(&'t str, String)> {
        let next: BTreeMap<_, _> = self
            .files
            .keys()
            .map(|path| (*path, self.from(path)))
            .collect();
        let around = |path| Some((path, circle(path, &next)?));
        next.keys().copied().filter_map(around).collect()
    }

    /// The files that a file imports from, other than itself and the modules that it is a part of.
    fn from(&self, path: &str) -> BTreeSet<&'t str> {
        let modules = self.files[path].iter();
        let homes = modules.filter_map(|module| self.home(module));
        homes.filter(|home| !is_part_of(path, home)).collect()
    }

    /// The file of the innermost module in a path of modules and names. The root only lists what
    /// the others have.
    fn home(&self, module: &[String]) -> Option<&'t str> {
        (1..=module.len()).rev().find_map(|length| {
            let path = format!("{}/{}", self.folder, module[..length].join("/"));
            let is_it =
                |file: &&str| *file == format!("{path}.rs") || *file == format!("{path}/mod.rs");
            self.files.keys().copied().find(is_it)
        })
    }
}

/// Whether a file is another one, or below it in the tree of modules.
fn is_part_of(path: &str, of: &str) -> bool {
    let module = of.trim_end_matches("/mod.rs").trim_end_matches(".rs");
    let rest = path.strip_prefix(module);
    rest.is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
}

/// The shortest way from a file back to itself.
fn circle<'t>(start: &'t str, next: &BTreeMap<&'t str, BTreeSet<&'t str>>) -> Option<String> {
    let mut before = BTreeMap::<&str, &str>::new();
    let mut wave = vec![start];
    while !wave.is_empty() {
        let mut further = Vec::new();
        for path in wave {
            for to in &next[path] {
                if *to == start {
                    return Some(way_to(path, &before).join(", "));
                }
                if !before.contains_key(to) {
                    before.insert(*to, path);
                    further.push(*to);
                }
            }
        }
        wave = further;
    }
    None
}

/// The files on the way to a file, after that from which it begins.
fn way_to<'t>(path: &'t str, before: &BTreeMap<&'t str, &'t str>) -> Vec<&'t str> {
    let mut way = vec![path];
    while let Some(from) = before.get(way[way.len() - 1]) {
        way.push(from);
    }
    way.pop(); // the first one
    way.reverse();
    way
}

/// The path of the module that a file has.
fn module_of(path: &str, folder: &str) -> Vec<String> {
    let path = path.strip_prefix(folder).unwrap_or(path);
    let path = path.trim_start_matches('/').trim_end_matches(".rs");
    let path = path.strip_suffix("/mod").unwrap_or(path);
    let is_root = matches!(path, "lib" | "main" | "mod");
    let parts = path.split('/').filter(|_| !is_root);
    parts.map(str::to_owned).collect()
}

/// A visitor that collects the paths of imports from the crate.
struct Uses {
    module: Vec<String>,
    found: BTreeSet<Vec<String>>,
}

impl Uses {
    fn new(module: Vec<String>) -> Self {
        let found = BTreeSet::new();
        Self { module, found }
    }

    /// Notes the paths of a tree of imports after a path.
    fn note(&mut self, before: &[String], tree: &UseTree) {
        let mut path = before.to_vec();
        match tree {
            UseTree::Path(inner) => {
                match inner.ident.to_string().as_str() {
                    "self" => {}
                    "super" => drop(path.pop()),
                    name => path.push(name.to_owned()),
                }
                self.note(&path, &inner.tree);
            }
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.note(before, tree);
                }
            }
            UseTree::Name(name) if name.ident != "self" => {
                path.push(name.ident.to_string());
                self.found.insert(path);
            }
            UseTree::Rename(rename) if rename.ident != "self" => {
                path.push(rename.ident.to_string());
                self.found.insert(path);
            }
            _ => drop(self.found.insert(path)),
        }
    }
}

impl<'ast> Visit<'ast> for Uses {
    fn visit_item_mod(&mut self, module: &'ast ItemMod) {
        if !is_test(&module.attrs) {
            self.module.push(module.ident.to_string());
            visit::visit_item_mod(self, module);
            self.module.pop();
        }
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        let (UseTree::Path(path), Visibility::Inherited) = (&item.tree, &item.vis) else {
            return; // a module may hand on what those in it have
        };
        let mut start = self.module.clone();
        match path.ident.to_string().as_str() {
            "crate" => start.clear(),
            "self" => {}
            "super" => drop(start.pop()),
            child => start.push(child.to_owned()), // or another crate, which has no file here
        }
        self.note(&start, &path.tree);
    }
}

#[cfg(test)]
mod tests {
    use super::super::violation::assert_found;
    use super::*;
    use crate::workspace::sample::{package, workspace};

    #[track_caller]
    fn check_files(files: &[(&str, &str)], expected: &[&str]) {
        let tree = files.iter().fold(Tree::default(), |tree, (path, text)| {
            tree.with(&format!("crates/a/src/{path}"), text)
        });
        assert_found(&check(&workspace([package("a", &[])]), &tree), expected);
    }

    #[test]
    fn imports_in_one_direction_are_clean() {
        check_files(
            &[
                ("lib.rs", "pub use b::B; pub use c::C;"),
                ("b.rs", "use crate::{c::{self, C}, d::e::E};"),
                ("c.rs", "use std::fmt; use crate::d::e;"),
                ("d.rs", "mod e; use self::e::E; pub use e::F;"),
                ("d/e.rs", "use super::D;"),
            ],
            &[],
        );
    }

    #[test]
    fn a_circle_is_found_however_its_imports_are_written() {
        let expected = [
            "crates/a/src/b.rs: imports itself by crates/a/src/c.rs",
            "crates/a/src/c.rs: imports itself by crates/a/src/b.rs",
        ];
        for (b, c) in [
            ("use crate::c::C;", "use crate::b::B;"),
            ("use crate::{c::{C, D}, e::E};", "use super::b;"),
            ("use self::super::c::C as D;", "fn f() { use crate::b::*; }"),
            ("mod x { use super::super::c::C; }", "use crate::b;"),
            (
                "use crate::{c::C, d};",
                "use crate::d::{self, b::B}; use crate::b::X as Y;",
            ),
        ] {
            check_files(&[("b.rs", b), ("c.rs", c)], &expected);
        }
    }

    #[test]
    fn a_longer_circle_is_named_in_its_order() {
        check_files(
            &[
                ("b.rs", "use crate::c::C;"),
                ("c.rs", "use crate::d::e::E;"),
                ("d/e.rs", "use crate::b::B;"),
                ("f.rs", "use crate::b::B;"),
            ],
            &[
                "crates/a/src/b.rs: imports itself by crates/a/src/c.rs, crates/a/src/d/e.rs",
                "crates/a/src/c.rs: imports itself by crates/a/src/d/e.rs, crates/a/src/b.rs",
                "crates/a/src/d/e.rs: imports itself by crates/a/src/b.rs, crates/a/src/c.rs",
            ],
        );
    }

    #[test]
    fn tests_may_import_from_everywhere() {
        check_files(
            &[
                ("b.rs", "use crate::c::C;"),
                ("c.rs", "#[cfg(test)] mod tests { use crate::b::B; }"),
                ("c/tests.rs", "use crate::b::B;"),
            ],
            &[],
        );
    }
}
