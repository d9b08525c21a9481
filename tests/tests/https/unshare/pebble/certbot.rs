//! Tests that need `certbot`.

use std::{fs, os::unix::fs::PermissionsExt, path::Path, process::Command};

use wsgi_tests::{PATIENCE, eventually, fronts::Snippet};

use crate::{
    namespace::run_alone,
    site::{Folders, PROGRAM, Site, check, curl},
    unshare::pebble::authority::{Authority, directory},
};

/// Runs certbot in a folder with an authority.
#[track_caller]
fn certbot(authority: &Authority, folder: &Path, command: &str) {
    let place = |name: &str| folder.join("certbot").join(name).display().to_string();
    let options = format!(
        "--non-interactive --config-dir {} --work-dir {} --logs-dir {} \
         --server {}",
        place("config"),
        place("work"),
        place("logs"),
        directory()
    );
    let output = Command::new("sh")
        .args(["-c", &format!("{} {options}", command.trim_end())])
        .env("REQUESTS_CA_BUNDLE", &authority.certificate)
        .output()
        .expect("a shell starts");
    let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}");
}

#[test]
fn a_certificate_comes_and_is_renewed_by_itself() {
    run_alone("unshare::pebble::certbot::gets_and_renews_a_certificate");
}

#[test]
#[ignore = "is started in a network of its own by another test"]
fn gets_and_renews_a_certificate() {
    let folders = Folders::new();
    let site = Site::start(&mut Command::new(PROGRAM), &folders, 443);
    let placeholder = folders.certificates().join("fullchain.pem");
    let first = fs::read(&placeholder).expect("a certificate");
    check(
        &placeholder,
        "https://example.org/",
        200,
        &["Hello world!\n"],
    );

    let authority = Authority::start(folders.path());
    let [hook, _, command] = Snippet::all_below("certbot").try_into().expect("blocks");
    let hook_path = folders.path().join("hello-certificate");
    let hook = hook
        .replace("-g hello ", "")
        .replace("/etc/hello/", &folders.certificates().display().to_string())
        .replace(
            "systemctl reload hello.service",
            &format!("kill -HUP {}", site.id()),
        );
    fs::write(&hook_path, hook.to_string()).expect("a file");
    fs::set_permissions(&hook_path, fs::Permissions::from_mode(0o755)).expect("a mode");
    let command = command
        .replace("/var/www/acme", &folders.webroot().display().to_string())
        .replace(
            "/usr/local/sbin/hello-certificate",
            &hook_path.display().to_string(),
        );
    let account = "--agree-tos --register-unsafely-without-email";
    certbot(
        &authority,
        folders.path(),
        &format!("{} {account}", command.to_string().trim_end()),
    );

    let root = folders.path().join("root.pem");
    authority.write_root(&root);
    let served = || {
        let output = curl(&root, "https://example.org/");
        output.status.success().then_some(())
    };
    // The hook has sent the signal, but does not wait for the program.
    assert!(
        eventually(PATIENCE, served).is_some(),
        "the old certificate is served"
    );
    let issued = fs::read(&placeholder).expect("a certificate");
    assert_ne!(issued, first);

    certbot(
        &authority,
        folders.path(),
        "certbot renew --force-renewal --no-random-sleep-on-renew",
    );
    assert_ne!(fs::read(&placeholder).expect("a certificate"), issued);
    check(&root, "https://example.org/", 200, &["Hello world!\n"]);
    let location = "\r\nLocation: https://example.org/\r\n";
    check(&root, "http://example.org/", 308, &[location]);
}
