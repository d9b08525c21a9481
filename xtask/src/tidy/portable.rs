//! Crates without a server compile for Windows: what only Unix has is behind a `cfg`.
//!
//! The check reads lines. In formatted code, what an attribute holds for ends at a line with the
//! indentation of its first one.

use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, Lit, Meta, MetaList, MetaNameValue, Token};

use super::{tree::Tree, violation::Violation};
use crate::workspace::Workspace;

/// The crates that compile for Windows. `cargo xtask ci` compiles them for it, where its standard
/// library is installed.
pub(crate) const PORTABLE: &[&str] = &[
    "wsgi-headers",
    "wsgi-environ",
    "wsgi-file-wrapper",
    "wsgi-forms",
    "wsgi-cookies",
    "wsgi-metrics",
    "wsgi-sessions",
    "wsgi-http1",
    "wsgi-fastcgi",
    "wsgi-scgi",
    "wsgi-uwsgi",
    "wsgi-proxy-protocol",
    "wsgi-application",
    "wsgi-gateway",
    "wsgi-files",
    "wsgi-middleware",
    "wsgi-proxy",
    "wsgi-adaptor",
];

/// The parts of the standard library, and the crates, that only Unix has.
const UNIX: &[&str] = &["os::fd", "os::linux", "os::unix", "libc", "rustix"];

pub(super) fn check(workspace: &Workspace, tree: &Tree) -> Vec<Violation> {
    let packages = workspace.crates();
    let portable = packages.filter(|package| PORTABLE.contains(&package.name.as_str()));
    let folders = portable.map(|package| format!("{}/src", workspace.relative(package.folder())));
    folders
        .flat_map(|folder| unguarded(&folder, tree))
        .collect()
}

/// The files of a folder with code that Windows cannot compile.
fn unguarded(folder: &str, tree: &Tree) -> Vec<Violation> {
    let files: Vec<_> = tree.files(folder, "rs").collect();
    let guarded: Vec<_> = files
        .iter()
        .flat_map(|(path, text)| guarded_modules(path, text))
        .collect();
    let is_guarded = |path: &str| {
        let below = |module: &String| path.strip_prefix(module.as_str());
        guarded
            .iter()
            .filter_map(below)
            .any(|rest| rest.starts_with(['.', '/']))
    };
    let files = files.into_iter().filter(|(path, _)| !is_guarded(path));
    let found = files.flat_map(|(path, text)| {
        let lines = lines(text).into_iter().filter(|line| !line.is_guarded);
        let names = UNIX.iter().copied();
        let used =
            lines.flat_map(move |line| names.clone().filter(move |name| uses(line.text, name)));
        used.map(move |name| {
            let problem = format!("uses {name}, which Windows lacks, without #[cfg(unix)]");
            Violation::new(path, problem)
        })
    });
    found.collect()
}

/// The paths, without extension, of the modules that a file declares for Unix or for tests alone.
fn guarded_modules(path: &str, text: &str) -> Vec<String> {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let folder = match name {
        "lib.rs" | "main.rs" | "mod.rs" => folder,
        _ => path.trim_end_matches(".rs"),
    };
    let lines = lines(text).into_iter().filter(|line| line.is_guarded);
    let names = lines.filter_map(|line| {
        let declared = line.text.trim().strip_suffix(';')?;
        let (before, name) = declared.rsplit_once(' ')?;
        (before == "mod" || before.ends_with(" mod")).then_some(name)
    });
    names.map(|name| format!("{folder}/{name}")).collect()
}

/// A line of code.
struct Line<'a> {
    text: &'a str,
    /// Whether Windows, or code without tests, does not compile it.
    is_guarded: bool,
}

/// The lines of a file, without blank ones and comments.
fn lines(text: &str) -> Vec<Line<'_>> {
    let is_code = |line: &&str| !line.trim().is_empty() && !line.trim().starts_with("//");
    let mut rest = text.lines().filter(is_code).peekable();
    let mut found = Vec::new();
    let mut is_whole_file_off = false;
    while let Some(line) = rest.next() {
        if !line.trim_start().starts_with("#[cfg(") && !line.starts_with("#![cfg(") {
            let is_guarded = is_whole_file_off;
            found.push(Line {
                text: line,
                is_guarded,
            });
            continue;
        }
        let mut attribute = line.trim().to_owned();
        while !attribute.ends_with(']') {
            attribute += rest.next().map_or("]", str::trim);
        }
        let is_off = is_off_on_windows(&attribute.replacen("#!", "#", 1));
        if attribute.starts_with("#!") {
            is_whole_file_off |= is_off;
        } else if is_off {
            found.extend(guarded(&mut rest).map(|text| Line {
                text,
                is_guarded: true,
            }));
        }
    }
    found
}

/// The lines that an attribute before them holds for.
fn guarded<'a>(lines: &mut impl Iterator<Item = &'a str>) -> impl Iterator<Item = &'a str> {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let mut taken: Vec<&str> = Vec::new();
    let mut first = None;
    for line in lines {
        taken.push(line);
        if first.is_none() && line.trim_start().starts_with("#[") {
            continue;
        }
        let start = *first.get_or_insert(indent(line));
        if indent(line) == start && line.ends_with([';', ',', '}']) {
            break;
        }
    }
    taken.into_iter()
}

/// Whether an attribute takes code away on Windows, or without tests, whatever the features.
fn is_off_on_windows(attribute: &str) -> bool {
    let parsed = Attribute::parse_outer.parse_str(attribute);
    let predicates = parsed.unwrap_or_default();
    let mut predicates = predicates
        .iter()
        .filter_map(|attribute| attribute.parse_args::<Meta>().ok());
    predicates.any(|predicate| is_false(&predicate))
}

fn is_false(predicate: &Meta) -> bool {
    match predicate {
        Meta::Path(path) => path.is_ident("unix") || path.is_ident("test"),
        Meta::NameValue(pair) if pair.path.is_ident("target_os") => value(pair) != "windows",
        Meta::NameValue(pair) if pair.path.is_ident("target_family") => value(pair) == "unix",
        Meta::NameValue(_) => false,
        Meta::List(list) if list.path.is_ident("not") => parts(list).iter().all(is_true),
        Meta::List(list) if list.path.is_ident("any") => parts(list).iter().all(is_false),
        Meta::List(list) => parts(list).iter().any(is_false),
    }
}

fn is_true(predicate: &Meta) -> bool {
    match predicate {
        Meta::Path(path) => path.is_ident("windows"),
        Meta::List(list) if list.path.is_ident("not") => parts(list).iter().all(is_false),
        Meta::List(list) if list.path.is_ident("any") => parts(list).iter().any(is_true),
        Meta::List(list) => parts(list).iter().all(is_true),
        _ => false,
    }
}

fn parts(list: &MetaList) -> Punctuated<Meta, Token![,]> {
    list.parse_args_with(Punctuated::parse_terminated)
        .unwrap_or_default()
}

fn value(pair: &MetaNameValue) -> String {
    match &pair.value {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Str(text) => text.value(),
            _ => String::new(),
        },
        _ => String::new(),
    }
}

/// Whether a line has exactly this path in it.
fn uses(line: &str, name: &str) -> bool {
    let is_inside_a_name = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(name).any(|(at, _)| {
        let (before, after) = (&line[..at], &line[at + name.len()..]);
        !before.ends_with(is_inside_a_name) && !after.starts_with(is_inside_a_name)
    })
}

#[cfg(test)]
mod tests {
    use super::super::violation::assert_found;
    use super::*;
    use crate::workspace::sample::{package, workspace};

    /// Checks a crate with these files below `src`.
    #[track_caller]
    fn check_files(files: &[(&str, &str)], expected: &[&str]) {
        let folder = "crates/wsgi-headers/src";
        let tree = files.iter().fold(Tree::default(), |tree, (path, text)| {
            tree.with(&format!("{folder}/{path}"), text)
        });
        let expected: Vec<_> = expected
            .iter()
            .map(|found| {
                let (path, name) = found.split_once(' ').unwrap();
                format!("{folder}/{path}: uses {name}, which Windows lacks, without #[cfg(unix)]")
            })
            .collect();
        let expected: Vec<_> = expected.iter().map(String::as_str).collect();
        let workspace = workspace([package("wsgi-headers", &[]), package("wsgi-server", &[])]);
        assert_found(&check(&workspace, &tree), &expected);
    }

    #[test]
    fn a_call_of_unix_without_a_condition_is_found() {
        check_files(
            &[("a.rs", "use std::os::unix::fs::MetadataExt;")],
            &["a.rs os::unix"],
        );
        check_files(
            &[("a.rs", "use std::{io, os::fd::AsFd};")],
            &["a.rs os::fd"],
        );
        check_files(
            &[("a.rs", "fn f() {\n    rustix::fs::sync();\n}")],
            &["a.rs rustix"],
        );
        let other = "#[cfg(feature = \"x\")]\nuse libc::c_int;";
        check_files(&[("a.rs", other)], &["a.rs libc"]);
        let after = "#[cfg(unix)]\nfn f() {\n    rustix::a();\n}\n\nfn g() {\n    libc::b();\n}";
        check_files(&[("a.rs", after)], &["a.rs libc"]);
        let not = "#[cfg(not(windows))]\nuse std::io;\n#[cfg(not(unix))]\nuse rustix::io;";
        check_files(&[("a.rs", not)], &["a.rs rustix"]);
        let any = "#[cfg(any(unix, feature = \"x\"))]\nmod b;";
        check_files(
            &[("lib.rs", any), ("b.rs", "use rustix::io;")],
            &["b.rs rustix"],
        );
    }

    #[test]
    fn what_is_behind_a_condition_is_clean() {
        for text in [
            "#[cfg(unix)]\nuse rustix::io;\n",
            "#[cfg(target_os = \"linux\")]\nuse rustix::io;\n",
            "#[cfg(all(unix, feature = \"x\"))]\n#[inline]\nfn f(\n    a: u8,\n) -> u8 {\n    libc::a()\n}\n",
            "fn f() {\n    #[cfg(unix)]\n    {\n        use std::os::unix::fs;\n    }\n    g();\n}",
            "fn f() {\n    #[cfg(unix)]\n    rustix::f(\n        1,\n    );\n    g();\n}",
            "#[cfg(test)]\nmod tests {\n    use rustix::io;\n}",
            "#![cfg(unix)]\n\nuse rustix::io;",
            "// rustix::a\n/// std::os::unix\nfn f() {}",
            "use std::os::windows::fs;\nuse rustix_like::a;",
            "#[cfg(not(any(windows, windows)))]\nuse rustix::io;",
        ] {
            check_files(&[("a.rs", text)], &[]);
        }
    }

    #[test]
    fn a_module_behind_a_condition_is_clean_with_all_below_it() {
        let lib = "#[cfg(all(\n    unix,\n    feature = \"x\"\n))]\npub(crate) mod a;\nmod ab;";
        let unix = "use rustix::io;";
        let files = [
            ("lib.rs", lib),
            ("a.rs", unix),
            ("a/b.rs", unix),
            ("ab.rs", "#[cfg(unix)]\nmod c;"),
            ("ab/c.rs", unix),
        ];
        check_files(&files, &[]);
        check_files(&[("lib.rs", lib), ("ab.rs", unix)], &["ab.rs rustix"]);
    }

    #[test]
    fn the_server_may_use_unix() {
        let tree = Tree::default().with("crates/wsgi-server/src/a.rs", "use rustix::io;");
        let workspace = workspace([package("wsgi-server", &[])]);
        assert_found(&check(&workspace, &tree), &[]);
    }
}
