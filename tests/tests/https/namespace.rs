//! Tests in a network of their own, in which all ports are free.

use std::{
    env,
    process::{Command, Output},
};

/// Runs an ignored test of this file in a new network, and asserts that it passes.
///
/// Without root, the network belongs to a new user namespace.
#[track_caller]
pub(crate) fn run_alone(test: &str) {
    let user = Command::new("id").arg("-u").output().expect("id starts");
    let network: &[&str] = match user.stdout.starts_with(b"0\n") {
        true => &["--net"],
        false => &["--map-root-user", "--net"],
    };
    let run = "ip link set lo up && exec \"$0\" --exact \"$1\" --ignored --nocapture";
    let output: Output = Command::new("unshare")
        .args(network)
        .args(["--", "sh", "-c", run])
        .arg(env::current_exe().expect("a path"))
        .arg(test)
        .output()
        .expect("unshare starts");
    let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}");
    assert!(text.contains("1 passed"), "{text}");
}
