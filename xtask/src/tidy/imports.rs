//! Imports within a crate name the module, so that they show which file uses which.

use syn::visit::{self, Visit};
use syn::{ItemMod, ItemUse, Path, UseTree};

use super::{exposed::is_test, tree::Tree, violation::Violation};
use crate::workspace::Workspace;

pub(super) fn check(workspace: &Workspace, tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    for package in &workspace.packages {
        let folder = format!("{}/src", workspace.relative(package.folder()));
        for (path, text) in tree.files(&folder, "rs") {
            if is_of_tests(path, &folder) {
                continue;
            }
            match syn::parse_file(text) {
                Ok(file) => found.extend(Violation::each(path, problems(&file))),
                Err(error) => {
                    found.push(Violation::new(path, format!("cannot be parsed: {error}")));
                }
            }
        }
    }
    found
}

/// Whether a file in the folder is a module `tests` or below one.
pub(super) fn is_of_tests(path: &str, folder: &str) -> bool {
    let path = path.strip_prefix(folder).unwrap_or(path);
    path.split(['/', '.']).any(|part| part == "tests")
}

fn problems(file: &syn::File) -> Vec<String> {
    let mut imports = Imports::default();
    imports.visit_file(file);
    let problem =
        |name: &String| format!("imports `{name}` from the crate's root, not from its module");
    imports.of_the_root.iter().map(problem).collect()
}

/// A visitor that collects the types, traits and constants that are imported from the root of the
/// crate, or named by a path from there.
#[derive(Default)]
struct Imports {
    of_the_root: Vec<String>,
}

impl<'ast> Visit<'ast> for Imports {
    fn visit_item_mod(&mut self, module: &'ast ItemMod) {
        if !is_test(&module.attrs) {
            visit::visit_item_mod(self, module);
        }
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        if let UseTree::Path(path) = &item.tree
            && path.ident == "crate"
        {
            self.note(&path.tree);
        }
    }

    fn visit_path(&mut self, path: &'ast Path) {
        let mut segments = path.segments.iter();
        if segments.next().is_some_and(|first| first.ident == "crate")
            && let Some(second) = segments.next()
        {
            self.note_name(&second.ident.to_string());
        }
        visit::visit_path(self, path);
    }
}

impl Imports {
    /// Notes the names that stand directly after `crate::`.
    fn note(&mut self, tree: &UseTree) {
        let name = match tree {
            UseTree::Name(name) => &name.ident,
            UseTree::Rename(rename) => &rename.ident,
            UseTree::Path(path) => &path.ident,
            UseTree::Group(group) => return group.items.iter().for_each(|tree| self.note(tree)),
            UseTree::Glob(_) => return self.of_the_root.push("*".to_owned()),
        };
        self.note_name(&name.to_string());
    }

    fn note_name(&mut self, name: &str) {
        if name.starts_with(char::is_uppercase) {
            self.of_the_root.push(name.to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::violation::assert_found;
    use super::*;
    use crate::workspace::sample::{package, workspace};

    #[track_caller]
    fn check_file(path: &str, text: &str, names: &[&str]) {
        let path = format!("crates/a/src/{path}");
        let expected = names.iter().map(|name| {
            format!("{path}: imports `{name}` from the crate's root, not from its module")
        });
        let expected: Vec<_> = expected.collect();
        let expected: Vec<_> = expected.iter().map(String::as_str).collect();
        let tree = Tree::default().with(&path, text);
        assert_found(&check(&workspace([package("a", &[])]), &tree), &expected);
    }

    #[test]
    fn an_import_of_a_module_or_from_one_is_clean() {
        check_file("b.rs", "use crate::key::Key;", &[]);
        check_file("b.rs", "use crate::{key::{self, Key}, wire};", &[]);
        check_file("b.rs", "use std::fmt; use wsgi::Head; use super::Key;", &[]);
    }

    #[test]
    fn an_import_from_the_root_is_found() {
        check_file("b.rs", "use crate::Key;", &["Key"]);
        check_file("b.rs", "use crate::Key as Name;", &["Key"]);
        check_file("b.rs", "use crate::*;", &["*"]);
        check_file("b.rs", "pub(crate) use crate::Kind::{A, B};", &["Kind"]);
        let several = "use crate::{\n    MAX, Key,\n    wire::Frame,\n};";
        check_file("b.rs", several, &["MAX", "Key"]);
        check_file("b.rs", "fn f() { use crate::Key; }", &["Key"]);
        check_file("b.rs", "mod c { use crate::Key; }", &["Key"]);
    }

    #[test]
    fn a_path_from_the_root_is_found() {
        check_file("b.rs", "fn f(key: crate::Key) {}", &["Key"]);
        check_file(
            "b.rs",
            "fn f() { g::<crate::Key>(crate::MAX) }",
            &["Key", "MAX"],
        );
        check_file("b.rs", "fn f() -> crate::key::Key { crate::run() }", &[]);
    }

    #[test]
    fn examples_and_tests_may_import_from_the_root() {
        check_file("b.rs", "/// use crate::Key;\nfn f() {}", &[]);
        check_file("b.rs", "#[cfg(test)] mod tests { use crate::Key; }", &[]);
        check_file("b/tests.rs", "use crate::Key;", &[]);
        check_file("b/tests/c.rs", "use crate::Key;", &[]);
    }
}
