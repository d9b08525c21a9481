//! Tests that need `systemd-analyze`.

use std::{fs, process::Command};

use tempfile::TempDir;
use wsgi_tests::fronts::Snippet;

use crate::site::PROGRAM;

/// Asserts that systemd finds no fault in units, which name their own files.
#[track_caller]
fn check(units: &[&Snippet]) {
    let folder = TempDir::new().expect("a folder");
    let mut verify = Command::new("systemd-analyze");
    verify.arg("verify");
    for unit in units {
        let text = unit.to_string().replace("/usr/local/bin/hello", PROGRAM);
        let (first, _) = text.split_once('\n').expect("lines");
        let name = first
            .strip_prefix("# /etc/systemd/system/")
            .expect("a name");
        let path = folder.path().join(name);
        fs::write(&path, &text).expect("a file");
        verify.arg(path);
    }
    let output = verify.output().expect("systemd-analyze starts");
    let errors = String::from_utf8_lossy(&output.stderr);
    let faults: Vec<_> = errors
        .lines()
        .filter(|line| line.contains("hello"))
        .collect();
    assert!(output.status.success() && faults.is_empty(), "{errors}");
}

#[test]
fn the_units_are_without_a_fault() {
    let heading = "Ports 80 and 443 without root";
    let [https, http, service, alone] = Snippet::all_below(heading).try_into().expect("units");
    check(&[&https, &http, &service]);
    check(&[&alone]);
    let socket = &Snippet::all_below("systemd")[0];
    check(&[socket, &Snippet::all_below("systemd")[1]]);
    let [_, notify, demo, _] = Snippet::all_below("Health and restarts")
        .try_into()
        .expect("units");
    check(&[socket, &notify]);
    // Older versions do not know `notify-reload`.
    let demo = demo.replace("notify-reload", "notify");
    check(&[&demo.replace("/usr/local/bin/wsgi", PROGRAM)]);
    let restarts = &Snippet::all_below("Restarts without a lost connection")[0];
    let restarts = restarts.clone();
    check(&[&restarts.replace("/usr/local/bin/wsgi", PROGRAM)]);
}

#[test]
#[should_panic(expected = "Unknown key")]
fn a_unit_with_a_fault_is_found() {
    let heading = "Ports 80 and 443 without root";
    let [.., alone] = &Snippet::all_below(heading)[..] else {
        panic!("no unit");
    };
    check(&[&alone.clone().replace("NoNewPrivileges", "NoPrivileges")]);
}
