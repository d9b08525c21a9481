//! Tests that need `unshare`: they use ports 80 and 443 of a network of their own.

mod pebble;

use std::{
    net::TcpListener,
    os::fd::OwnedFd,
    process::{Command, Stdio},
};

use wsgi_tests::fronts::Snippet;

use crate::{
    namespace::run_alone,
    site::{Folders, PROGRAM, Site, check},
};

#[track_caller]
fn check_site(folders: &Folders) {
    let root = folders.certificates().join("fullchain.pem");
    check(&root, "https://example.org/", 200, &["Hello world!\n"]);
    let location = "\r\nLocation: https://example.org/menu?a\r\n";
    check(&root, "http://example.org/menu?a", 308, &[location]);
    let unknown = "http://example.org/.well-known/acme-challenge/unknown";
    check(&root, unknown, 200, &["Hello world!\n"]);
}

#[test]
fn the_sockets_of_the_units_are_served() {
    run_alone("unshare::serves_the_sockets_of_the_units");
}

#[test]
#[ignore = "is started in a network of its own by another test"]
fn serves_the_sockets_of_the_units() {
    let heading = "Ports 80 and 443 without root";
    let units = Snippet::all_below(heading);
    assert!(units[0].to_string().contains("\nListenStream=443\n"));
    let http = "\nListenStream=80\nFileDescriptorName=http\nService=hello.service\n";
    assert!(units[1].to_string().contains(http));
    let [https, http] = [443, 80].map(|port| {
        let listener = TcpListener::bind(("127.0.0.1", port)).expect("a port");
        Stdio::from(OwnedFd::from(listener))
    });
    let pass = "exec 3<&0 4<&1 </dev/null >/dev/null; \
                export LISTEN_FDS=2 LISTEN_PID=$$ LISTEN_FDNAMES=hello.socket:http; \
                exec setpriv --bounding-set=-all --inh-caps=-all \"$0\" \"$@\"";
    let mut command = Command::new("sh");
    command
        .args(["-c", pass, PROGRAM])
        .stdin(https)
        .stdout(http);
    let folders = Folders::new();
    let _site = Site::start(&mut command, &folders, 443);
    check_site(&folders);
}

#[test]
fn one_capability_is_enough_for_both_ports() {
    run_alone("unshare::serves_with_one_capability");
}

#[test]
#[ignore = "is started in a network of its own by another test"]
fn serves_with_one_capability() {
    let heading = "Ports 80 and 443 without root";
    let unit = Snippet::all_below(heading).pop().expect("a unit");
    let capability = "\nAmbientCapabilities=CAP_NET_BIND_SERVICE\n\
                      CapabilityBoundingSet=CAP_NET_BIND_SERVICE\n";
    assert!(unit.to_string().contains(capability));
    let folders = Folders::new();
    let only = "-all,+net_bind_service";
    let mut command = Command::new("setpriv");
    command
        .arg(format!("--bounding-set={only}"))
        .arg(format!("--inh-caps={only}"))
        .arg(PROGRAM);
    let _site = Site::start(&mut command, &folders, 443);
    check_site(&folders);
}
