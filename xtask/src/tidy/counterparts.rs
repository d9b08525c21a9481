//! The pages for those who come from elsewhere: each name of ours exists.
//!
//! A row of a table has their name, ours, and what differs. The code in the second cell names
//! public items, methods, modules of the facade and features.

use std::collections::BTreeSet;

use super::{imports::is_of_tests, public::Pages, tree::Tree, violation::Violation};
use crate::workspace::{Target, Workspace};

/// The folder of the pages.
const PAGES: &str = "crates/wsgi/coming-from";

/// Words in code that are not names of public items: variables, words of Rust and std, a
/// subcommand, and the methods of an adaptor that a macro makes.
const OTHERS: [&str; 19] = [
    "BTreeMap",
    "HashMap",
    "Err",
    "Ok",
    "delete",
    "demo",
    "fn",
    "get",
    "handler",
    "impl",
    "into",
    "let",
    "post",
    "put",
    "read_to_string",
    "request",
    "session",
    "start_response",
    "writer",
];

pub(super) fn check(workspace: &Workspace, tree: &Tree) -> Vec<Violation> {
    let ours = ours(workspace, tree);
    let mut found = Vec::new();
    for (path, text) in tree.files(PAGES, "md") {
        let unknown = names(text).filter(|name| !ours.contains(name));
        let unknown: BTreeSet<_> = unknown.collect();
        let problem = |name| format!("names `{name}`, which does not exist");
        found.extend(Violation::each(path, unknown.into_iter().map(problem)));
    }
    found
}

/// The names that a row may have.
fn ours(workspace: &Workspace, tree: &Tree) -> BTreeSet<String> {
    let mut names: BTreeSet<_> = OTHERS.map(str::to_owned).into();
    let libraries = workspace
        .crates()
        .filter(|package| package.targets.iter().any(Target::is_library));
    for package in libraries {
        let module = package.name.strip_prefix("wsgi-");
        names.insert(module.unwrap_or(&package.name).replace('-', "_"));
        names.extend(package.features.keys().map(|name| name.replace('-', "_")));
        let sources = format!("{}/src", workspace.relative(package.folder()));
        let mut pages = Pages::default();
        for (path, text) in tree.files(&sources, "rs") {
            if !is_of_tests(path, &sources)
                && let Ok(file) = syn::parse_file(text)
            {
                pages.add(path, &file);
            }
        }
        for (name, page) in pages.public().items {
            names.insert(name);
            names.extend(page.methods);
            names.extend(page.variants);
        }
    }
    names
}

/// The names in the second cells of the rows of tables.
fn names(text: &str) -> impl Iterator<Item = String> {
    let rows = text.lines().filter(|line| line.starts_with('|'));
    let cells = rows.filter_map(|row| {
        let row = row.replace("\\|", " ");
        row.split('|').nth(2).map(str::to_owned)
    });
    cells.flat_map(|cell| {
        let spans = cell.split('`').skip(1).step_by(2);
        let spans = spans.filter(|span| !span.starts_with("std::"));
        spans.flat_map(words).collect::<Vec<_>>()
    })
}

/// The words of a piece of code, without its arguments, texts and macros.
fn words(code: &str) -> Vec<String> {
    let mut depth = 0;
    let mut is_text = false;
    let mut plain = String::new();
    for character in code.chars() {
        match character {
            '"' => is_text = !is_text,
            '(' | '<' | '{' if !is_text => depth += 1,
            ')' | '>' | '}' if !is_text => depth -= 1,
            _ if is_text || depth > 0 => {}
            '-' => plain.push('_'),
            _ => plain.push(character),
        }
    }
    let pieces = plain.split(|c: char| !(c.is_alphanumeric() || "_!".contains(c)));
    let is_name = |word: &&str| word.starts_with(char::is_alphabetic) && !word.ends_with('!');
    pieces.filter(is_name).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::super::violation::assert_found;
    use super::*;
    use crate::workspace::sample::{features, package, workspace};

    #[track_caller]
    fn check_cell(cell: &str, unknown: &[&str]) {
        let source = "pub struct Server; impl Server { pub fn limits() {} } pub enum E { Log }";
        let page = "crates/wsgi/coming-from/a.md";
        let text = format!("| theirs | ours | differs |\n|---|---|---|\n| `x` | {cell} | `y` |\n");
        let tree = Tree::default()
            .with("crates/wsgi-a/src/b.rs", source)
            .with(page, &text);
        let mut package = package("wsgi-a", &[]);
        package.features = features(&[("session-file", &[])]);
        let expected = unknown
            .iter()
            .map(|name| format!("{page}: names `{name}`, which does not exist"));
        let expected: Vec<_> = expected.collect();
        let expected: Vec<_> = expected.iter().map(String::as_str).collect();
        assert_found(&check(&workspace([package]), &tree), &expected);
    }

    #[test]
    fn names_of_items_methods_variants_modules_and_features_exist() {
        check_cell("`a::Server::limits(..)?`, `E::Log`, `session-file`", &[]);
        check_cell("the `Server` of `writeln!(x)`, nothing", &[]);
        check_cell(
            "`Server<'_>` and `limits(other, \"text\")` \\| `std::io`",
            &[],
        );
    }

    #[test]
    fn an_unknown_name_is_found() {
        check_cell("`Server::builder()`", &["builder"]);
        check_cell("`Request::limits`, `limit`", &["Request", "limit"]);
    }
}
