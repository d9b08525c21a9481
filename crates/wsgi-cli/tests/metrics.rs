//! The page of numbers.

mod support;

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    os::unix::net::UnixStream,
    process::Command,
    sync::atomic::{AtomicBool, Ordering::Relaxed},
    thread,
};

use support::{PATIENCE, Program, Visitor, eventually, inherit, rest, split};
use tempfile::TempDir;
use wsgi_exposition::Exposition;

/// The place that the program says its numbers are at.
#[track_caller]
fn place(program: &mut Program) -> String {
    let line = program.next_error();
    let place = line.strip_prefix("wsgi demo: numbers on ");
    place.unwrap_or_else(|| panic!("{line}")).to_owned()
}

/// The address in a place such as `http://127.0.0.1:9100/metrics`.
fn address(place: &str) -> String {
    let address = place.strip_prefix("http://").expect("a URL");
    let address = address.strip_suffix("/metrics").expect("the path");
    address.to_owned()
}

/// The head and the body of the response to a GET request.
fn get(mut stream: impl Read + Write, path: &str) -> (String, String) {
    let head = format!("GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).expect("a request");
    split(&rest(&mut stream))
}

fn connect(address: &str) -> TcpStream {
    let stream = TcpStream::connect(address).expect("a server");
    stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    stream
}

#[track_caller]
fn read(address: &str) -> Exposition {
    let (head, body) = get(connect(address), "/metrics");
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
    let media_type = "\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8";
    assert!(head.contains(media_type), "{head}");
    Exposition::read(&body).unwrap_or_else(|problem| panic!("{problem} in:\n{body}"))
}

const REQUESTS: &str = "http_server_request_duration_seconds_count";

#[test]
fn the_numbers_are_on_an_address_of_their_own() {
    let folder = TempDir::new().expect("a folder");
    let log = folder.path().join("access.log");
    let log = log.to_str().expect("a path");
    let mut program = Program::demo(&["--metrics", "127.0.0.1:0", "--access-log", log]);
    let address = address(&place(&mut program));
    assert_eq!(read(&address).sum(REQUESTS, &[]), 0.0);

    let mut visitor = Visitor::default();
    (1..=3).for_each(|times| assert_eq!(visitor.visit(&program), times));
    let (head, _) = program.get("/metrics");
    assert!(head.starts_with("HTTP/1.1 404 "), "not on the site: {head}");
    let count = |page: &Exposition, status| {
        let labels = [
            ("http_request_method", "GET"),
            ("http_response_status_code", status),
        ];
        page.sum(REQUESTS, &labels)
    };
    eventually("the requests have ended", || {
        let page = read(&address);
        count(&page, "404") == 1.0 && count(&page, "200") == 3.0
    });
    let page = read(&address);
    assert_eq!(
        page.value("wsgi_server_accepted_connections_total", &[]),
        Some(4.0)
    );
    assert_eq!(
        page.value("wsgi_access_log_lost_lines_total", &[]),
        Some(0.0)
    );
    let saves = [
        ("store", "file"),
        ("operation", "create"),
        ("result", "done"),
    ];
    assert_eq!(
        page.value("wsgi_sessions_operations_total", &saves),
        Some(1.0)
    );
    for path in ["/", "/metrics/", "/metrics/x", "/requests", "/readyz/"] {
        let (head, body) = get(connect(&address), path);
        assert!(head.starts_with("HTTP/1.1 404 "), "{path}: {head}");
        assert_eq!(body, "404 Not Found. Pages: /metrics /livez /readyz\n");
    }

    program.signal("TERM");
    assert!(program.wait().success());
}

#[test]
fn the_numbers_can_be_at_a_unix_socket() {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("metrics.sock");
    let metrics = format!("unix:{}", path.display());
    let mut program = Program::demo(&["--metrics", &metrics]);
    let place = place(&mut program);
    assert_eq!(place, format!("{metrics} over HTTP, at /metrics"));
    let stream = UnixStream::connect(&path).expect("a server");
    stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    let (head, body) = get(stream, "/metrics");
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
    assert!(Exposition::read(&body).is_ok(), "{body}");
    program.signal("TERM");
    assert!(program.wait().success());
    assert!(!path.exists());
}

#[test]
fn the_requests_that_are_running_are_listed_beside_the_numbers_if_asked_for() {
    let mut program = Program::demo(&["--metrics", "127.0.0.1:0", "--list-requests"]);
    let address = address(&place(&mut program));
    let told = program.next_error();
    let requests = format!("wsgi demo: running requests on http://{address}/requests");
    assert_eq!(told, requests);
    assert_eq!(get(connect(&address), "/requests").1, "0 requests\n");
    assert_eq!(get(connect(&address), "/livez").1, "live\n");
    eventually("it is ready", || {
        get(connect(&address), "/readyz").1 == "ready\n"
    });
    let (head, _) = program.get("/requests");
    assert!(head.starts_with("HTTP/1.1 404 "), "not on the site: {head}");
    let (head, body) = get(connect(&address), "/requests/x");
    assert!(head.starts_with("HTTP/1.1 404 "), "{head}");
    assert_eq!(
        body,
        "404 Not Found. Pages: /metrics /requests /livez /readyz\n"
    );

    let mut page = connect(&program.address);
    let events = "Host: a\r\nAccept: text/event-stream\r\n\r\n";
    let request = format!("GET /events?secret=7 HTTP/1.1\r\n{events}");
    page.write_all(request.as_bytes()).expect("a request");
    eventually("it is listed", || {
        let (_, list) = get(connect(&address), "/requests");
        list.starts_with("1 request\n")
            && list.contains("sending: GET \"/events\" from 127.0.0.1, id ")
    });
    drop(page);
    eventually("it has ended", || {
        get(connect(&address), "/requests").1 == "0 requests\n"
    });
}

#[test]
fn a_list_of_requests_needs_an_address() {
    for further in [&[][..], &["--check-config"]] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wsgi"));
        command.args(["demo", "--bind", "127.0.0.1:0", "--list-requests"]);
        command.args(["--session-store", "memory"]).args(further);
        let output = command.output().expect("the program runs");
        assert_eq!(output.status.code(), Some(1), "{further:?}");
        let errors = String::from_utf8(output.stderr).expect("text");
        let message = "--list-requests needs --metrics: add that, or leave out --list-requests\n";
        assert!(errors.ends_with(message), "{further:?}: {errors}");
    }
}

#[test]
fn a_check_knows_the_inherited_sockets() {
    let check = |names, options: &[_]| {
        let ([one, other], _) = sockets();
        let mut command = inherit(names, options, [&one, &other]);
        command.args(["--session-store", "memory", "--check-config"]);
        let output = command.output().expect("the program runs");
        let errors = String::from_utf8(output.stderr).expect("text");
        (output.status.code(), errors)
    };
    let (code, errors) = check("site:metrics", &["--list-requests"]);
    assert_eq!(code, Some(0), "{errors}");
    let (code, errors) = check("site:metrics", &["--metrics", "127.0.0.1:0"]);
    assert!(
        code == Some(1) && errors.contains("the name metrics"),
        "{errors}"
    );
    let (code, errors) = check("site:other", &["--list-requests"]);
    assert!(
        code == Some(1) && errors.contains("needs --metrics"),
        "{errors}"
    );
}

#[test]
fn a_restart_leaves_the_site_ready() {
    let mut program = Program::demo(&["--metrics", "127.0.0.1:0", "--shutdown-timeout", "5"]);
    let address = address(&place(&mut program));
    let is_ready = || get(connect(&address), "/readyz").1 == "ready\n";
    eventually("it is ready", is_ready);
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        let reader = scope.spawn(|| {
            while !is_over.load(Relaxed) {
                assert!(is_ready(), "the site is served throughout");
            }
        });
        for _ in 0..3 {
            program.signal("USR2");
            let line = program.next_error();
            assert!(line.starts_with("wsgi demo: restarted as "), "{line}");
        }
        is_over.store(true, Relaxed);
        reader.join().expect("it was ready");
    });
    program.signal("TERM");
    assert!(program.wait().success());
}

#[test]
fn without_the_option_there_is_no_page() {
    let program = Program::demo(&[]);
    let (head, _) = program.get("/metrics");
    assert!(head.starts_with("HTTP/1.1 404 "), "{head}");
}

#[test]
fn after_a_restart_the_numbers_are_those_of_the_new_process() {
    let mut program = Program::demo(&["--metrics", "127.0.0.1:0", "--shutdown-timeout", "5"]);
    let address = address(&place(&mut program));
    for _ in 0..3 {
        program.get("/");
    }
    eventually("they have ended", || {
        read(&address).sum(REQUESTS, &[]) == 3.0
    });
    program.signal("USR2");
    let line = program.next_error();
    assert!(line.starts_with("wsgi demo: restarted as "), "{line}");
    // Both processes may answer until the former one has left the socket.
    let mut in_a_row = 0;
    eventually("only the new process answers", || {
        in_a_row = match read(&address).sum(REQUESTS, &[]) == 0.0 {
            true => in_a_row + 1,
            false => 0,
        };
        in_a_row == 20
    });
    eventually("it counts", || {
        program.get("/"); // the former one may take a client that has come meanwhile
        read(&address).sum(REQUESTS, &[]) > 0.0
    });
    program.signal("TERM");
    assert!(program.wait().success());
}

/// Two sockets for a service manager to pass, and their addresses.
fn sockets() -> ([TcpListener; 2], [String; 2]) {
    let sockets = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").expect("a socket"));
    let address = |socket: &TcpListener| socket.local_addr().expect("an address").to_string();
    let addresses = [address(&sockets[0]), address(&sockets[1])];
    (sockets, addresses)
}

#[test]
fn a_passed_socket_with_the_name_metrics_has_the_numbers() {
    for options in [
        &[][..],
        &["--bind", "127.0.0.1:0"],
        &["--protocol", "fastcgi"],
        &["--processes", "2"],
        &[
            "--processes",
            "2",
            "--protocol",
            "scgi",
            "--bind",
            "127.0.0.1:0",
        ],
    ] {
        let ([site, page], [site_address, page_address]) = sockets();
        let folder = TempDir::new().expect("a folder");
        let mut command = inherit("site:metrics", options, [&site, &page]);
        command.args(["--session-store", "file:sessions", "--cookie-key", "key"]);
        command
            .current_dir(folder.path())
            .env("TMPDIR", folder.path());
        let mut program = Program::of(command);
        drop((site, page));
        assert_eq!(address(&place(&mut program)), page_address, "{options:?}");
        read(&page_address);
        let is_bound = options.contains(&"--bind");
        assert_eq!(program.address.starts_with(&site_address), !is_bound);
        program.signal("TERM");
        assert!(program.wait().success());
    }
}

#[test]
fn only_one_socket_can_have_the_numbers() {
    for (names, options) in [
        ("site:metrics", &["--metrics", "127.0.0.1:0"][..]),
        (
            "site:metrics",
            &["--metrics", "127.0.0.1:0", "--bind", "127.0.0.1:0"],
        ),
    ] {
        let ([one, other], _) = sockets();
        let mut program = Program::without_address(inherit(names, options, [&one, &other]));
        let error = program.next_error();
        assert!(error.contains("the name metrics"), "{options:?}: {error}");
        assert_eq!(program.wait().code(), Some(1));
    }
}

#[test]
fn of_several_passed_sockets_the_last_has_the_numbers() {
    let ([one, other], [_, page]) = sockets();
    let command = inherit(
        "metrics:metrics",
        &["--bind", "127.0.0.1:0"],
        [&one, &other],
    );
    let mut program = Program::without_address(command);
    let warning = "wsgi: several inherited sockets have the name metrics; only the last is served";
    assert_eq!(program.next_error(), warning);
    let line = program.next_error();
    assert!(line.starts_with("wsgi demo: serving on "), "{line}");
    assert_eq!(address(&place(&mut program)), page);
    drop((one, other));
    read(&page);
    program.signal("TERM");
    assert!(program.wait().success());
}

#[test]
fn other_descriptors_of_a_service_manager_are_left_alone_with_an_address() {
    let script = "exec 3</dev/null; export LISTEN_FDS=1 LISTEN_PID=$$ LISTEN_FDNAMES=data; \
                  exec \"$0\" \"$@\"";
    let mut command = Command::new("sh");
    command
        .args(["-c", script, env!("CARGO_BIN_EXE_wsgi"), "demo"])
        .args([
            "--session-store=memory",
            "--threads=2",
            "--bind=127.0.0.1:0",
        ]);
    let mut program = Program::of(command);
    let (head, _) = program.get("/");
    assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
    program.signal("TERM");
    assert!(program.wait().success());
}

#[test]
fn an_address_that_may_be_public_by_accident_is_refused() {
    for (arguments, message) in [
        (
            &["--metrics", ":9100"][..],
            "--metrics takes a host and a port, such as 127.0.0.1:9100, or unix:PATH, not \":9100\"",
        ),
        (
            &["--metrics", "/metrics"],
            "--metrics takes a host and a port, such as 127.0.0.1:9100, or unix:PATH, \
             not \"/metrics\"",
        ),
    ] {
        let program = env!("CARGO_BIN_EXE_wsgi");
        let output = Command::new(program).arg("demo").args(arguments).output();
        let output = output.expect("the program runs");
        assert_eq!(output.status.code(), Some(2));
        let errors = String::from_utf8(output.stderr).expect("text");
        assert!(
            errors.starts_with(&format!("wsgi: {message}\n")),
            "{errors}"
        );
    }
}
