//! A service manager, which these tests play.

mod support;

#[cfg(feature = "signals")]
use std::process::{Command, Stdio};
use std::{fs, os::unix::net::UnixDatagram, thread, time::Duration};

use support::{PATIENCE, Running, echo, folder::Folder, gate::Gate, get};
use wsgi_application::{Environ, Result, StartResponse};
use wsgi_server::{Server, ServiceManager};

/// The socket of a service manager.
struct Manager {
    socket: UnixDatagram,
    _folder: Folder,
    address: String,
}

impl Manager {
    fn new() -> Self {
        let folder = Folder::new();
        let path = folder.join("notify");
        let socket = UnixDatagram::bind(&path).unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        Self {
            socket,
            _folder: folder,
            address: path.to_str().unwrap().to_owned(),
        }
    }

    fn client(&self) -> ServiceManager {
        ServiceManager::new(&self.address).unwrap()
    }

    #[track_caller]
    fn receive(&self) -> String {
        let mut message = [0; 4096];
        let length = self.socket.recv(&mut message).expect("a message");
        String::from_utf8(message[..length].to_vec()).unwrap()
    }

    /// The next message that is not a sign of life.
    #[track_caller]
    fn receive_news(&self) -> String {
        loop {
            match self.receive() {
                life if life == "WATCHDOG=1\n" => {}
                news => return news,
            }
        }
    }

    #[track_caller]
    fn assert_silent(&self) {
        self.socket.set_nonblocking(true).unwrap();
        assert!(self.socket.recv(&mut [0; 64]).is_err());
        self.socket.set_nonblocking(false).unwrap();
    }
}

fn serve(service_manager: ServiceManager) -> Running {
    Running::with(|builder| builder.service_manager(service_manager), echo)
}

#[test]
fn a_server_tells_when_it_is_ready_and_when_it_ends() {
    let manager = Manager::new();
    let mut running = serve(manager.client());
    let places = running.server.places();
    assert_eq!(manager.receive(), format!("STATUS=serving on {places}\n"));
    assert_eq!(manager.receive(), "READY=1\n");
    assert_eq!(running.connect().ask(get("/")).status, 200);
    manager.assert_silent();
    running.handle.shutdown();
    assert_eq!(manager.receive(), "STOPPING=1\n");
    running.handle.abort();
    running.join();
    manager.assert_silent();
}

#[test]
fn the_end_of_a_server_that_retires_is_not_that_of_the_service() {
    let manager = Manager::new();
    let mut running = serve(manager.client());
    assert!(manager.receive().starts_with("STATUS="));
    assert_eq!(manager.receive(), "READY=1\n");
    running.handle.retire(Duration::from_millis(10));
    running.join();
    manager.assert_silent();
    running.handle.shutdown();
    manager.assert_silent();
}

#[test]
fn the_end_is_told_before_the_delay_of_a_drain() {
    let manager = Manager::new();
    let running = serve(manager.client());
    assert!(manager.receive().starts_with("STATUS="));
    assert_eq!(manager.receive(), "READY=1\n");
    running.handle.drain(Duration::from_secs(3600));
    assert_eq!(manager.receive(), "STOPPING=1\n");
    assert_eq!(running.connect().ask(get("/")).status, 200);
}

#[test]
fn a_server_that_was_ended_before_it_served_tells_that_too() {
    let manager = Manager::new();
    let server = Server::builder().bind("127.0.0.1:0").unwrap();
    let server = server
        .service_manager(manager.client())
        .build(echo)
        .unwrap();
    server.handle().shutdown();
    server.serve_forever().unwrap();
    assert!(manager.receive().starts_with("STATUS="));
    assert_eq!(manager.receive(), "READY=1\n");
    assert_eq!(manager.receive(), "STOPPING=1\n");
    manager.assert_silent();
}

#[test]
fn signs_of_life_come_while_applications_block() {
    let manager = Manager::new();
    let gate = Gate::default();
    let inside = gate.clone();
    let app = move |environ: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
        inside.pass();
        echo(environ, start_response)
    };
    let service_manager = manager
        .client()
        .watchdog_timeout(Duration::from_millis(100));
    let running = Running::with(|builder| builder.service_manager(service_manager), app);
    let mut clients: Vec<_> = (0..6).map(|_| running.connect()).collect();
    clients.iter_mut().for_each(|client| client.send(get("/")));
    support::eventually("all applications block", || gate.waiting() == 6);
    for _ in 0..2 {
        manager.receive_news();
    }
    for _ in 0..5 {
        assert_eq!(manager.receive(), "WATCHDOG=1\n");
    }
    gate.open();
    for client in &mut clients {
        assert_eq!(client.response().status, 200);
    }
    running.handle.shutdown();
    assert_eq!(manager.receive_news(), "STOPPING=1\n");
}

#[test]
fn a_service_manager_that_is_gone_does_not_end_the_server() {
    let manager = Manager::new();
    fs::remove_file(&manager.address).unwrap();
    let mut running = serve(manager.client());
    assert_eq!(running.connect().ask(get("/")).status, 200);
    support::eventually("the log says so", || !running.log().is_empty());
    running.handle.shutdown();
    running.join();
    let log = running.log();
    let start = "wsgi-server: the service manager cannot be told: ";
    assert!(log.starts_with(start), "{log}");
    assert_eq!(log.lines().count(), 1, "{log}");
}

#[test]
fn a_reload_tells_the_time_of_its_begin() {
    let manager = Manager::new();
    let service_manager = manager.client();
    let mut last = 0;
    for _ in 0..2 {
        service_manager.reloading().unwrap();
        let message = manager.receive();
        let time = message.strip_prefix("RELOADING=1\nMONOTONIC_USEC=");
        let time: u64 = time.expect(&message).trim_end().parse().unwrap();
        assert!(time > last, "{time} after {last}");
        last = time;
        service_manager.ready().unwrap();
        assert_eq!(manager.receive(), "READY=1\n");
    }
    service_manager.main_pid(7).unwrap();
    assert_eq!(manager.receive(), "MAINPID=7\n");
}

#[cfg(target_os = "linux")]
#[test]
fn abstract_sockets_are_reached() {
    use std::os::{linux::net::SocketAddrExt, unix::net::SocketAddr};

    let name = format!("wsgi-server/notify/{}", std::process::id());
    let address = SocketAddr::from_abstract_name(&name).unwrap();
    let socket = UnixDatagram::bind_addr(&address).unwrap();
    let service_manager = ServiceManager::new(format!("@{name}")).unwrap();
    service_manager.ready().unwrap();
    let mut message = [0; 64];
    assert_eq!(socket.recv(&mut message).unwrap(), 8);
    assert_eq!(&message[..8], b"READY=1\n");
}

/// Starts a test of this file as a program, with the variables of a service manager.
#[cfg(feature = "signals")]
#[test]
fn serving_until_a_signal_tells_the_service_manager_of_the_environment() {
    let manager = Manager::new();
    let mut program = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "serves_until_stopped",
            "--ignored",
            "--nocapture",
        ])
        .env("NOTIFY_SOCKET", &manager.address)
        .env("WATCHDOG_USEC", "100000")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let status = manager.receive_news();
    assert!(
        status.starts_with("STATUS=serving on http://127.0.0.1:"),
        "{status}"
    );
    assert_eq!(manager.receive_news(), "READY=1\n");
    assert_eq!(manager.receive(), "WATCHDOG=1\n");
    let kill = format!("kill -TERM {}", program.id());
    assert!(
        Command::new("sh")
            .args(["-c", &kill])
            .status()
            .unwrap()
            .success()
    );
    assert_eq!(manager.receive_news(), "STOPPING=1\n");
    // The delay passes, and then the program ends.
    assert!(support::process::ended(&mut program).success());
}

#[cfg(feature = "signals")]
#[test]
#[ignore = "a program that another test starts"]
fn serves_until_stopped() {
    let builder = Server::builder().bind("127.0.0.1:0").unwrap();
    let builder = builder.drain_delay(Duration::from_millis(50));
    let handle = builder.handle();
    assert!(!handle.is_ready(), "it does not serve yet");
    builder.build(echo).unwrap().serve_until_stopped().unwrap();
    assert!(!handle.is_ready(), "it has ended");
}

#[test]
fn a_service_manager_that_does_not_read_delays_no_request() {
    let manager = Manager::new();
    let service_manager = manager.client();
    // Fills the queue of the socket, which takes a few messages.
    let flood = UnixDatagram::unbound().unwrap();
    flood.set_nonblocking(true).unwrap();
    while flood.send_to(b"STATUS=flood\n", &manager.address).is_ok() {}
    let running = serve(service_manager);
    assert_eq!(running.connect().ask(get("/")).status, 200);
    let reading = thread::spawn(move || while manager.receive() != "READY=1\n" {});
    support::joined("the message arrives", reading);
}
