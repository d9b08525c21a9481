//! Links to the documentation of our crates on docs.rs: the item exists.

use std::collections::BTreeMap;

use super::{imports::is_of_tests, public::Pages, tree::Tree, violation::Violation};
use crate::workspace::{Target, Workspace};

/// The start of all links.
const SITE: &str = "https://docs.rs/";

pub(super) fn check(workspace: &Workspace, tree: &Tree) -> Vec<Violation> {
    let libraries = workspace
        .crates()
        .filter(|package| package.targets.iter().any(Target::is_library));
    let pages: BTreeMap<_, _> = libraries
        .map(|package| {
            let folder = workspace.relative(package.folder());
            (package.name.as_str(), public(&folder, tree))
        })
        .collect();
    let mut found = Vec::new();
    for (path, text) in tree.files("", "md") {
        let dead = links(text).filter(|link| is_dead(link, &pages));
        let problems = dead.map(|link| format!("links to {SITE}{link}, which does not exist"));
        found.extend(Violation::each(path, problems));
    }
    found
}

/// The public items of the crate in a folder.
fn public(folder: &str, tree: &Tree) -> Pages {
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
    pages.public()
}

/// The links to docs.rs in a text, without the name of the site.
fn links(text: &str) -> impl Iterator<Item = &str> {
    let ends = |c: char| c.is_whitespace() || matches!(c, ')' | '>' | '"' | '`');
    text.split(SITE)
        .skip(1)
        .filter_map(move |rest| rest.split(ends).next())
}

/// Whether a link names an item that a crate of ours does not have. Fields and associated constants
/// are not looked for.
fn is_dead(link: &str, pages: &BTreeMap<&str, Pages>) -> bool {
    let (page, anchor) = link.split_once('#').unwrap_or((link, ""));
    let (name, path) = page.split_once('/').unwrap_or((page, ""));
    let Some(pages) = pages.get(name) else {
        return name.starts_with("wsgi");
    };
    let file = path.rsplit('/').next().unwrap_or_default();
    let Some((_, item)) = file
        .strip_suffix(".html")
        .and_then(|item| item.split_once('.'))
    else {
        return false;
    };
    let Some(page) = pages.items.get(item) else {
        return true;
    };
    match anchor.split_once('.') {
        Some(("method" | "tymethod", method)) => !page.methods.iter().any(|m| m == method),
        Some(("variant", variant)) => !page.variants.iter().any(|v| v == variant),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::violation::assert_found;
    use super::*;
    use crate::workspace::sample::{package, workspace};

    #[track_caller]
    fn check_link(link: &str, exists: bool) {
        let source = "pub struct S; impl S { pub fn f() {} } pub enum E { V }";
        let text = format!("See [a]({SITE}{link}).\n");
        let tree = Tree::default()
            .with("crates/wsgi-a/src/b.rs", source)
            .with("a.md", &text);
        let expected = format!("a.md: links to {SITE}{link}, which does not exist");
        let expected = if exists { &[][..] } else { &[&*expected][..] };
        assert_found(
            &check(&workspace([package("wsgi-a", &[])]), &tree),
            expected,
        );
    }

    #[test]
    fn a_link_to_a_crate_item_method_or_variant_that_exists_is_clean() {
        check_link("wsgi-a", true);
        check_link("wsgi-a#a-heading", true);
        check_link("wsgi-a/latest/wsgi_a/module/", true);
        check_link("wsgi-a/latest/wsgi_a/struct.S.html#method.f", true);
        check_link("wsgi-a/latest/wsgi_a/enum.E.html#variant.V", true);
        check_link("serde/latest/serde/trait.None.html", true);
    }

    #[test]
    fn a_link_to_something_else_is_dead() {
        check_link("wsgi-b", false);
        check_link("wsgi-a/latest/wsgi_a/struct.T.html", false);
        check_link("wsgi-a/latest/wsgi_a/struct.S.html#method.g", false);
        check_link("wsgi-a/latest/wsgi_a/enum.E.html#variant.W", false);
    }
}
