//! Readiness and the end of the program, as load balancers and service managers see them.

mod support;

use std::{
    os::unix::net::UnixDatagram,
    process::Command,
    time::{Duration, Instant},
};

use support::{Program, Visitor};
use tempfile::TempDir;
#[cfg(feature = "tls")]
use wsgi_tests::fronts::Snippet;

/// A service manager whose messages these tests read.
struct Manager {
    socket: UnixDatagram,
    folder: TempDir,
}

impl Manager {
    fn new() -> Self {
        let folder = TempDir::new().expect("a folder");
        let socket = UnixDatagram::bind(folder.path().join("notify")).expect("a socket");
        let patience = Some(Duration::from_secs(60));
        socket.set_read_timeout(patience).expect("a timeout");
        Self { socket, folder }
    }

    /// Starts the demo as a service.
    fn start(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Program {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wsgi"));
        command
            .args(["demo", "--bind", "127.0.0.1:0", "--threads", "2"])
            .args(arguments)
            .env("XDG_DATA_HOME", self.folder.path())
            .env("TMPDIR", self.folder.path())
            .env("NOTIFY_SOCKET", self.folder.path().join("notify"))
            .envs(variables.iter().copied());
        Program::of(command)
    }

    /// The next message that is not a sign of life.
    #[track_caller]
    fn receive(&self) -> String {
        loop {
            let message = self.receive_any();
            if message != "WATCHDOG=1\n" {
                return message;
            }
        }
    }

    #[track_caller]
    fn receive_any(&self) -> String {
        let mut message = [0; 4096];
        let length = self.socket.recv(&mut message).expect("a message");
        String::from_utf8_lossy(&message[..length]).into_owned()
    }
}

#[track_caller]
fn check_status(program: &Program, path: &str, status: &str, text: &str) {
    let (head, body) = program.get(path);
    assert!(
        head.starts_with(&format!("HTTP/1.1 {status}\r\n")),
        "{head}"
    );
    assert_eq!(body, text, "{path}");
}

#[test]
fn a_service_manager_hears_of_the_life_of_the_demo() {
    let manager = Manager::new();
    let mut demo = manager.start(&[], &[("WATCHDOG_USEC", "200000")]);
    let status = format!("STATUS=serving on {}\n", demo.places.join(", "));
    assert_eq!(manager.receive(), status);
    assert_eq!(manager.receive(), "READY=1\n");
    for _ in 0..3 {
        assert_eq!(manager.receive_any(), "WATCHDOG=1\n");
    }
    demo.signal("TERM");
    assert_eq!(manager.receive(), "STOPPING=1\n");
    assert!(demo.wait().success());
}

#[track_caller]
fn check_restart(arguments: &[&str]) {
    let manager = Manager::new();
    let mut demo = manager.start(arguments, &[("WATCHDOG_USEC", "200000")]);
    let mut message = manager.receive();
    if arguments.is_empty() {
        assert!(message.starts_with("STATUS=serving on "), "{message}");
        message = manager.receive();
    }
    assert_eq!(message, "READY=1\n");
    for _ in 0..2 {
        demo.signal("USR2");
        let message = manager.receive();
        assert!(message.starts_with("RELOADING=1\nMONOTONIC_USEC="));
        // No MAINPID: the first process stays.
        assert_eq!(manager.receive(), "READY=1\n");
        // The server of the first process has ended by now.
        for _ in 0..5 {
            assert_eq!(manager.receive_any(), "WATCHDOG=1\n");
        }
    }
    demo.signal("TERM");
    assert_eq!(manager.receive(), "STOPPING=1\n");
    assert!(demo.wait().success());
}

#[test]
fn a_service_manager_hears_of_a_restart() {
    check_restart(&[]);
    check_restart(&["--processes", "2"]);
}

/// The ids of the workers of a program.
#[cfg(target_os = "linux")]
fn workers(program: &Program) -> Vec<u32> {
    let id = program.process.id();
    let children = std::fs::read_to_string(format!("/proc/{id}/task/{id}/children"));
    let children = children.expect("the list of the children");
    let ids = children
        .split_whitespace()
        .map(|id| id.parse().expect("an id"));
    ids.collect()
}

#[cfg(target_os = "linux")] // looks for processes in /proc
#[test]
fn no_sign_of_life_is_given_for_a_worker_that_hangs() {
    let manager = Manager::new();
    let mut demo = manager.start(&["--processes", "2"], &[("WATCHDOG_USEC", "100000")]);
    assert_eq!(manager.receive(), "READY=1\n");
    let count = || workers(&demo).len();
    assert_eq!(count(), 2);
    for hung in workers(&demo) {
        for _ in 0..3 {
            assert_eq!(manager.receive_any(), "WATCHDOG=1\n");
        }
        support::signal(hung, "STOP");
        // One may have been on its way.
        manager.socket.set_nonblocking(true).expect("a mode");
        while manager.socket.recv(&mut [0; 64]).is_ok() {}
        manager.socket.set_nonblocking(false).expect("a mode");
        let silence = Some(Duration::from_millis(500));
        manager.socket.set_read_timeout(silence).expect("a timeout");
        let told = (0..10).filter(|_| manager.socket.recv(&mut [0; 64]).is_ok());
        assert!(told.count() <= 1);
        let patience = Some(Duration::from_secs(60));
        manager
            .socket
            .set_read_timeout(patience)
            .expect("a timeout");
        support::signal(hung, "CONT");
    }
    for _ in 0..3 {
        assert_eq!(manager.receive_any(), "WATCHDOG=1\n");
    }
    // A worker that has died is not waited for.
    support::signal(workers(&demo)[0], "KILL");
    for _ in 0..5 {
        assert_eq!(manager.receive_any(), "WATCHDOG=1\n");
    }
    demo.signal("TERM");
    assert_eq!(manager.receive(), "STOPPING=1\n");
    assert!(demo.wait().success());
}

#[test]
fn a_load_balancer_has_the_time_of_the_delay_to_notice() {
    let manager = Manager::new();
    // Nothing takes as long as this delay.
    let mut demo = manager.start(&["--health", "--drain-delay", "600"], &[]);
    check_status(&demo, "/readyz", "200 OK", "ready\n");
    check_status(&demo, "/livez", "200 OK", "live\n");
    let mut visitor = Visitor::default();
    assert_eq!(visitor.visit(&demo), 1);
    demo.signal("TERM");
    assert!(manager.receive().starts_with("STATUS="));
    assert_eq!(manager.receive(), "READY=1\n");
    assert_eq!(manager.receive(), "STOPPING=1\n");
    check_status(&demo, "/readyz", "503 Service Unavailable", "not ready\n");
    check_status(&demo, "/livez", "200 OK", "live\n");
    assert_eq!(visitor.visit(&demo), 2);
    // The second signal does not wait for it.
    demo.signal("TERM");
    assert!(!demo.wait().success());
}

#[test]
fn the_program_ends_after_the_delay() {
    let manager = Manager::new();
    let mut demo = manager.start(&["--drain-delay", "1"], &[]);
    let begin = Instant::now();
    demo.signal("TERM");
    assert!(demo.wait().success());
    let took = begin.elapsed();
    assert!(took >= Duration::from_secs(1), "{took:?}");
}

#[test]
fn without_the_option_the_site_has_no_health_pages() {
    let demo = Program::demo(&[]);
    for path in ["/livez", "/readyz"] {
        let (head, _) = demo.get(path);
        assert!(head.starts_with("HTTP/1.1 404 "), "{path}: {head}");
    }
}

#[test]
fn malformed_variables_of_a_service_manager_end_the_program() {
    for (name, value) in [("NOTIFY_SOCKET", "notify"), ("WATCHDOG_USEC", "2s")] {
        let output = Command::new(env!("CARGO_BIN_EXE_wsgi"))
            .args(["demo", "--bind", "127.0.0.1:0", "--session-store", "memory"])
            .env("NOTIFY_SOCKET", "/run/notify")
            .env(name, value)
            .output()
            .expect("the program starts");
        assert_eq!(output.status.code(), Some(1));
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(errors.starts_with(&format!("wsgi: {name} is ")), "{errors}");
    }
}

/// A certificate and its key, in the folder of the service manager.
#[cfg(feature = "tls")]
fn certificate(manager: &Manager) -> [String; 2] {
    let made = rcgen::generate_simple_self_signed(["demo".to_owned()]).expect("a certificate");
    let paths = ["cert.pem", "key.pem"].map(|name| manager.folder.path().join(name));
    std::fs::write(&paths[0], made.cert.pem()).expect("a file");
    std::fs::write(&paths[1], made.signing_key.serialize_pem()).expect("a file");
    paths.map(|path| path.to_str().expect("a path").to_owned())
}

#[cfg(feature = "tls")]
#[test]
fn a_service_manager_hears_when_a_reload_begins_and_ends() {
    let manager = Manager::new();
    let [certificate, key] = certificate(&manager);
    let mut demo = manager.start(&["--tls-cert", &certificate, "--tls-key", &key], &[]);
    assert!(manager.receive().starts_with("STATUS=serving on https://"));
    assert_eq!(manager.receive(), "READY=1\n");
    // The second reload fails, and the demo goes on with what it has.
    for result in [
        "reloaded the files of TLS",
        "the old certificates and keys stay in use: ",
    ] {
        demo.signal("HUP");
        let message = manager.receive();
        let time = message.strip_prefix("RELOADING=1\nMONOTONIC_USEC=");
        let time = time.and_then(|time| time.trim_end().parse::<u64>().ok());
        assert!(time.is_some_and(|time| time > 0), "{message}");
        assert_eq!(manager.receive(), "READY=1\n");
        let line = demo.next_error();
        assert!(line.starts_with(&format!("wsgi demo: {result}")), "{line}");
        std::fs::write(&certificate, "").expect("a file");
    }
    demo.signal("TERM");
    assert_eq!(manager.receive(), "STOPPING=1\n");
    assert!(demo.wait().success());
}

#[cfg(all(target_os = "linux", feature = "tls"))] // looks for processes in /proc
#[test]
fn a_reload_ends_when_every_process_has_reloaded() {
    let manager = Manager::new();
    let [certificate, key] = certificate(&manager);
    let options = [
        "--processes",
        "2",
        "--tls-cert",
        &certificate,
        "--tls-key",
        &key,
    ];
    let pem = std::fs::read(&certificate).expect("a certificate");
    let mut demo = manager.start(&options, &[]);
    assert_eq!(manager.receive(), "READY=1\n");
    for result in [
        "reloaded the files of TLS",
        "the old certificates and keys stay in use: ",
    ] {
        demo.signal("HUP");
        assert!(manager.receive().starts_with("RELOADING=1\n"));
        assert_eq!(manager.receive(), "READY=1\n");
        for _ in 0..2 {
            let line = demo.next_error();
            assert!(line.starts_with(&format!("wsgi demo: {result}")), "{line}");
        }
        std::fs::write(&certificate, "").expect("a file");
    }
    std::fs::write(&certificate, pem).expect("a file");
    // One that hangs is waited for, unless it ends.
    let hung = workers(&demo)[0];
    support::signal(hung, "STOP");
    demo.signal("HUP");
    assert!(manager.receive().starts_with("RELOADING=1\n"));
    demo.next_error();
    manager.socket.set_nonblocking(true).expect("a mode");
    assert!(manager.socket.recv(&mut [0; 64]).is_err());
    manager.socket.set_nonblocking(false).expect("a mode");
    support::signal(hung, "KILL");
    assert_eq!(manager.receive(), "READY=1\n");
    demo.signal("TERM");
    assert_eq!(manager.receive(), "STOPPING=1\n");
    assert!(demo.wait().success());
}

#[cfg(all(target_os = "linux", feature = "tls"))] // looks for processes in /proc
#[test]
fn no_end_of_a_reload_is_told_after_the_end_has_begun() {
    let manager = Manager::new();
    let [certificate, key] = certificate(&manager);
    let files = ["--tls-cert", &certificate, "--tls-key", &key];
    let options = [&["--processes", "2"], &files[..]].concat();
    let mut demo = manager.start(&options, &[]);
    assert_eq!(manager.receive(), "READY=1\n");
    let hung = workers(&demo)[0];
    support::signal(hung, "STOP");
    demo.signal("HUP");
    assert!(manager.receive().starts_with("RELOADING=1\n"));
    demo.signal("TERM");
    assert_eq!(manager.receive(), "STOPPING=1\n");
    support::signal(hung, "KILL");
    assert!(demo.wait().success());
    manager.socket.set_nonblocking(true).expect("a mode");
    assert!(manager.socket.recv(&mut [0; 64]).is_err());
}

/// The value of a line of a unit.
#[cfg(feature = "tls")]
#[track_caller]
fn value<'u>(unit: &'u str, name: &str) -> &'u str {
    let mut lines = unit.lines().filter_map(|line| line.split_once('='));
    let line = lines.find(|(known, _)| *known == name);
    line.expect("a line of the unit").1
}

#[cfg(feature = "tls")]
#[test]
fn the_unit_of_the_page_about_systemd_works() {
    let unit = Snippet::all_below("Health and restarts")[2].to_string();
    assert_eq!(value(&unit, "Type"), "notify-reload");
    let manager = Manager::new();
    let [certificate, key] = certificate(&manager);
    let command = value(&unit, "ExecStart");
    let command = command
        .replace("/etc/hello/fullchain.pem", &certificate)
        .replace("/etc/hello/privkey.pem", &key)
        .replace(" :8443 ", " 127.0.0.1:0 ");
    let mut words = command.split(' ');
    assert_eq!(words.next(), Some("/usr/local/bin/wsgi"));
    assert_eq!(words.next(), Some("demo"));
    let arguments: Vec<_> = words.collect();
    let delay = arguments.iter().position(|word| *word == "--drain-delay");
    let delay = arguments[delay.expect("a delay") + 1];
    let number = |text: &str| text.parse::<u64>().expect("a number");
    let stop = number(value(&unit, "TimeoutStopSec"));
    assert!(stop > number(delay) + 30, "{stop} seconds are too short");
    let watchdog = number(value(&unit, "WatchdogSec")) * 1_000_000;
    let mut demo = manager.start(&arguments, &[("WATCHDOG_USEC", &watchdog.to_string())]);
    assert!(
        manager
            .receive_any()
            .starts_with("STATUS=serving on https://")
    );
    assert_eq!(manager.receive_any(), "READY=1\n");
    assert_eq!(manager.receive_any(), "WATCHDOG=1\n");
    demo.signal("HUP");
    assert!(
        manager
            .receive()
            .starts_with("RELOADING=1\nMONOTONIC_USEC=")
    );
    assert_eq!(manager.receive(), "READY=1\n");
    demo.signal("TERM");
    assert_eq!(manager.receive(), "STOPPING=1\n");
    // A second signal ends it before the delay is over.
    assert_eq!(demo.next_error(), "wsgi demo: reloaded the files of TLS");
    assert_eq!(demo.next_error(), "wsgi demo: ending");
    demo.signal("TERM");
    assert!(!demo.wait().success());
}
