//! An example that asserts, for every public item.
//!
//! The page of a type, trait, function or macro has an example that is run and asserts something. A
//! method is called in such an example: on the page of its type, or elsewhere in the documentation
//! of the crate, beside the name of its type unless no other method is called the same.

use std::collections::{BTreeMap, BTreeSet};

use super::{imports::is_of_tests, public::Pages, tree::Tree, violation::Violation};
use crate::workspace::{Target, Workspace};

pub(super) fn check(workspace: &Workspace, tree: &Tree) -> Vec<Violation> {
    let libraries = workspace
        .crates()
        .filter(|package| package.targets.iter().any(Target::is_library));
    let missing = libraries.flat_map(|package| {
        let folder = workspace.relative(package.folder());
        missing(&folder, tree)
    });
    let problem =
        |(path, item)| Violation::new(path, format!("has no example of `{item}` that asserts"));
    missing.map(problem).collect()
}

/// The items without an example in a crate, and their files.
fn missing(folder: &str, tree: &Tree) -> Vec<(String, String)> {
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
    let pages = pages.public();
    let readme = tree.text(&format!("{folder}/README.md"));
    let everywhere: Vec<_> = pages.texts().chain([readme]).flat_map(asserting).collect();
    let mut uses = BTreeMap::new();
    for method in pages.items.values().flat_map(|page| &page.methods) {
        *uses.entry(method.as_str()).or_insert(0) += 1;
    }
    let mut found = Vec::new();
    for (name, page) in &pages.items {
        let here: Vec<_> = page.texts.iter().flat_map(|text| asserting(text)).collect();
        if here.is_empty() {
            found.push((page.path.clone(), name.clone()));
        }
        for method in page.methods.iter().map(String::as_str) {
            let is_called = here.iter().any(|words| words.contains(method))
                || everywhere.iter().any(|words| {
                    words.contains(method) && (words.contains(name.as_str()) || uses[method] == 1)
                });
            if !is_called {
                found.push((page.path.clone(), format!("{name}::{method}")));
            }
        }
    }
    found
}

/// The words of each example in a text that is run and asserts something.
fn asserting(text: &str) -> Vec<BTreeSet<&str>> {
    let mut found = Vec::new();
    let mut block: Option<(bool, Vec<&str>)> = None;
    for line in text.lines() {
        if let Some(language) = line.trim_start().strip_prefix("```") {
            block = match block {
                None => Some((is_run(language), Vec::new())),
                Some((is_run, lines)) => {
                    if is_run && lines.iter().any(|line| line.contains("assert")) {
                        let is_part = |c: char| c.is_alphanumeric() || c == '_';
                        let words = lines.iter().flat_map(|line| line.split(|c| !is_part(c)));
                        found.push(words.collect());
                    }
                    None
                }
            };
        } else if let Some((_, lines)) = &mut block {
            lines.push(line);
        }
    }
    found
}

fn is_run(language: &str) -> bool {
    let words = ["", "rust", "should_panic", "standalone_crate"];
    language.split(',').all(|word| words.contains(&word.trim()))
}

#[cfg(test)]
mod tests {
    use super::super::violation::assert_found;
    use super::*;
    use crate::workspace::sample::{package, workspace};

    const EXAMPLE: &str = "/// A sentence.\n///\n/// ```\n/// assert_eq!(a::f(), 1);\n/// ```\n";

    #[track_caller]
    fn check_source(source: &str, missing: &[&str]) {
        let tree = Tree::default().with("crates/a/src/b.rs", source);
        let found = check(&workspace([package("a", &[])]), &tree);
        let expected = missing
            .iter()
            .map(|item| format!("crates/a/src/b.rs: has no example of `{item}` that asserts"));
        let expected: Vec<_> = expected.collect();
        let expected: Vec<_> = expected.iter().map(String::as_str).collect();
        assert_found(&found, &expected);
    }

    #[test]
    fn every_public_item_needs_an_example() {
        let items = "pub fn f() {} pub struct S; pub enum E {} pub trait T {} \
                     #[macro_export] macro_rules! m { () => {} }";
        check_source(items, &["E", "S", "T", "f", "m"]);
        check_source(&format!("{EXAMPLE}pub fn f() {{}}"), &[]);
        check_source(&format!("pub struct S; {EXAMPLE}impl D for S {{}}"), &[]);
    }

    #[test]
    fn private_and_hidden_items_need_none() {
        check_source(
            "fn f() {} pub(crate) struct S; impl S { pub fn f() {} }",
            &[],
        );
        check_source("#[doc(hidden)] pub fn f() {}", &[]);
        check_source("macro_rules! m { () => {} }", &[]);
        check_source("#[cfg(test)] mod tests { pub fn f() {} }", &[]);
    }

    #[test]
    fn an_example_that_is_not_run_or_does_not_assert_is_none() {
        for language in ["text", "ignore", "no_run", "rust,no_run", "compile_fail"] {
            let example = EXAMPLE.replace("/// ```\n/// a", &format!("/// ```{language}\n/// a"));
            check_source(&format!("{example}pub fn f() {{}}"), &["f"]);
        }
        let example = EXAMPLE.replace("assert_eq!", "drop");
        check_source(&format!("{example}pub fn f() {{}}"), &["f"]);
    }

    #[test]
    fn a_method_is_called_on_the_page_of_its_type() {
        let item = format!("{EXAMPLE}pub struct S; impl S {{ pub fn f() {{}} fn h() {{}} }}");
        check_source(&item, &[]);
        check_source(&item.replace("pub fn f", "pub fn g"), &["S::g"]);
        check_source(&item.replace("pub fn f", "pub fn a_"), &["S::a_"]);
        let item = format!("{EXAMPLE}pub trait S {{ fn f(); fn g(); }}");
        check_source(&item, &["S::g"]);
    }

    #[test]
    fn a_method_is_called_elsewhere_if_its_name_says_which_it_is() {
        let other = EXAMPLE.replace("a::f", "g");
        let item = format!("{other}pub struct S; impl S {{ pub fn f() {{}} }}");
        let alone = format!("{item} {EXAMPLE}pub fn h() {{}}");
        check_source(&alone, &[]);
        let two = format!("{alone} {EXAMPLE}pub struct R; impl R {{ pub fn f() {{}} }}");
        check_source(&two, &["S::f"]);
        check_source(&two.replace("a::f(), 1", "a::f(S), 1"), &[]);
    }
}
