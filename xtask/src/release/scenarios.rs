//! The plan in each situation.
//!
//! A file in `scenarios` describes the crates of a workspace, and below a line `---` the plan as it
//! is printed. A crate is a line with its name and the version of its manifest. The lines below it
//! say what differs from a crate that nobody uses, that uses nothing, and that was never released.
//! There is no option that writes the plans: a plan that should be another is edited by hand.

use std::{fs, path::Path};

use super::{
    candidate::{Candidate, Out, Use},
    plan::Plan,
};

#[test]
fn every_situation_has_its_plan() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/release/scenarios");
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    let mut differences = String::new();
    for path in &files {
        let text = fs::read_to_string(path).unwrap();
        let (situation, expected) = text.split_once("---\n").expect("a line `---`");
        let (candidates, names) = parse(situation);
        let plan = Plan::new(&candidates, &names).to_string();
        if plan != expected {
            let name = path.file_name().unwrap().display();
            differences += &format!("{name}:\n{plan}\n");
        }
    }
    assert!(files.len() > 20, "{files:?}");
    assert!(differences.is_empty(), "other plans:\n\n{differences}");
}

/// The crates of a situation, and the names on the command line.
fn parse(situation: &str) -> (Vec<Candidate>, Vec<String>) {
    let mut candidates: Vec<Candidate> = Vec::new();
    let mut names = Vec::new();
    for line in situation.lines() {
        let words: Vec<_> = line.split_whitespace().collect();
        match words[..] {
            [] | ["#", ..] if !line.starts_with("    ") => {}
            ["$", "cargo", "xtask", "release", ref named @ ..] => {
                names.extend(named.iter().map(ToString::to_string));
            }
            [name, version] if !line.starts_with(' ') => candidates.push(Candidate {
                name: name.to_owned(),
                version: version.to_owned(),
                may_be_published: true,
                ..Candidate::default()
            }),
            _ => describe(candidates.last_mut().expect("a crate"), line, &words),
        }
    }
    for candidate in &mut candidates {
        if candidate.changelog.is_empty() {
            candidate.changelog = format!("## {} (2026-01-01)\nNews.\n", candidate.version);
        }
    }
    candidates.sort_by(|a, b| a.name.cmp(&b.name));
    (candidates, names)
}

fn describe(candidate: &mut Candidate, line: &str, words: &[&str]) {
    if let Some(line) = line.strip_prefix("    ") {
        candidate.changelog += &format!("{line}\n");
        return;
    }
    match *words {
        ["changelog"] => {}
        ["not", "published"] => candidate.may_be_published = false,
        ["uses", name, requirement, ref more @ ..] => candidate.uses.push(Use {
            name: name.to_owned(),
            requirement: requirement.to_owned(),
            is_exposed: more == ["in", "public"],
        }),
        ["out", version, ref more @ ..] => candidate.out.push(Out {
            version: version.parse().unwrap(),
            is_yanked: more == ["yanked"],
            requirements: match *more {
                ["uses", name, requirement] => vec![(name.to_owned(), requirement.to_owned())],
                _ => Vec::new(),
            },
        }),
        ["tagged", version] => candidate.tags.push(version.parse().unwrap()),
        ["changed", ref files @ ..] => {
            candidate.changed = files.iter().map(ToString::to_string).collect();
        }
        _ => panic!("a line that says nothing: {line}"),
    }
}
