//! What a value crate brings into the project of somebody who picks it.

use std::{collections::BTreeSet, process::Command};

/// The crates that a package compiles with these features, without those for tests.
fn dependencies(package: &str, features: &str) -> BTreeSet<String> {
    let output = Command::new(env!("CARGO"))
        .args([
            "tree",
            "--offline",
            "--edges=normal",
            "--prefix=none",
            "--format={p}",
        ])
        .args(["--package", package, "--features", features])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    let lines = String::from_utf8(output.stdout).unwrap();
    let names = lines
        .lines()
        .filter_map(|line| line.split_whitespace().next());
    names.map(str::to_owned).collect()
}

#[test]
fn a_value_crate_brings_neither_the_contract_nor_a_server() {
    let packages = [
        ("wsgi-headers", "http,httpdate,mime"),
        ("wsgi-environ", "http,log"),
        ("wsgi-file-wrapper", ""),
        ("wsgi-forms", ""),
        ("wsgi-cookies", "http,signed"),
        ("wsgi-files", ""),
        ("wsgi-metrics", ""),
        ("wsgi-sessions", "file,metrics,redis,server,signed,socket"),
        ("wsgi-http1", ""),
        ("wsgi-fastcgi", ""),
        ("wsgi-scgi", ""),
        ("wsgi-uwsgi", ""),
        ("wsgi-proxy-protocol", ""),
    ];
    let values = packages.map(|(package, _)| package);
    for (package, features) in packages {
        let compiled = dependencies(package, features);
        assert!(compiled.contains(package));
        let ours = compiled.iter().filter(|name| name.starts_with("wsgi-"));
        for name in ours {
            assert!(values.contains(&&**name), "{package} brings {name}");
        }
    }
}

#[test]
fn the_front_page_says_how_many_crates_a_value_crate_compiles() {
    let page = include_str!("../../../README.md");
    let (_, table) = page
        .split_once("| crate | crates | lines | CPU time |")
        .unwrap();
    let rows = table
        .lines()
        .skip(2)
        .take_while(|line| line.starts_with('|'));
    let rows: Vec<_> = rows
        .map(|row| row.split('|').map(str::trim).collect::<Vec<_>>())
        .collect();
    assert_eq!(rows.len(), 8);
    for row in rows {
        let package = row[1].split('`').nth(1).unwrap();
        assert_eq!(
            row[2],
            dependencies(package, "").len().to_string(),
            "{package}"
        );
    }
}
