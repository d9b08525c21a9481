//! Tests that need `openssl`.

use std::process::{Command, Output, Stdio};

use crate::{authority::Authority, support::Program};

/// A handshake, and then the end of the input.
fn s_client(demo: &Program, options: &[&str]) -> Output {
    Command::new("openssl")
        .args(["s_client", "-connect", &demo.address, "-servername", "demo"])
        // At a higher level openssl itself would refuse old versions.
        .args(["-cipher", "DEFAULT@SECLEVEL=0"])
        .args(options)
        .stdin(Stdio::null())
        .output()
        .expect("openssl starts")
}

#[track_caller]
fn check_version(output: &Output, version: &str) {
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}");
    assert!(
        text.contains(&format!("New, {version}, Cipher is ")),
        "{text}"
    );
}

#[track_caller]
fn check_refused(output: &Output) {
    let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success(), "{text}");
    assert!(text.contains("SSL alert number"), "{text}"); // it is the server that refuses
}

fn demo(authority: &Authority, options: &[&str]) -> Program {
    let site = authority.options("site");
    let site: Vec<_> = site.iter().map(String::as_str).collect();
    Program::demo(&[&site, options].concat())
}

#[test]
fn versions_1_2_and_1_3_are_spoken_and_older_ones_are_refused() {
    let authority = Authority::new();
    authority.issue("site", "demo");
    let usual = demo(&authority, &[]);
    check_version(&s_client(&usual, &["-tls1_2"]), "TLSv1.2");
    check_version(&s_client(&usual, &["-tls1_3"]), "TLSv1.3");
    check_refused(&s_client(&usual, &["-tls1_1"]));
    check_refused(&s_client(&usual, &["-tls1"]));

    let modern = demo(&authority, &["--tls-min-version=1.3"]);
    check_version(&s_client(&modern, &["-tls1_3"]), "TLSv1.3");
    check_refused(&s_client(&modern, &["-tls1_2"]));
}

#[test]
fn the_chain_and_the_protocol_are_announced() {
    let authority = Authority::new();
    authority.issue("site", "demo");
    let demo = demo(&authority, &[]);
    let ca = authority.text("ca.pem");
    let options = [
        "-CAfile",
        &ca,
        "-verify_hostname",
        "demo",
        "-verify_return_error",
    ];
    let output = s_client(&demo, &[&options[..], &["-alpn", "h2,http/1.1"]].concat());
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.contains("Verify return code: 0 (ok)"), "{text}");
    assert!(text.contains("ALPN protocol: http/1.1"), "{text}");
}

#[test]
fn a_ticket_is_good_for_another_process_with_the_same_keys() {
    let authority = Authority::new();
    authority.issue("site", "demo");
    let keys = authority.text("tickets");
    let made = Command::new("openssl")
        .args(["rand", "-base64", "-out", &keys, "48"])
        .status();
    assert!(made.expect("openssl starts").success());
    let mode = Command::new("chmod").args(["600", &keys]).status();
    assert!(mode.expect("chmod starts").success());
    let session = authority.text("session");
    let first = demo(&authority, &["--tls-ticket-keys", &keys]);
    let saved = s_client(&first, &["-tls1_2", "-sess_out", &session]);
    check_version(&saved, "TLSv1.2");
    let address = first.address.clone();
    drop(first);
    // A ticket is good for one address.
    let bind = ["--bind", &*address, "--tls-ticket-keys", &keys];
    let second = demo(&authority, &bind);
    let resumed = s_client(&second, &["-tls1_2", "-sess_in", &session]);
    let text = String::from_utf8_lossy(&resumed.stdout);
    assert!(text.contains("Reused, TLSv1.2"), "{text}");
}

/// Whether a session that was saved over TLS 1.2 is resumed.
fn is_resumed(demo: &Program, session: &str) -> bool {
    let output = s_client(demo, &["-tls1_2", "-sess_in", session]);
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        text.contains("New, TLSv1.2") != text.contains("Reused, TLSv1.2"),
        "{text}"
    );
    text.contains("Reused, TLSv1.2")
}

#[test]
fn a_session_is_resumed_after_restarts_and_by_all_processes() {
    let authority = Authority::new();
    authority.issue("site", "demo");
    let session = authority.text("session");
    for options in [&[][..], &["--processes", "2"]] {
        let mut demo = demo(&authority, options);
        let saved = s_client(&demo, &["-tls1_2", "-sess_out", &session]);
        check_version(&saved, "TLSv1.2");
        for _ in 0..2 {
            // With two processes, both take some of these connections.
            assert!((0..8).all(|_| is_resumed(&demo, &session)), "{options:?}");
            demo.signal("USR2");
            let line = demo.next_error();
            assert!(
                line.starts_with("wsgi demo: restarted as process "),
                "{line}"
            );
        }
        assert!((0..8).all(|_| is_resumed(&demo, &session)), "{options:?}");
        let other = self::demo(&authority, &["--bind", "127.0.0.1:0"]);
        assert!(
            !is_resumed(&other, &session),
            "another program has other keys"
        );
    }
}
