//! `cargo xtask new-crate NAME`: creates a crate that passes `tidy`.
//!
//! It is on the floor of the values, without dependencies. Its README, description and keywords are
//! placeholders.

use std::fs;

use crate::{result::Result, workspace::Workspace};

/// A line in a file that names every crate.
struct Entry {
    path: &'static str,
    /// The new line is written above the first line that begins with this.
    above: &'static str,
    line: String,
}

/// Creates the crate, and enters it in every list of crates.
pub(crate) fn run(args: &[String]) -> Result {
    let [name] = args else {
        return Err("new-crate takes one name, such as wsgi-pages".into());
    };
    check(name)?;
    let root = Workspace::load()?.root;
    let folder = root.join("crates").join(name);
    if folder.exists() {
        return Err(format!("{} exists already", folder.display()).into());
    }
    // All texts are complete before the first is written, so that an error leaves the tree
    // unchanged.
    let entered = entries(name)
        .into_iter()
        .map(|entry| {
            let path = root.join(entry.path);
            let text = enter(&fs::read_to_string(&path)?, &entry)?;
            Ok((path, text))
        })
        .collect::<Result<Vec<_>>>()?;
    for (path, text) in files(name) {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap_or(&folder))?;
        fs::write(path, text)?;
    }
    for license in ["LICENSE-APACHE", "LICENSE-MIT"] {
        fs::copy(root.join(license), folder.join(license))?;
    }
    for (path, text) in entered {
        fs::write(path, text)?;
    }
    println!(
        "created crates/{name}; next, write its README, and choose its floor in xtask/src/tidy/floors.rs"
    );
    Ok(())
}

fn check(name: &str) -> Result {
    let rest = name.strip_prefix("wsgi-").unwrap_or_default();
    let is_word = |word: &str| {
        let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        !word.is_empty() && word.chars().all(is_plain)
    };
    if rest.split('-').all(is_word) {
        return Ok(());
    }
    Err(format!("`{name}` is not a name such as wsgi-pages: lower case words after `wsgi-`").into())
}

/// The lines that name the crate in other files.
fn entries(name: &str) -> [Entry; 4] {
    [
        Entry {
            path: "Cargo.toml",
            above: "wsgi-application = ",
            line: format!("{name} = {{ path = \"crates/{name}\", version = \"0.1.0\" }}"),
        },
        Entry {
            path: "README.md",
            above: "| [`wsgi-application`](",
            line: format!("| [`{name}`](crates/{name}) | {DESCRIPTION} |"),
        },
        Entry {
            path: "CHANGELOG.md",
            above: "- [`wsgi-application`](",
            line: format!("- [`{name}`](crates/{name}/CHANGELOG.md)"),
        },
        Entry {
            path: "xtask/src/tidy/floors.rs",
            above: "    // Contract.",
            line: format!("    Room::listed(\"{name}\", &[]),"),
        },
    ]
}

fn enter(text: &str, entry: &Entry) -> Result<String> {
    let Entry { path, above, line } = entry;
    let is_place = |(at, _): &(usize, _)| *at == 0 || text[..*at].ends_with('\n');
    let place = text.match_indices(above).find(is_place);
    let (at, _) = place.ok_or_else(|| format!("{path} has no line that begins with `{above}`"))?;
    Ok(format!("{}{line}\n{}", &text[..at], &text[at..]))
}

const DESCRIPTION: &str = "one phrase that says what it contains";

fn files(name: &str) -> [(&'static str, String); 4] {
    let module = name.replace('-', "_");
    [
        ("Cargo.toml", MANIFEST.replace("NAME", name)),
        (
            "README.md",
            README.replace("NAME", name).replace("MODULE", &module),
        ),
        ("CHANGELOG.md", CHANGELOG.to_owned()),
        ("src/lib.rs", LIBRARY.to_owned()),
    ]
}

const MANIFEST: &str = r#"[package]
name = "NAME"
version = "0.1.0"
description = "One phrase that says what it contains"
keywords = ["wsgi"]
categories = ["web-programming"]
readme = "README.md"
documentation = "https://docs.rs/NAME"
include = ["/src", "/CHANGELOG.md", "/LICENSE-*", "/README.md"]
edition.workspace = true
rust-version.workspace = true
license.workspace = true

[package.metadata.docs.rs]
all-features = true

[lints]
workspace = true
"#;

const README: &str = "# NAME

One phrase that says what it contains.

```rust
use MODULE as _;

fn main() {
    // The first thing that a user does with it.
}
```

## What it does not do

Name the nearest crate that does.
";

const CHANGELOG: &str = "# Changelog

## 0.1.0 (unreleased)

The first release.
";

const LIBRARY: &str = "#![doc = include_str!(\"../README.md\")]
#![forbid(unsafe_code)]
";

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn a_line_is_entered_once_above_its_place() {
        let entry = Entry {
            path: "list",
            above: "b",
            line: "a2".to_owned(),
        };
        assert_eq!(enter("ab\nb\nb\n", &entry).unwrap(), "ab\na2\nb\nb\n");
        let error = enter("ab\n", &entry).unwrap_err().to_string();
        assert_eq!(error, "list has no line that begins with `b`");
    }

    #[test]
    fn every_list_of_the_tree_has_its_place() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        for entry in entries("wsgi-new") {
            let text = fs::read_to_string(root.join(entry.path)).unwrap();
            let entered = enter(&text, &entry).unwrap();
            assert!(entered.contains(&format!("\n{}\n", entry.line)));
        }
    }

    #[test]
    fn a_name_is_lower_case_words_after_wsgi() {
        assert!(check("wsgi-pages").is_ok() && check("wsgi-http2-pages").is_ok());
        for name in [
            "",
            "wsgi",
            "wsgi-",
            "pages",
            "wsgi-Pages",
            "wsgi--a",
            "wsgi-../a",
        ] {
            assert!(check(name).is_err(), "{name}");
        }
    }
}
