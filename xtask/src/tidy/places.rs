//! The files and folders that texts name: they exist.
//!
//! A place is written between backticks, from the root, from the folder of the crates, or from the
//! text's own: `crates/wsgi-server/src/workers.rs`, `wsgi-server/src/workers.rs:12`,
//! `tests/restart.rs`.
//!
//! Only Markdown is read: no comment of Rust, TOML or YAML, and no code. A name that begins with
//! `src/`, `examples/` or `benches/` may be a file of the reader's, and is not looked for.

use super::{texts::prose, tree::Tree, violation::Violation};

/// The folders at the root that hold sources.
const FOLDERS: [&str; 3] = ["crates", "tests", "xtask"];

/// The folders of a crate that hold sources.
const SOURCES: [&str; 4] = ["src", "tests", "examples", "benches"];

pub(super) fn check(tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    for (path, text) in tree.files("", "md") {
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let prose: Vec<_> = prose(text).collect();
        let prose = prose.join("\n");
        let missing = places(&prose).filter(|place| !exists(place, folder, tree));
        let problems = missing.map(|place| format!("names `{place}`, which does not exist"));
        found.extend(Violation::each(path, problems));
    }
    found
}

/// The paths between backticks that lead into the sources of a crate, or into a folder of ours.
/// Code may go on in the next line, but not in the next paragraph.
fn places(prose: &str) -> impl Iterator<Item = &str> {
    let paragraphs = prose.split("\n\n");
    let spans = paragraphs.flat_map(|paragraph| paragraph.split('`').skip(1).step_by(2));
    spans.map(without_line).filter(|span| {
        let mut names = span.split('/');
        let first = names.next().unwrap_or_default();
        let second = names.next().unwrap_or_default();
        let is_place = match first {
            _ if FOLDERS.contains(&first) => !second.is_empty(),
            _ => first.starts_with("wsgi") && SOURCES.contains(&second),
        };
        is_place && span.bytes().all(is_of_paths)
    })
}

/// A place without the number of a line, as in `tests/restart.rs:12`.
fn without_line(span: &str) -> &str {
    let is_number = |line: &str| line.bytes().all(|byte| byte.is_ascii_digit());
    match span.rsplit_once(':') {
        Some((place, line)) if is_number(line) => place,
        _ => span,
    }
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
    fn a_place_is_looked_for_in_every_folder_of_sources() {
        check_text(
            "`wsgi-a/benches/e.rs` and `wsgi-a/examples/f.rs`\n",
            &[
                "names `wsgi-a/benches/e.rs`, which does not exist",
                "names `wsgi-a/examples/f.rs`, which does not exist",
            ],
        );
    }

    #[test]
    fn a_place_may_have_the_number_of_a_line() {
        check_text(
            "`tests/d.rs:7`, `tests/e.rs:12`\n",
            &["names `tests/e.rs`, which does not exist"],
        );
    }

    #[test]
    fn code_ends_in_another_line_but_not_in_another_paragraph() {
        check_text(
            "`a --b 1\n--c 2` of `tests/e.rs`\n",
            &["names `tests/e.rs`, which does not exist"],
        );
        check_text(
            "One ` alone.\n\nSee `tests/e.rs`.\n",
            &["names `tests/e.rs`, which does not exist"],
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
