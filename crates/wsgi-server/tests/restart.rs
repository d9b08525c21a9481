//! A new process that takes over the sockets of this one.

mod support;

#[cfg(feature = "notify")]
use std::os::unix::net::UnixDatagram;
use std::{
    env,
    fs::{self, File},
    io,
    os::{fd::OwnedFd, unix::net::UnixStream},
    process::{Command, Stdio},
    thread,
    time::Duration,
};

use support::{Client, PATIENCE, Running, echo, folder::Folder, gate::Gate, get};
use wsgi_application::{Status, application};
#[cfg(feature = "notify")]
use wsgi_server::ServiceManager;
#[cfg(feature = "tls")]
use wsgi_server::TicketKeys;
use wsgi_server::{Address, Listener, Predecessor, Server, Successor};

const LONG: Duration = Duration::from_secs(3600);

/// A command that runs a test of this file as a program.
fn program(test: &str) -> Command {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["--exact", test, "--ignored", "--nocapture"]);
    command.stdout(Stdio::null());
    command
}

/// Stops a successor at the end of a test.
struct Ended(Successor);

impl Drop for Ended {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn running(folder: &Folder) -> Running {
    let listener = Listener::bind_unix(folder.join("s"), 0o600).unwrap();
    let builder = Server::builder().bind("localhost:0").unwrap();
    let running = Running::build(builder.listener(listener), echo);
    support::eventually("the server is ready", || running.handle.is_ready());
    running
}

#[test]
fn a_successor_takes_over_and_retires_in_turn() {
    let folder = Folder::new();
    let mut running = running(&folder);
    let mut kept = running.connect();
    kept.ask(get("/"));
    let listeners = running.handle.listeners().unwrap();
    assert_eq!(listeners.len(), 2);
    let first = Successor::start(program("succeeds"), &listeners).unwrap();
    let first = Ended(first);
    first.0.wait_until_ready(PATIENCE).unwrap();
    running.handle.retire(LONG);
    assert_eq!(kept.ask(get("/")).header("Connection"), Some("close"));
    drop(kept);
    running.join();
    assert!(running.handle.listeners().unwrap().is_empty());
    let ask = |id: u32| {
        let unix = Address::Unix(folder.join("s"));
        for address in [running.address.into(), unix] {
            let response = Client::connect(address).ask(get("/"));
            assert_eq!(response.text(), format!("{id} at localhost"));
        }
    };
    ask(first.0.id());
    // This process still has the sockets.
    let second = Ended(Successor::start(program("succeeds"), &listeners).unwrap());
    second.0.wait_until_ready(PATIENCE).unwrap();
    first.0.retire().unwrap();
    assert!(first.0.wait_for_end(PATIENCE));
    assert!(first.0.wait().unwrap().success());
    ask(second.0.id());
    drop(second);
    assert!(folder.join("s").exists(), "it is the file of this process");
    drop(listeners);
    assert!(!folder.join("s").exists());
}

#[test]
#[ignore = "is started with sockets by another test"]
fn succeeds() {
    let predecessor = Predecessor::from_env().unwrap().expect("a predecessor");
    assert!(io::read_to_string(io::stdin()).unwrap().is_empty());
    let mut builder = Server::builder();
    for listener in predecessor.receive_listeners().unwrap() {
        builder = builder.listener(listener);
    }
    let builder = builder.predecessor(predecessor.clone());
    let handle = builder.handle();
    thread::spawn(move || {
        if predecessor.wait_for_retirement().is_ok() {
            handle.retire(LONG);
        }
    });
    let app = application(|environ, start_response| {
        start_response.start(Status::OK, ())?;
        let name = environ.get("SERVER_NAME").expect("a name");
        Ok(format!("{} at {name}", std::process::id()).into())
    });
    let server = match env::var_os("NOTIFY_SOCKET") {
        #[cfg(feature = "notify")]
        Some(address) => builder.service_manager(ServiceManager::new(address).unwrap()),
        _ => builder,
    };
    server.build(app).unwrap().serve_forever().unwrap();
}

#[test]
fn a_successor_answers_whether_it_is_alive_until_it_retires() {
    let folder = Folder::new();
    let mut running = running(&folder);
    let listeners = running.handle.listeners().unwrap();
    let successor = Ended(Successor::start(program("succeeds"), &listeners).unwrap());
    successor.0.wait_until_ready(PATIENCE).unwrap();
    running.handle.retire(Duration::ZERO);
    running.join();
    for _ in 0..3 {
        successor.0.probe().unwrap();
        successor.0.wait_for_answer(PATIENCE).unwrap();
    }
    // Nobody has asked.
    let unasked = successor.0.wait_for_answer(Duration::from_millis(20));
    assert_eq!(unasked.unwrap_err().kind(), io::ErrorKind::TimedOut);
    send_signal(&successor.0, "STOP");
    support::eventually("all of its threads are stopped", || {
        is_stopped(&successor.0)
    });
    successor.0.probe().unwrap();
    let hung = successor.0.wait_for_answer(Duration::from_millis(50));
    assert_eq!(hung.unwrap_err().kind(), io::ErrorKind::TimedOut);
    send_signal(&successor.0, "CONT");
    successor.0.wait_for_answer(PATIENCE).unwrap();
    successor.0.retire().unwrap();
    assert!(successor.0.wait_for_end(PATIENCE));
    let ended = successor.0.wait_for_answer(PATIENCE).unwrap_err();
    assert_eq!(ended.kind(), io::ErrorKind::UnexpectedEof);
}

fn send_signal(successor: &Successor, name: &str) {
    let kill = format!("kill -{name} {}", successor.id());
    let status = Command::new("sh").args(["-c", &kill]).status();
    assert!(status.unwrap().success());
}

/// Whether the system has stopped every thread of a process, which takes a while after the signal.
fn is_stopped(successor: &Successor) -> bool {
    let tasks = fs::read_dir(format!("/proc/{}/task", successor.id())).unwrap();
    tasks.flatten().all(|task| {
        let stat = fs::read_to_string(task.path().join("stat")).unwrap();
        let state = stat
            .rsplit_once(") ")
            .map(|(_, rest)| rest.starts_with('T'));
        state == Some(true)
    })
}

/// The messages up to this one, without signs of life.
#[cfg(feature = "notify")]
fn messages(manager: &UnixDatagram, last: &str) -> Vec<String> {
    let mut messages = Vec::new();
    while messages.last().is_none_or(|message| message != last) {
        let mut message = [0; 4096];
        let length = manager.recv(&mut message).expect("a message");
        let text = String::from_utf8_lossy(&message[..length]).into_owned();
        if text != "WATCHDOG=1\n" {
            messages.push(text);
        }
    }
    messages
}

#[cfg(feature = "notify")]
#[test]
fn a_successor_becomes_the_main_process_of_the_service_before_this_one_can_end() {
    let folder = Folder::new();
    let path = folder.join("notify");
    let manager = UnixDatagram::bind(&path).unwrap();
    manager.set_read_timeout(Some(PATIENCE)).unwrap();
    let own = ServiceManager::new(&path).unwrap();
    let running = Running::with(|builder| builder.service_manager(own), echo);
    assert_eq!(messages(&manager, "READY=1\n").len(), 2, "no MAINPID");
    let listeners = running.handle.listeners().unwrap();
    let mut command = program("succeeds");
    command.env("NOTIFY_SOCKET", &path);
    let successor = Ended(Successor::start(command, &listeners).unwrap());
    successor.0.wait_until_ready(PATIENCE).unwrap();
    // It is there already, before this process can retire.
    manager.set_nonblocking(true).unwrap();
    let main = format!("MAINPID={}\n", successor.0.id());
    assert_eq!(messages(&manager, &main).len(), 1);
    manager.set_nonblocking(false).unwrap();
    let ready = messages(&manager, "READY=1\n");
    assert!(ready[0].starts_with("STATUS=serving on "), "{ready:?}");
}

#[cfg(feature = "notify")]
#[test]
fn a_process_that_retires_has_no_say_any_more_not_even_that_it_is_alive() {
    let folder = Folder::new();
    let path = folder.join("notify");
    let manager = UnixDatagram::bind(&path).unwrap();
    manager.set_read_timeout(Some(PATIENCE)).unwrap();
    let own = ServiceManager::new(&path).unwrap();
    let own = own.watchdog_timeout(Duration::from_millis(40));
    let mut running = Running::with(|builder| builder.service_manager(own), echo);
    messages(&manager, "READY=1\n");
    // Later the successor could accept it.
    let mut kept = running.connect();
    kept.ask(get("/"));
    running.handle.retire(LONG);
    // The loop may be in the turn of the last request still.
    support::eventually("it closes the connection", || {
        kept.ask(get("/")).header("Connection") == Some("close")
    });
    manager.set_nonblocking(true).unwrap();
    while manager.recv(&mut [0; 64]).is_ok() {}
    manager.set_nonblocking(false).unwrap();
    let silence = Some(Duration::from_millis(200));
    manager.set_read_timeout(silence).unwrap();
    // One may have been on its way.
    let signs = (0..3).take_while(|_| manager.recv(&mut [0; 64]).is_ok());
    assert!(signs.count() <= 1);
    drop(kept);
    running.join();
    assert!(manager.recv(&mut [0; 64]).is_err());
}

#[cfg(feature = "tls")]
#[test]
fn keys_of_tickets_are_passed_on() {
    let folder = Folder::new();
    let running = running(&folder);
    let listeners = running.handle.listeners().unwrap();
    let given = TicketKeys::from_bytes([[7; 48], [8; 48]]).unwrap();
    for keys in [TicketKeys::random().unwrap(), given] {
        let command = program("finds_keys_of_tickets");
        let started = Successor::start_with_ticket_keys(command, &listeners, &keys);
        let successor = Ended(started.unwrap());
        successor.0.wait_until_ready(PATIENCE).unwrap();
        assert!(successor.0.wait_for_end(PATIENCE));
        assert!(successor.0.wait().unwrap().success());
    }
    let mut command = program("finds_keys_of_tickets");
    command.stderr(Stdio::null());
    let successor = Successor::start(command, &listeners);
    let successor = Ended(successor.unwrap());
    assert!(successor.0.wait_for_end(PATIENCE));
    assert!(!successor.0.wait().unwrap().success(), "there are none");
}

#[cfg(feature = "tls")]
#[test]
#[ignore = "is started with keys by another test"]
fn finds_keys_of_tickets() {
    let predecessor = Predecessor::from_env().unwrap().expect("a predecessor");
    assert!(
        predecessor.ticket_keys().is_none(),
        "they come with the sockets"
    );
    predecessor.receive_listeners().unwrap();
    predecessor.ticket_keys().expect("keys");
    predecessor.tell_ready().unwrap();
}

#[test]
fn a_file_can_be_left_to_the_successor() {
    let folder = Folder::new();
    let mut running = running(&folder);
    let listeners = running.handle.listeners().unwrap();
    let successor = Ended(Successor::start(program("succeeds"), &listeners).unwrap());
    successor.0.wait_until_ready(PATIENCE).unwrap();
    listeners.iter().for_each(Listener::leave_file);
    running.handle.retire(LONG);
    drop(listeners);
    running.join();
    let response = Client::connect(Address::Unix(folder.join("s"))).ask(get("/"));
    assert_eq!(response.status, 200);
}

#[test]
fn a_program_that_ends_early_changes_nothing() {
    let folder = Folder::new();
    let running = running(&folder);
    let listeners = running.handle.listeners().unwrap();
    let mut command = Command::new("sh");
    command.args(["-c", "exit 3"]);
    let successor = Successor::start(command, &listeners).unwrap();
    let error = successor.wait_until_ready(PATIENCE).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof, "{error}");
    assert_eq!(successor.wait().unwrap().code(), Some(3));
    let missing = Command::new(folder.join("missing"));
    let error = Successor::start(missing, &listeners).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::NotFound);
    assert_eq!(running.connect().ask(get("/")).header("Connection"), None);
}

#[test]
fn a_program_that_is_not_ready_in_time_can_be_ended() {
    let folder = Folder::new();
    let running = running(&folder);
    let listeners = running.handle.listeners().unwrap();
    let mut command = Command::new("sleep");
    command.arg("600");
    let successor = Ended(Successor::start(command, &listeners).unwrap());
    let error = successor.0.wait_until_ready(Duration::from_millis(50));
    assert_eq!(error.unwrap_err().kind(), io::ErrorKind::TimedOut);
    assert!(!successor.0.wait_for_end(Duration::from_millis(50)));
    successor.0.kill().unwrap();
    assert!(successor.0.wait_for_end(PATIENCE));
    assert!(!successor.0.wait().unwrap().success());
    assert_eq!(running.connect().ask(get("/")).status, 200);
}

#[test]
fn a_program_that_closes_its_channel_has_not_ended() {
    let folder = Folder::new();
    let running = running(&folder);
    let listeners = running.handle.listeners().unwrap();
    let mut command = Command::new("sh");
    command.args(["-c", "exec sleep 600 </dev/null"]);
    let successor = Ended(Successor::start(command, &listeners).unwrap());
    let error = successor.0.wait_until_ready(PATIENCE).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
    let problem = "the program has closed its standard input, and has not ended";
    assert_eq!(error.to_string(), problem);
    assert!(!successor.0.wait_for_end(Duration::from_millis(50)));
}

#[test]
fn a_program_of_a_successor_has_no_predecessor_though_it_inherits_the_variable() {
    let started = Successor::start(program("starts_a_program"), &[]).unwrap();
    let successor = Ended(started);
    assert!(successor.0.wait_for_end(PATIENCE));
    assert!(successor.0.wait().unwrap().success());
}

#[test]
#[ignore = "is started by another test"]
fn starts_a_program() {
    let predecessor = Predecessor::from_env().unwrap();
    predecessor.expect("a predecessor");
    assert!(
        Predecessor::from_env().unwrap().is_none(),
        "it is found once"
    );
    let (socket, _other) = UnixStream::pair().unwrap();
    for stdin in [Stdio::null(), OwnedFd::from(socket).into()] {
        let mut command = program("has_no_predecessor");
        assert!(command.stdin(stdin).status().unwrap().success());
    }
}

#[test]
#[ignore = "is started by another test"]
fn has_no_predecessor() {
    assert!(env::var_os("WSGI_PREDECESSOR").is_some());
    assert!(Predecessor::from_env().unwrap().is_none());
}

#[test]
fn sockets_for_which_there_is_no_descriptor_are_an_error() {
    let listeners = [(); 2].map(|()| Listener::bind("127.0.0.1:0").unwrap());
    let program = program("lacks_descriptors");
    let mut command = Command::new("sh");
    command.args(["-c", "ulimit -n 64 && exec \"$0\" \"$@\""]);
    command.arg(program.get_program()).args(program.get_args());
    command.stdout(Stdio::null());
    let successor = Ended(Successor::start(command, &listeners).unwrap());
    assert!(successor.0.wait_for_end(PATIENCE));
    assert!(successor.0.wait().unwrap().success());
}

#[test]
#[ignore = "is started with sockets by another test"]
fn lacks_descriptors() {
    let predecessor = Predecessor::from_env().unwrap().expect("a predecessor");
    let mut taken: Vec<_> = std::iter::from_fn(|| File::open("/dev/null").ok()).collect();
    taken.pop(); // so that there is room for one socket
    let error = predecessor.receive_listeners().unwrap_err();
    drop(taken);
    assert!(error.to_string().contains("ulimit -n"), "{error}");
}

#[test]
fn a_predecessor_of_another_version_is_an_error() {
    for version in ["3", "5:1:2"] {
        let (socket, _other) = UnixStream::pair().unwrap();
        let mut command = program("refuses_to_start");
        command.env("WSGI_PREDECESSOR", version);
        command.stdin(OwnedFd::from(socket));
        assert!(command.status().unwrap().success());
    }
}

#[test]
#[ignore = "is started by another test"]
fn refuses_to_start() {
    let error = Predecessor::from_env().unwrap_err();
    assert!(error.to_string().contains("WSGI_PREDECESSOR"), "{error}");
}

#[test]
fn a_loop_that_looks_only_after_the_time_leaves_its_sockets_all_the_same() {
    let folder = Folder::new();
    let gate = Gate::default();
    let builder = Server::builder().threads(1).max_threads(1);
    let builder = builder.bind_unix(folder.join("s"), 0o600).unwrap();
    let mut running = Running::build(builder.bind("127.0.0.1:0").unwrap(), gate.app());
    let mut client = running.connect();
    client.send(get("/wait"));
    support::eventually("the only thread waits", || gate.waiting() == 1);
    let listeners = running.handle.listeners().unwrap();
    running.handle.retire(LONG);
    running.handle.shutdown(); // the time is over
    gate.open();
    assert_eq!(client.response().status, 200);
    running.join();
    assert!(folder.join("s").exists(), "the file of the socket stays");
    drop(listeners);
    assert!(!folder.join("s").exists());
}
