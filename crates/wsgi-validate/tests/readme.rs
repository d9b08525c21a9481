//! The list of rules in the README.

use std::fmt::Write;

use wsgi_validate::{Severity, rules};

#[test]
fn the_readme_lists_every_rule() {
    let mut table = "| rule | broken by | the rule | reference |\n|---|---|---|---|\n".to_owned();
    for rule in rules::ALL {
        let name = rule.name();
        let side = match rule.severity() {
            Severity::Violation => rule.side().to_string(),
            Severity::Warning => format!("{} (warning)", rule.side()),
        };
        writeln!(
            table,
            "| `{name}` | {side} | {} | {} |",
            rule.text(),
            rule.reference()
        )
        .unwrap();
    }
    let readme = include_str!("../README.md");
    assert!(readme.contains(&table), "it should contain\n{table}");
}
