//! This test is two programs. Started as CGI, it answers a request; otherwise, it is the web server
//! that starts itself as CGI. It does not use the test harness, which prints to standard output.

use std::{
    env,
    io::{self, BufRead, BufReader, Read, Write},
    os::{fd::OwnedFd, unix::net::UnixStream},
    panic::{AssertUnwindSafe, catch_unwind},
    process::{Child, Command, ExitCode, Output, Stdio},
    thread,
    time::Duration,
};

use wsgi_application::{Body, Environ, FileWrapper, Result, StartResponse, Status};
use wsgi_gateway::Engine;
use wsgi_handlers::{CgiHandler, Handler};

const TESTS: &[(&str, fn())] = &[
    ("the_variables_come_from_the_environment", environment),
    ("the_streams_carry_bytes", bytes),
    ("a_body_is_read_to_its_end_and_no_further", no_further),
    ("an_unread_body_does_not_discard_the_response", unread),
    ("both_bodies_are_streamed", streams),
    ("a_large_body_is_sent", large),
    ("a_file_is_sent_whole", file),
    ("errors_go_to_standard_error", errors),
    ("a_panic_is_answered", panics),
    ("variables_without_a_method_are_refused", no_method),
    ("a_reader_that_leaves_is_not_a_failure", leaving),
    ("a_reader_that_leaves_a_live_page_is_noticed", leaving_live),
    ("cgi_is_distinguished_from_a_command_line", invoked),
];

fn main() -> ExitCode {
    if env::var_os("TEST_IS_CGI").is_some() {
        let mut handler = CgiHandler::new().with_engine(Engine::new().max_backtrace_lines(Some(0)));
        let outcome = handler.run(&site);
        return ExitCode::from(u8::from(!outcome.is_complete()));
    }
    let failed = TESTS.iter().filter(|(name, test)| {
        let passed = catch_unwind(AssertUnwindSafe(test)).is_ok();
        let result = if passed { "ok" } else { "FAILED" };
        let _ = writeln!(io::stdout(), "test {name} ... {result}");
        !passed
    });
    ExitCode::from(u8::from(failed.count() > 0))
}

/// The application of the CGI program.
fn site(environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
    match environ.path_info().to_str()? {
        "/environ" => {
            start_response.start(Status::OK, ())?;
            let flags = (
                environ.multithread(),
                environ.multiprocess(),
                environ.run_once(),
            );
            let mut text = format!("{flags:?} {}\n", CgiHandler::is_invoked());
            for (name, value) in environ.to_map() {
                if name.starts_with("HTTP_") || name.starts_with("QUERY") || name.contains("_I") {
                    text.push_str(&format!("{name}={value:?}\n"));
                }
            }
            Ok(text.into())
        }
        "/echo" => {
            start_response.start(Status::OK, ())?;
            Ok(environ.take_input().into())
        }
        "/chunks" => {
            start_response.start(Status::OK, ())?;
            let lines = BufReader::new(environ.take_input()).split(b'\n');
            Ok(Body::chunks(lines))
        }
        "/file" => {
            start_response.start(Status::OK, ())?;
            let mut file = tempfile::tempfile()?;
            file.write_all(&[b'x'; 300_000])?;
            Ok(FileWrapper::from_file(file)
                .with_range(100_000, 150_000)?
                .into())
        }
        "/live" => {
            start_response.start(Status::OK, ())?;
            let (sender, body) = Body::channel(100);
            // Nothing is sent after this, and the page does not end.
            thread::spawn(move || {
                sender.send("one").unwrap();
                while !sender.is_closed() {
                    thread::sleep(Duration::from_millis(5));
                }
            });
            Ok(body)
        }
        "/errors" => {
            environ.errors().print("noted");
            Err("broken".into())
        }
        _ => panic!("no such page"),
    }
}

/// A CGI process for a request, with only these variables in its environment.
fn cgi(variables: &[(&str, &str)]) -> Child {
    let program = env::current_exe().unwrap();
    Command::new(program)
        .env_clear()
        .env("TEST_IS_CGI", "1")
        .envs(variables.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// One socket for both directions, as in Apache's mod_cgid. Unread bytes in it at the end of the
/// program would discard the response.
fn unread() {
    let (mut ours, theirs) = UnixStream::pair().unwrap();
    let mut child = Command::new(env::current_exe().unwrap())
        .env_clear()
        .env("TEST_IS_CGI", "1")
        .env("REQUEST_METHOD", "POST")
        .env("PATH_INFO", "/environ")
        .env("CONTENT_LENGTH", "1000000")
        .stdin(OwnedFd::from(theirs.try_clone().unwrap()))
        .stdout(OwnedFd::from(theirs))
        .spawn()
        .unwrap();
    ours.write_all(&vec![b'x'; 1_000_000]).unwrap();
    let mut response = String::new();
    ours.read_to_string(&mut response).unwrap();
    assert!(response.starts_with("Status: 200 OK\r\n"), "{response}");
    assert!(child.wait().unwrap().success());
}

fn get(path: &str) -> Child {
    cgi(&[("REQUEST_METHOD", "GET"), ("PATH_INFO", path)])
}

fn post(path: &str, length: usize) -> Child {
    let length = length.to_string();
    cgi(&[
        ("REQUEST_METHOD", "POST"),
        ("PATH_INFO", path),
        ("CONTENT_LENGTH", &length),
    ])
}

/// The output of the process, whose input stays open, as it may with a web server.
fn ended(mut child: Child) -> Output {
    let input = child.stdin.take();
    let output = child.wait_with_output().unwrap();
    drop(input);
    output
}

#[track_caller]
fn check(output: &Output, head: &str, body: &[u8], logged: &str) {
    let expected = [head.as_bytes(), b"\r\n\r\n", body].concat();
    assert!(
        output.stdout == expected,
        "{:?}",
        output.stdout.escape_ascii().to_string()
    );
    assert_eq!(String::from_utf8_lossy(&output.stderr), logged);
    assert!(output.status.success());
}

fn environment() {
    let output = ended(cgi(&[
        ("GATEWAY_INTERFACE", "CGI/1.1"),
        ("REQUEST_METHOD", "GET"),
        ("PATH_INFO", "/environ"),
        ("HTTP_USER_AGENT", "curl"),
        ("HTTP_PROXY", "http://evil.example"),
        ("HTTP_CONTENT_LENGTH", "7"),
    ]));
    let text = "(false, true, true) true\nGATEWAY_INTERFACE=\"CGI/1.1\"\n\
                HTTP_USER_AGENT=\"curl\"\nPATH_INFO=\"/environ\"\nQUERY_STRING=\"\"\nTEST_IS_CGI=\"1\"\n";
    let head = format!("Status: 200 OK\r\nContent-Length: {}", text.len());
    check(&output, &head, text.as_bytes(), "");
}

fn bytes() {
    let bytes: Vec<u8> = (0..=255).chain(*b"\r\n\r\n\n\n").collect();
    let mut child = post("/echo", bytes.len());
    child.stdin.as_mut().unwrap().write_all(&bytes).unwrap();
    let head = format!("Status: 200 OK\r\nContent-Length: {}", bytes.len());
    check(&ended(child), &head, &bytes, "");
}

fn no_further() {
    let mut child = post("/echo", 4);
    let mut input = child.stdin.take().unwrap();
    input.write_all(b"four").unwrap();
    // The input is open but no byte comes, so a program that reads on never ends.
    let output = child.wait_with_output().unwrap();
    drop(input);
    let head = "Status: 200 OK\r\nContent-Length: 4";
    check(&output, head, b"four", "");
}

fn streams() {
    let mut child = post("/chunks", 8);
    let mut input = child.stdin.take().unwrap();
    let mut output = child.stdout.take().unwrap();
    let mut expect = |expected: &str| {
        let mut bytes = vec![0; expected.len()];
        output.read_exact(&mut bytes).unwrap();
        assert_eq!(String::from_utf8(bytes).unwrap(), expected);
    };
    input.write_all(b"one\n").unwrap();
    expect("Status: 200 OK\r\n\r\none");
    input.write_all(b"two\n").unwrap();
    expect("two");
    assert!(child.wait().unwrap().success());
}

fn large() {
    let length = 20_000_000;
    let mut child = post("/echo", length);
    let mut input = child.stdin.take().unwrap();
    let writer = thread::spawn(move || {
        let block = [b'x'; 100_000];
        (0..length / block.len()).for_each(|_| input.write_all(&block).unwrap());
        input
    });
    let output = child.wait_with_output().unwrap();
    drop(writer.join().unwrap());
    assert!(output.status.success());
    let head = format!("Status: 200 OK\r\nContent-Length: {length}\r\n\r\n");
    assert!(output.stdout.starts_with(head.as_bytes()));
    assert_eq!(output.stdout.len(), head.len() + length);
}

fn file() {
    let head = "Status: 200 OK\r\nContent-Length: 150000";
    check(&ended(get("/file")), head, &[b'x'; 150_000], "");
}

fn errors() {
    check(
        &ended(get("/errors")),
        "Status: 500 Internal Server Error\r\nContent-Length: 26\r\nContent-Type: text/plain",
        b"500 Internal Server Error\n",
        "noted\nGET \"/errors\": broken\n",
    );
}

fn panics() {
    let output = ended(get("/no"));
    let expected = b"Status: 500 Internal Server Error\r\n";
    assert!(output.stdout.starts_with(expected));
    let logged = String::from_utf8(output.stderr).unwrap();
    assert!(
        logged.ends_with("GET \"/no\": panicked: no such page\n"),
        "{logged}"
    );
}

fn no_method() {
    check(
        &ended(cgi(&[("PATH_INFO", "/")])),
        "Status: 500 Internal Server Error\r\nContent-Length: 26\r\nContent-Type: text/plain",
        b"500 Internal Server Error\n",
        "there is no REQUEST_METHOD\n",
    );
}

fn leaving() {
    let mut child = post("/echo", 1_000_000_000_000);
    let mut input = child.stdin.take().unwrap();
    drop(child.stdout.take());
    // The program ends soon, since the rest of the body is not needed.
    let mut blocks = (0..5_000).map(|_| input.write_all(&[b'x'; 100_000]));
    assert!(blocks.any(|written| written.is_err()));
    drop(input);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

fn leaving_live() {
    let mut child = get("/live");
    let expected = b"Status: 200 OK\r\n\r\none";
    let mut output = child.stdout.take().unwrap();
    let mut bytes = vec![0; expected.len()];
    output.read_exact(&mut bytes).unwrap();
    assert_eq!(bytes, expected);
    drop(output);
    // The standard input is open, so only the output shows it.
    let input = child.stdin.take();
    assert_eq!(child.wait().unwrap().code(), Some(1));
    drop(input);

    // One socket for both directions.
    let (mut ours, theirs) = UnixStream::pair().unwrap();
    let mut child = Command::new(env::current_exe().unwrap())
        .env_clear()
        .env("TEST_IS_CGI", "1")
        .env("REQUEST_METHOD", "GET")
        .env("PATH_INFO", "/live")
        .stdin(OwnedFd::from(theirs.try_clone().unwrap()))
        .stdout(OwnedFd::from(theirs))
        .spawn()
        .unwrap();
    ours.read_exact(&mut bytes).unwrap();
    drop(ours);
    assert_eq!(child.wait().unwrap().code(), Some(1));
}

fn invoked() {
    for (interface, expected) in [("", "false"), ("cgi", "false"), ("CGI/1.2", "true")] {
        let output = ended(cgi(&[
            ("GATEWAY_INTERFACE", interface),
            ("REQUEST_METHOD", "GET"),
            ("PATH_INFO", "/environ"),
        ]));
        let text = String::from_utf8(output.stdout).unwrap();
        let first = format!("\r\n\r\n(false, true, true) {expected}\n");
        assert!(text.contains(&first), "{text}");
    }
}
