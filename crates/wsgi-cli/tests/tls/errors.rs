//! Files that cannot be used: the program says which, and does not start.

use std::{fs, os::unix::fs::PermissionsExt, process::Command};

use crate::authority::Authority;

/// Asserts that the demo does not start, and that its line names this file, this problem, and the
/// option for another file.
#[track_caller]
fn check(authority: &Authority, file: &str, problem: &str, options: &[&str]) {
    let output = Command::new(env!("CARGO_BIN_EXE_wsgi"))
        .args(["demo", "--bind=127.0.0.1:0", "--session-store=memory"])
        .args(authority.options("site"))
        .args(options)
        .output()
        .expect("the program starts");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{errors}");
    assert!(errors.starts_with("wsgi: "), "{errors}");
    assert!(errors.contains(&authority.text(file)), "{errors}");
    assert!(errors.contains(problem), "{errors}");
    assert_eq!(errors.lines().count(), 1, "{errors}");
    let option = options.first().copied().unwrap_or(match file {
        "site.key" => "--tls-key",
        _ => "--tls-cert",
    });
    let advice = format!(" the file, or name another one by {option}\n");
    assert!(errors.ends_with(&advice), "{errors}");
}

#[test]
fn a_file_that_cannot_be_read_or_used_is_named() {
    let authority = Authority::new();
    check(&authority, "site.pem", "cannot read", &[]);
    authority.issue("site", "demo");
    let key = fs::read_to_string(authority.path("site.key")).expect("a key");
    fs::remove_file(authority.path("site.key")).expect("a file");
    check(&authority, "site.key", "cannot read", &[]);
    authority.write("site.key", "no key");
    check(&authority, "site.key", "", &[]);
    authority.issue("other", "demo");
    let other = fs::read_to_string(authority.path("other.key")).expect("a key");
    authority.write("site.key", &other);
    check(&authority, "site.key", "does not belong", &[]);
    authority.write("site.key", &key);
    authority.write("site.pem", &key);
    check(&authority, "site.pem", "", &[]);
    authority.issue("site", "demo");

    let missing = authority.text("missing");
    check(
        &authority,
        "missing",
        "cannot read",
        &["--tls-client-ca", &missing],
    );
    check(
        &authority,
        "missing",
        "cannot read",
        &["--tls-ticket-keys", &missing],
    );
    authority.write("ca2.pem", "no certificate");
    let ca = authority.text("ca2.pem");
    check(&authority, "ca2.pem", "", &["--tls-client-ca", &ca]);
    authority.write("tickets", &"YWJj".repeat(16));
    let mode = fs::Permissions::from_mode(0o644);
    fs::set_permissions(authority.path("tickets"), mode).expect("a mode");
    let tickets = authority.text("tickets");
    check(&authority, "tickets", "", &["--tls-ticket-keys", &tickets]);
}

#[test]
fn a_file_that_two_options_name_is_told_with_both() {
    let authority = Authority::new();
    authority.issue("site", "demo");
    let certificate = fs::read_to_string(authority.path("site.pem")).expect("a certificate");
    authority.write("both.pem", &certificate);
    let both = authority.text("both.pem");
    let output = Command::new(env!("CARGO_BIN_EXE_wsgi"))
        .args(["demo", "--bind=127.0.0.1:0", "--session-store=memory"])
        .args(["--tls-cert", &both, "--tls-key", &both])
        .output()
        .expect("the program starts");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(errors.contains("contains no private key"), "{errors}");
    let advice = "mend the file, or name another one by --tls-cert or --tls-key\n";
    assert!(errors.ends_with(advice), "{errors}");
}
