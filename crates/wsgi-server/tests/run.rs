//! Serving as whatever started the process asks for: this file's tests start each other as programs.

mod support;

use std::{
    net::TcpListener,
    os::{fd::OwnedFd, unix::net::UnixStream},
    path::Path,
    process::{Child, Command, Stdio},
};

use support::{Client, echo, eventually, folder::Folder, get};
use wsgi_server::{Address, run, run_on};

/// A test that serves, as a program; it is killed when this is dropped.
struct Program(Child);

impl Program {
    /// Starts it by way of a shell that says first what the program is to find.
    fn start(test: &str, stdin: impl Into<OwnedFd>, shell: &str, folder: &Path) -> Self {
        let script = format!("{shell} exec \"$0\" --exact {test} --ignored --nocapture");
        let child = Command::new("sh")
            .args(["-c", &script])
            .arg(std::env::current_exe().unwrap())
            .current_dir(folder)
            .stdin(Stdio::from(stdin.into()))
            .stdout(Stdio::null())
            .spawn();
        Self(child.unwrap())
    }
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
        assert_eq!(folder.names(), [""; 0], "no other address is listened on");
    }
}

#[test]
fn without_a_socket_the_address_is_served_by_http() {
    let folder = Folder::new();
    let path = folder.join("socket");
    let nothing = std::fs::File::open("/dev/null").unwrap();
    let _program = Program::start("runs_on_an_address", nothing, "", folder.as_ref());
    eventually("the address is listened on", || {
        UnixStream::connect(&path).is_ok()
    });
    ask(Address::Unix(path));
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
