//! The names in the READMEs of libraries: each is a link, and occurs in code.
//!
//! A reader meets a name, wants to know more, and wants to see it used. The names are those of
//! public items, such as `Sessions` and `Sessions::open`, and of methods whose names have an
//! underscore. Others can be ordinary words, or the names of features.

use std::collections::{BTreeMap, BTreeSet};

use super::{imports::is_of_tests, public::Pages, texts::prose, tree::Tree, violation::Violation};
use crate::workspace::{Target, Workspace};

pub(super) fn check(workspace: &Workspace, tree: &Tree) -> Vec<Violation> {
    let libraries = workspace
        .crates()
        .filter(|package| package.targets.iter().any(Target::is_library));
    let folders = libraries.map(|package| workspace.relative(package.folder()));
    let mut found = Vec::new();
    for folder in folders {
        let path = format!("{folder}/README.md");
        let names = names(&folder, tree);
        found.extend(Violation::each(&path, problems(tree.text(&path), &names)));
    }
    found
}

/// The names of a crate that a README can mean: paths of items and methods, and names of methods.
fn names(folder: &str, tree: &Tree) -> BTreeSet<String> {
    let sources = format!("{folder}/src");
    let mut pages = Pages::default();
    for (path, text) in tree.files(&sources, "rs") {
        // A file that is not Rust is the problem of another rule.
        if !is_of_tests(path, &sources)
            && let Ok(file) = syn::parse_file(text)
        {
            pages.add(path, &file);
        }
    }
    let mut names = BTreeSet::new();
    for (item, page) in pages.public().items {
        for part in page.methods.iter().chain(&page.variants) {
            names.insert(format!("{item}::{part}"));
        }
        let methods = page.methods.into_iter();
        names.extend(methods.filter(|method| method.contains('_')));
        names.insert(item);
    }
    names
}

/// The names in a text that are no links, or do not occur in its code.
fn problems(text: &str, names: &BTreeSet<String>) -> Vec<String> {
    let code = code(text);
    let mut mentions = BTreeMap::new();
    for line in prose(text).filter(|line| !is_definition(line)) {
        let mut pieces = line.split('`');
        let mut before = pieces.next().unwrap_or_default();
        while let (Some(span), Some(after)) = (pieces.next(), pieces.next()) {
            let name = span.split('(').next().unwrap_or_default();
            let is_link = before.ends_with('[') && after.starts_with(']');
            let last = name.rsplit("::").next().unwrap_or_default();
            if names.contains(name) {
                *mentions.entry(last).or_insert(false) |= is_link;
            }
            before = after;
        }
    }
    let mut found = Vec::new();
    for (name, is_linked) in mentions {
        if !is_linked {
            found.push(format!("names `{name}`, and does not link it"));
        }
        if !code.contains(name) {
            found.push(format!("names `{name}`, and has no code with it"));
        }
    }
    found
}

/// The words in the code in Rust.
pub(super) fn code(text: &str) -> BTreeSet<&str> {
    let mut words = BTreeSet::new();
    let mut is_rust = None;
    for line in text.lines() {
        if let Some(language) = line.trim_start().strip_prefix("```") {
            is_rust = match is_rust {
                None => Some(language.starts_with("rust")),
                Some(_) => None,
            };
        } else if is_rust == Some(true) {
            words.extend(line.split(|c: char| !c.is_alphanumeric() && c != '_'));
        }
    }
    words
}

/// Whether a line is the target of a link.
fn is_definition(line: &str) -> bool {
    line.starts_with("[`") && line.contains("`]: ")
}

#[cfg(test)]
mod tests {
    use super::super::violation::assert_found;
    use super::*;
    use crate::workspace::sample::{package, workspace};

    #[track_caller]
    fn check_readme(text: &str, problems: &[&str]) {
        let source = "pub struct S; impl S { pub fn of_a() {} pub fn f() {} fn in_() {} } \
                      pub enum E { V }";
        let tree = Tree::default()
            .with("crates/a/src/b.rs", source)
            .with("crates/a/README.md", text);
        let found = check(&workspace([package("a", &[])]), &tree);
        let expected = problems
            .iter()
            .map(|problem| format!("crates/a/README.md: names {problem}"));
        let expected: Vec<_> = expected.collect();
        let expected: Vec<_> = expected.iter().map(String::as_str).collect();
        assert_found(&found, &expected);
    }

    #[test]
    fn a_name_is_linked_once_and_occurs_in_code() {
        let code = "```rust\nlet s = S::of_a();\n```\n";
        check_readme(&format!("[`S`] and `S`, [`of_a(x)`]\n{code}"), &[]);
        check_readme(&format!("[`S::of_a`], `of_a`, [`S`]\n{code}"), &[]);
        check_readme(
            &format!("`S`\n{code}[`S`]: https://a.example\n"),
            &["`S`, and does not link it"],
        );
        check_readme(
            &format!("`S::of_a()`\n{code}"),
            &["`of_a`, and does not link it"],
        );
        check_readme(
            "[`S`]\n```text\nS\n```\n",
            &["`S`, and has no code with it"],
        );
        check_readme("[`E::V`]\n", &["`V`, and has no code with it"]);
    }

    #[test]
    fn other_words_are_not_names() {
        check_readme("`f`, `V`, `in_`, `of_b`, `T` and `s`\n", &[]);
    }
}
