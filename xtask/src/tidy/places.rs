//! The files and folders that texts name: they exist.
//!
//! A place is written between backticks, from the root, from the folder of the crates, or from the
//! text's own: `crates/wsgi-server/src/workers.rs`, `wsgi-server/src/workers.rs`,
//! `tests/restart.rs`.

use super::{texts::prose, tree::Tree, violation::Violation};

/// The folders at the root that hold sources.
const FOLDERS: [&str; 3] = ["crates", "tests", "xtask"];

pub(super) fn check(tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    for (path, text) in tree.files("", "md") {
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let missing = places(text).filter(|place| !exists(place, folder, tree));
        let problems = missing.map(|place| format!("names `{place}`, which does not exist"));
        found.extend(Violation::each(path, problems));
    }
    found
}

/// The paths between backticks that lead into the sources of a crate, or into a folder of ours.
fn places(text: &str) -> impl Iterator<Item = &str> {
    let spans = prose(text).flat_map(|line| line.split('`').skip(1).step_by(2));
    spans.filter(|span| {
        let mut names = span.split('/');
        let first = names.next().unwrap_or_default();
        let second = names.next().unwrap_or_default();
        let is_place = match first {
            _ if FOLDERS.contains(&first) => !second.is_empty(),
            _ => first.starts_with("wsgi") && matches!(second, "src" | "tests" | "examples"),
        };
        is_place && span.bytes().all(is_of_paths)
    })
}

/// Whether a byte occurs in our paths. Others are of commands and patterns.
fn is_of_paths(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"/._-".contains(&byte)
}

fn exists(place: &str, folder: &str, tree: &Tree) -> bool {
    let place = place.trim_end_matches('/');
    let starts = ["", "crates/", &format!("{folder}/")];
    starts.iter().any(|start| {
        let path = format!("{start}{place}");
        tree.contains(&path) || tree.contains_folder(&path)
    })
}

#[cfg(test)]
mod tests {
    use super::super::violation::assert_found;
    use super::*;

    #[track_caller]
    fn check_text(text: &str, problems: &[&str]) {
        let path = "crates/wsgi-a/README.md";
        let tree = Tree::default()
            .with("crates/wsgi-a/src/b/c.rs", "")
            .with("crates/wsgi-a/tests/d.rs", "")
            .with(path, text);
        let expected = problems.iter().map(|problem| format!("{path}: {problem}"));
        let expected: Vec<_> = expected.collect();
        let expected: Vec<_> = expected.iter().map(String::as_str).collect();
        assert_found(&check(&tree), &expected);
    }

    #[test]
    fn a_place_exists() {
        check_text("`wsgi-a/src/b/c.rs`, `wsgi-a/src/b/`, `tests/d.rs`\n", &[]);
        check_text(
            "See `wsgi-a/src/c.rs` and `crates/wsgi-b/`.\n",
            &[
                "names `wsgi-a/src/c.rs`, which does not exist",
                "names `crates/wsgi-b/`, which does not exist",
            ],
        );
    }

    #[test]
    fn other_words_are_not_places() {
        check_text(
            "`tests`, `wsgi-a/x`, `src/d.rs`, `crates/*` and crates/x\n",
            &[],
        );
        check_text("```text\n`crates/x`\n```\n", &[]);
    }
}
