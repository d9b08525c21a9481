//! The embedding of a folder, as Cargo sees it.
#![cfg(feature = "embed")]

use std::{env, fs, process::Command};

/// The variable with the folder, in the process that stands for a build script.
const FOLDER: &str = "WSGI_TEST_FOLDER";

/// Stands for a build script that embeds a folder.
#[test]
fn a_build_script() {
    if let Some(folder) = env::var_os(FOLDER) {
        wsgi_files::embed(folder, "site.rs").expect("an embedded folder");
    }
}

#[test]
fn cargo_runs_the_script_again_when_the_folder_changes() {
    let outside = tempfile::tempdir().unwrap();
    let folder = outside.path().join("public");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("index.html"), "<p>Hello").unwrap();
    let output = Command::new(env::current_exe().unwrap())
        .args(["--exact", "a_build_script", "--nocapture"])
        .current_dir(outside.path())
        .env(FOLDER, "public")
        .env("OUT_DIR", outside.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let site = fs::read_to_string(outside.path().join("site.rs")).unwrap();
    assert!(site.contains("index.html"));
    let text = String::from_utf8(output.stdout).unwrap();
    // With one thread, the name of the test is in the same line.
    let (_, printed) = text
        .split_once("cargo::rerun-if-changed=")
        .expect("a line for Cargo");
    let printed = printed.lines().next().unwrap();
    assert_eq!(
        fs::canonicalize(printed).unwrap(),
        fs::canonicalize(folder).unwrap()
    );
}
