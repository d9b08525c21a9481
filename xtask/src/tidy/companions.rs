//! The crates that a README's examples use besides its own: the text names each of them.
//!
//! A reader copies an example into a project, and needs to know which crates to add to it.

use super::{named::code, texts::prose, tree::Tree, violation::Violation};
use crate::workspace::{Target, Workspace};

pub(super) fn check(workspace: &Workspace, tree: &Tree) -> Vec<Violation> {
    let libraries: Vec<_> = workspace
        .crates()
        .filter(|package| package.targets.iter().any(Target::is_library))
        .collect();
    let names: Vec<_> = libraries
        .iter()
        .map(|package| package.name.as_str())
        .collect();
    let mut found = Vec::new();
    for package in &libraries {
        let path = format!("{}/README.md", workspace.relative(package.folder()));
        let text = tree.text(&path);
        let others = names.iter().filter(|name| **name != package.name);
        let unnamed = others.filter(|name| uses(text, name) && !names_crate(text, name));
        let problems = unnamed.map(|name| format!("uses `{name}` in code, and does not name it"));
        found.extend(Violation::each(&path, problems));
    }
    found
}

/// Whether the code in Rust has a path that begins with a crate.
fn uses(text: &str, name: &str) -> bool {
    let name = name.replace('-', "_");
    code(text).contains(name.as_str()) && text.contains(&format!("{name}::"))
}

/// Whether a word of the prose is the name of a crate.
fn names_crate(text: &str, name: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
    prose(text).any(|line| line.split(|c| !is_part(c)).any(|word| word == name))
}

#[cfg(test)]
mod tests {
    use super::super::violation::assert_found;
    use super::*;
    use crate::workspace::sample::{package, workspace};

    #[track_caller]
    fn check_readme(text: &str, problems: &[&str]) {
        let workspace = workspace([package("a", &[]), package("b-c", &[])]);
        let tree = Tree::default().with("crates/a/README.md", text);
        assert_found(&check(&workspace, &tree), problems);
    }

    #[test]
    fn another_crate_in_code_is_named_in_prose() {
        let code = "```rust\nuse b_c::S;\nuse a::T;\nuse std::fmt;\n```\n";
        let problem = "crates/a/README.md: uses `b-c` in code, and does not name it";
        check_readme(code, &[problem]);
        check_readme(&format!("`b-cd`, `b_c`\n{code}"), &[problem]);
        check_readme(&format!("The examples use `b-c`, too.\n{code}"), &[]);
        check_readme(&format!("[b-c](https://docs.rs/b-c)\n{code}"), &[]);
        check_readme(&code.replace("rust", "text"), &[]);
        check_readme(&code.replace("use b_c::S", "let b_c = 1"), &[]);
    }
}
