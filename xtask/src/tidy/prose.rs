//! Rules for comments and texts: their width, and phrases that plain English avoids.
//!
//! CONTRIBUTING explains the style. The rules here have no false alarms, so they are few.

use super::{texts::prose, tree::Tree, violation::Violation};

/// The limit of a line, in characters. rustfmt does not wrap comments.
const MAX_COLUMNS: usize = 100;

/// Phrases that do not occur in comments and texts.
const AVOIDED: &[&str] = &[
    "So many ",
    "That it ",
    "Whoever ",
    "are to be ",
    "for want of ",
    "is to be ",
    "whoever ",
];

/// The beginnings of a summary that is a clause, where a noun or a verb belongs.
const CLAUSES: &[&str] = &["How ", "That ", "What ", "Who ", "Whose "];

pub(super) fn check(tree: &Tree) -> Vec<Violation> {
    let sources = tree.files("", "rs").flat_map(|(path, text)| {
        let mut problems: Vec<_> = comments(text).flat_map(line).collect();
        problems.extend(clauses(text));
        Violation::each(path, problems).collect::<Vec<_>>()
    });
    let texts = tree.files("", "md").flat_map(|(path, text)| {
        let lines = prose(text).filter(|line| can_be_wrapped(line));
        Violation::each(path, lines.flat_map(line)).collect::<Vec<_>>()
    });
    sources.chain(texts).collect()
}

/// The lines that are comments, without the code of examples.
fn comments(text: &str) -> impl Iterator<Item = &str> {
    let mut is_code = false;
    text.lines().filter(move |line| {
        let line = line.trim_start();
        let is_comment = line.starts_with("//");
        let is_fence = line.trim_start_matches(['/', '!', ' ']).starts_with("```");
        is_code = is_comment && (is_code ^ is_fence);
        is_comment && !is_code && !is_fence
    })
}

/// The problems of one line.
fn line(line: &str) -> Vec<String> {
    let mut problems = Vec::new();
    let columns = line.chars().count();
    let line = line.trim();
    if columns > MAX_COLUMNS {
        let start: String = line.chars().take(40).collect();
        let problem = format!("has a line of {columns} columns, more than {MAX_COLUMNS}: {start}");
        problems.push(problem);
    }
    let avoided = AVOIDED.iter().filter(|phrase| line.contains(*phrase));
    problems.extend(avoided.map(|phrase| format!("says `{}`: {line}", phrase.trim())));
    problems
}

/// The summaries of items that begin with a clause.
fn clauses(text: &str) -> impl Iterator<Item = String> {
    let mut is_inside = false;
    let summaries = text.lines().filter_map(move |line| {
        let comment = line.trim_start().strip_prefix("///");
        let summary = comment.filter(|_| !is_inside).map(str::trim_start);
        is_inside = comment.is_some();
        summary
    });
    let clauses = summaries.filter(|summary| CLAUSES.iter().any(|word| summary.starts_with(word)));
    clauses.map(|summary| format!("has a summary that begins with a clause: {summary}"))
}

/// Whether a line of a text may have a line end inside: tables and long links may not.
fn can_be_wrapped(line: &str) -> bool {
    !line.starts_with(['|', '[']) && !line.contains("](")
}

#[cfg(test)]
mod tests {
    use super::super::violation::assert_found;
    use super::*;

    #[track_caller]
    fn check_file(path: &str, text: &str, expected: &[&str]) {
        let expected: Vec<_> = expected.iter().map(|e| format!("{path}: {e}")).collect();
        let expected: Vec<_> = expected.iter().map(String::as_str).collect();
        assert_found(&check(&Tree::default().with(path, text)), &expected);
    }

    #[test]
    fn a_long_comment_is_found_by_its_characters() {
        let code = format!("let a = \"{}\";\n", "a".repeat(100));
        check_file("a.rs", &code, &[]);
        check_file("a.rs", &format!("/// ```\n/// {code}/// ```\n"), &[]);
        check_file("a.rs", &format!("    // {}\n", "é".repeat(93)), &[]);
        let start = format!("// {}", "é".repeat(37));
        check_file(
            "a.rs",
            &format!("    // {}\n", "é".repeat(94)),
            &[&format!(
                "has a line of 101 columns, more than 100: {start}"
            )],
        );
    }

    #[test]
    fn a_long_line_of_a_text_is_found_outside_code_and_tables() {
        let long = "word ".repeat(21);
        let allowed = format!("```text\n{long}\n```\n\n| {long} |\n\n[a](b) {long}\n");
        check_file("a.md", &allowed, &[]);
        let start = &long[..40];
        check_file(
            "a.md",
            &format!("{}\n", long.trim()),
            &[&format!(
                "has a line of 104 columns, more than 100: {start}"
            )],
        );
    }

    #[test]
    fn an_avoided_phrase_is_found_in_comments_and_texts() {
        let phrase = "It is to be done.";
        let expected = format!("says `is to be`: {phrase}");
        check_file("a.md", &format!("{phrase}\n"), &[&expected]);
        check_file("a.rs", &format!("let a = \"{phrase}\";\n"), &[]);
        let expected = format!("says `is to be`: // {phrase}");
        check_file("a.rs", &format!("// {phrase}\n"), &[&expected]);
    }

    #[test]
    fn a_summary_that_is_a_clause_is_found() {
        check_file("a.rs", "/// A noun.\n/// What follows is free.\n", &[]);
        check_file(
            "a.rs",
            "    /// What it is.\n    a: u8,\n",
            &["has a summary that begins with a clause: What it is."],
        );
    }
}
