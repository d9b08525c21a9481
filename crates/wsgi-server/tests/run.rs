//! Serving in the way that the process was started for. The tests of this file start each other as
//! programs.

mod support;

use std::{
    fs::{self, File},
    io::{BufRead, BufReader, Read},
    net::{TcpListener, TcpStream},
    os::{fd::OwnedFd, unix::net::UnixStream},
    path::Path,
    process::{Child, ChildStderr, Command, Stdio},
    thread,
    time::Duration,
};

use support::{Client, echo, eventually, folder::Folder, get, process::ended};
use wsgi_application::{Environ, Result, StartResponse, Status};
use wsgi_server::{Address, Server, make_server, run, run_on, survive_file_size_limit};

/// A test that serves as a program. It is killed when this is dropped.
struct Program(Child);

impl Program {
    /// Starts the program from a shell that first runs the commands `shell`.
    fn start(test: &str, stdin: impl Into<OwnedFd>, shell: &str, folder: &Path) -> Self {
        let script = format!("{shell} exec \"$0\" --exact {test} --ignored --nocapture");
        let child = Command::new("sh")
            .args(["-c", &script])
            .arg(std::env::current_exe().unwrap())
            .current_dir(folder)
            .stdin(Stdio::from(stdin.into()))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn();
        Self(child.unwrap())
    }

    /// Starts the program without a socket.
    fn start_alone(test: &str, folder: &Path) -> Self {
        Self::start(test, File::open("/dev/null").unwrap(), "", folder)
    }

    /// Waits for the line that says where the program serves. Returns that place, and a reader of
    /// the lines after it.
    fn places(&mut self) -> (String, BufReader<ChildStderr>) {
        let mut errors = BufReader::new(self.0.stderr.take().unwrap());
        let mut line = String::new();
        errors.read_line(&mut line).unwrap();
        let places = line.strip_prefix("serving on ").expect(&line);
        (places.trim_end().to_owned(), errors)
    }

    fn signal(&self, signal: &str) {
        let kill = format!("kill -{signal} {}", self.0.id());
        let status = Command::new("sh").args(["-c", &kill]).status();
        assert!(status.unwrap().success());
    }
}

/// A client of a place that begins with `http://`.
fn client(places: &str) -> Client {
    let address = places.strip_prefix("http://").unwrap();
    Client::connect(address.parse::<std::net::SocketAddr>().unwrap())
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[track_caller]
fn ask(address: impl Into<Address>) {
    let response = Client::connect(address).ask(get("/x"));
    assert_eq!(response.text(), "GET /x\n");
}

#[test]
fn sockets_of_a_service_manager_are_served_by_http() {
    let pass = "exec 3<&0 </dev/null; export LISTEN_FDS=1 LISTEN_PID=$$;";
    for test in ["runs", "runs_on_an_address"] {
        let socket = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = socket.local_addr().unwrap();
        let folder = Folder::new();
        let _program = Program::start(test, socket, pass, folder.as_ref());
        ask(address);
        assert_eq!(folder.names(), [""; 0], "it listens on no other address");
    }
}

#[test]
fn without_a_socket_the_address_is_served_by_http() {
    let folder = Folder::new();
    let path = folder.join("socket");
    let mut program = Program::start_alone("runs_on_an_address", folder.as_ref());
    let (places, _) = program.places();
    assert!(places.ends_with("/socket over HTTP"), "{places}");
    eventually("it listens on the address", || {
        UnixStream::connect(&path).is_ok()
    });
    ask(Address::Unix(path));
}

#[test]
fn a_signal_lets_requests_finish_and_ends_the_program() {
    for signal in ["INT", "TERM"] {
        let folder = Folder::new();
        let mut program = Program::start_alone("runs_slowly", folder.as_ref());
        let (places, mut errors) = program.places();
        let mut client = client(&places);
        client.send(get("/slow"));
        let begun = folder.join("begun");
        eventually("the request has begun", || begun.exists());
        program.signal(signal);
        assert_eq!(client.response().text(), "GET /slow\n", "{signal}");
        assert!(ended(&mut program.0).success(), "{signal}");
        let mut rest = String::new();
        errors.read_to_string(&mut rest).unwrap();
        assert_eq!(rest, "", "it writes only one line");
    }
}

#[test]
fn a_second_signal_ends_the_program_at_once() {
    let folder = Folder::new();
    let mut program = Program::start_alone("runs_for_ever", folder.as_ref());
    let (places, _errors) = program.places();
    let mut client = client(&places);
    client.send(get("/"));
    let begun = folder.join("begun");
    eventually("the request has begun", || begun.exists());
    program.signal("TERM");
    // Otherwise both could be one to the program.
    let address = places.strip_prefix("http://").unwrap();
    eventually("it heard the first", || {
        TcpStream::connect(address).is_err()
    });
    assert!(program.0.try_wait().unwrap().is_none(), "it waits");
    program.signal("TERM");
    let status = ended(&mut program.0);
    assert_eq!(
        std::os::unix::process::ExitStatusExt::signal(&status),
        Some(15)
    );
}

#[test]
fn signals_have_their_usual_effect_again_when_no_server_serves() {
    let folder = Folder::new();
    let mut program = Program::start_alone("serves_twice_and_sleeps", folder.as_ref());
    let sleeps = folder.join("sleeps");
    eventually("it has served", || sleeps.exists());
    program.signal("INT");
    let status = ended(&mut program.0);
    assert_eq!(
        std::os::unix::process::ExitStatusExt::signal(&status),
        Some(2)
    );
}

#[test]
fn a_file_that_may_not_be_larger_does_not_end_the_program() {
    let folder = Folder::new();
    let nothing = File::open("/dev/null").unwrap();
    let test = "runs_with_a_large_file";
    let mut program = Program::start(test, nothing, "ulimit -f 8;", folder.as_ref());
    let (places, _errors) = program.places();
    for _ in 0..2 {
        assert_eq!(client(&places).ask(get("/")).text(), "FileTooLarge\n");
    }
    program.signal("TERM");
    assert!(ended(&mut program.0).success());
}

#[test]
fn by_cgi_a_file_that_may_not_be_larger_does_not_end_the_program() {
    let folder = Folder::new();
    let shell = "ulimit -f 8; export GATEWAY_INTERFACE=CGI/1.1 REQUEST_METHOD=GET;";
    let nothing = File::open("/dev/null").unwrap();
    let test = "runs_with_a_large_file";
    let mut program = Program::start(test, nothing, shell, folder.as_ref());
    assert!(ended(&mut program.0).success());
    let mut output = String::new();
    let mut stdout = program.0.stdout.take().unwrap();
    stdout.read_to_string(&mut output).unwrap();
    assert!(output.contains("\r\n\r\nFileTooLarge\n"), "{output}");
}

#[test]
fn a_program_may_write_too_much_before_it_serves() {
    let folder = Folder::new();
    let nothing = File::open("/dev/null").unwrap();
    let test = "writes_a_large_file_and_ends";
    let mut program = Program::start(test, nothing, "ulimit -f 8;", folder.as_ref());
    assert!(ended(&mut program.0).success());
}

#[cfg(target_os = "linux")]
#[test]
fn programs_that_it_starts_ignore_the_limit_of_files_only_if_it_was_started_so() {
    for (trap, survives) in [("", false), ("trap '' XFSZ;", true)] {
        let folder = Folder::new();
        let nothing = File::open("/dev/null").unwrap();
        let shell = format!("{trap} ulimit -f 8;");
        let test = "starts_what_writes_a_large_file";
        let mut program = Program::start(test, nothing, &shell, folder.as_ref());
        assert!(ended(&mut program.0).success(), "{trap:?}");
        assert_eq!(folder.join("survived").exists(), survives, "{trap:?}");
    }
}

#[test]
fn an_address_that_cannot_be_used_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let expected = format!("cannot listen on {address}: Address already in use");
    let in_turn = [
        make_server("127.0.0.1", address.port(), echo).map(drop),
        run_on(&address.to_string(), echo),
    ];
    for result in in_turn {
        let error = result.unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::AddrInUse);
        assert!(error.to_string().starts_with(&expected), "{error}");
    }
    let missing = "a port is missing at its end, such as :8000";
    let bare = "an IPv6 address has brackets before its port, such as [::1]:8000";
    for (address, problem) in [
        ("localhost", missing),
        ("127.0.0.1", missing),
        ("[::1]", missing),
        ("[::1", missing),
        ("::1", bare),
        ("::1:8000", bare),
    ] {
        let error = run_on(address, echo).unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::InvalidInput, "{address}");
        let expected = format!("cannot listen on {address}: {problem}");
        assert_eq!(error.to_string(), expected);
    }
    let path = "unix:/nowhere/at/all";
    let error = run_on(path, echo).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with(&format!("cannot listen on {path}: ")),
        "{error}"
    );
}

#[test]
fn by_cgi_the_script_name_and_other_options_of_requests_apply() {
    let folder = Folder::new();
    let shell = "export GATEWAY_INTERFACE=CGI/1.1 REQUEST_METHOD=GET SCRIPT_NAME=/x/y \
        REQUEST_URI=/app/caf%C3%A9?q SERVER_NAME=h SERVER_PORT=80 SERVER_PROTOCOL=HTTP/1.1;";
    let nothing = File::open("/dev/null").unwrap();
    let mut program = Program::start("runs_at_a_script_name", nothing, shell, folder.as_ref());
    let mut output = String::new();
    let mut stdout = program.0.stdout.take().unwrap();
    stdout.read_to_string(&mut output).unwrap();
    let body = "\r\n\r\n\"/app\" \"/caf\u{e9}\" GREETING=hello\n";
    assert!(output.contains(body), "{output}");
}

#[test]
fn settings_that_make_no_sense_are_refused_by_cgi_too() {
    let folder = Folder::new();
    for shell in ["", "export GATEWAY_INTERFACE=CGI/1.1 REQUEST_METHOD=GET;"] {
        let nothing = File::open("/dev/null").unwrap();
        let mut program = Program::start("runs_without_sense", nothing, shell, folder.as_ref());
        assert!(ended(&mut program.0).success(), "{shell:?}: it was refused");
        let refusal = fs::read_to_string(folder.join("refusal")).unwrap();
        assert_eq!(refusal, "the server's name contains control characters");
    }
}

#[test]
fn over_a_socket_the_script_name_applies() {
    let folder = Folder::new();
    let mut program = Program::start_alone("runs_at_a_script_name", folder.as_ref());
    let (places, _errors) = program.places();
    let response = client(&places).ask(get("/app/x"));
    assert_eq!(response.text(), "\"/app\" \"/x\" GREETING=hello\n");
}

/// Answers with the paths, and with a variable that the server adds.
fn place(environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
    start_response.start(Status::OK, ())?;
    let (script_name, path) = (environ.script_name(), environ.path_info());
    let greeting = environ.get("GREETING").unwrap_or_default();
    Ok(format!("{script_name:?} {path:?} GREETING={greeting}\n").into())
}

/// Writes a file of 1 MiB, and answers with the error.
fn large(_: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
    let error = fs::write("large", vec![0; 1 << 20]).unwrap_err();
    start_response.start(Status::OK, ())?;
    Ok(format!("{:?}\n", error.kind()).into())
}

fn slow(environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
    File::create("begun")?;
    thread::sleep(Duration::from_millis(300));
    echo(environ, start_response)
}

fn for_ever(_: &mut Environ, _: &mut StartResponse<'_>) -> Result {
    File::create("begun")?;
    thread::sleep(Duration::from_secs(60));
    Err("nobody ended it".into())
}

#[test]
#[ignore = "is started as a program by another test"]
fn runs_slowly() {
    run_on("127.0.0.1:0", slow).unwrap();
}

#[test]
#[ignore = "is started as a program by another test"]
fn runs_with_a_large_file() {
    run_on("127.0.0.1:0", large).unwrap();
}

#[test]
#[ignore = "is started as a program by another test"]
fn writes_a_large_file_and_ends() {
    survive_file_size_limit().unwrap();
    let error = fs::write("large", vec![0; 1 << 20]).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::FileTooLarge);
}

#[test]
#[ignore = "is started as a program by another test"]
fn starts_what_writes_a_large_file() {
    for _ in 0..2 {
        survive_file_size_limit().unwrap();
    }
    let script = "(ulimit -c 0; exec dd if=/dev/zero of=large bs=65536 count=1) 2>/dev/null; \
        test $? -lt 128 && : >survived";
    Command::new("sh").args(["-c", script]).status().unwrap();
}

#[test]
#[ignore = "is started as a program by another test"]
fn runs_for_ever() {
    run_on("127.0.0.1:0", for_ever).unwrap();
}

#[test]
#[ignore = "is started as a program by another test"]
fn serves_twice_and_sleeps() {
    for _ in 0..2 {
        let server = make_server("127.0.0.1", 0, echo).unwrap();
        server.handle().shutdown();
        server.serve_until_stopped().unwrap();
    }
    File::create("sleeps").unwrap();
    thread::sleep(Duration::from_secs(60));
}

#[test]
#[ignore = "is started as a program by another test"]
fn runs_at_a_script_name() {
    let builder = Server::builder()
        .script_name("/app")
        .base_environ("GREETING", "hello");
    builder.run_on("127.0.0.1:0", place).unwrap();
}

#[test]
#[ignore = "is started as a program by another test"]
fn runs_without_sense() {
    let builder = Server::builder().server_software("a\nb");
    let error = builder.run_on("127.0.0.1:0", echo).unwrap_err();
    fs::write("refusal", error.to_string()).unwrap();
}

#[test]
#[ignore = "is started as a program by another test"]
fn runs() {
    run(echo).unwrap();
}

#[test]
#[ignore = "is started as a program by another test"]
fn runs_on_an_address() {
    run_on("unix:socket", echo).unwrap();
}
