//! Serving on sockets that a process was started with.

mod support;

use std::{
    net::{TcpListener, UdpSocket},
    os::{fd::OwnedFd, unix::net::UnixListener},
    process::{Child, Command, Stdio},
};

use support::{Client, Running, echo, fastcgi, folder::Folder, get};
use wsgi_server::{Address, Listener, Server};

/// Runs a test of this file as a program with this standard input. The shell that starts it first
/// runs the commands `shell`.
fn start(test: &str, stdin: impl Into<OwnedFd>, shell: &str) -> Child {
    let script = format!("{shell} exec \"$0\" --exact {test} --ignored --nocapture");
    Command::new("sh")
        .args(["-c", &script])
        .arg(std::env::current_exe().unwrap())
        .stdin(Stdio::from(stdin.into()))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

#[track_caller]
fn ended_well(child: Child) {
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}");
    assert!(text.contains("1 passed"), "{text}");
}

/// Asserts that a request to this address is answered.
#[track_caller]
fn ask(address: impl Into<Address>) {
    let response = Client::connect(address).ask(get("/"));
    assert_eq!(response.text(), "GET /\n");
}

/// Moves standard input to the descriptor at which a service manager passes a socket.
const PASS: &str = "exec 3<&0 </dev/null; export LISTEN_FDS=1 LISTEN_PID=$$;";

#[test]
fn sockets_of_a_service_manager_are_served() {
    let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = tcp.local_addr().unwrap();
    let child = start("serves_inherited", tcp, PASS);
    ask(address);
    ended_well(child);

    let folder = Folder::new();
    let unix = UnixListener::bind(folder.join("app")).unwrap();
    let child = start("serves_inherited", unix, PASS);
    ask(Address::Unix(folder.join("app")));
    ended_well(child);
}

#[test]
#[ignore = "is started with a socket by another test"]
fn serves_inherited() {
    let listeners = Listener::inherited().unwrap();
    assert_eq!(listeners.len(), 1);
    let shown = Command::new("sh")
        .args(["-c", "true <&3"])
        .output()
        .unwrap();
    assert!(
        !shown.status.success(),
        "children of this process do not inherit it"
    );
    let mut builder = Server::builder();
    for listener in listeners {
        builder = builder.listener(listener);
    }
    builder.build(echo).unwrap().handle_request().unwrap();
}

#[test]
fn several_sockets_are_found_in_order() {
    let folder = Folder::new();
    let unix = UnixListener::bind(folder.join("app")).unwrap();
    let both = "exec 3<&0 4<&0 </dev/null; unset LISTEN_FDNAMES; \
                export LISTEN_FDS=2 LISTEN_PID=$$;";
    ended_well(start("finds_two_inherited", unix, both));
}

#[test]
#[ignore = "is started with sockets by another test"]
fn finds_two_inherited() {
    let listeners = Listener::inherited().unwrap();
    let addresses: Vec<_> = listeners
        .iter()
        .map(|one| one.local_addr().unwrap())
        .collect();
    assert!(listeners.iter().all(|one| one.name().is_none()));
    assert!(matches!(&addresses[..], [Address::Unix(a), Address::Unix(b)] if a == b));
    assert_eq!(
        Listener::inherited().unwrap().len(),
        2,
        "a second call finds them too"
    );
}

#[test]
fn sockets_have_the_names_that_the_service_manager_gave() {
    let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
    let named = "exec 3<&0 4<&0 5<&0 </dev/null; \
                 export LISTEN_FDS=3 LISTEN_PID=$$ LISTEN_FDNAMES=http::app.socket;";
    ended_well(start("finds_names", tcp, named));
}

#[test]
#[ignore = "is started with sockets by another test"]
fn finds_names() {
    let listeners = Listener::inherited().unwrap();
    let names: Vec<_> = listeners.iter().map(Listener::name).collect();
    assert_eq!(names, [Some("http"), None, Some("app.socket")]);
}

#[test]
fn descriptors_with_other_names_are_left_alone() {
    let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
    let named = "exec 3</dev/null 4<&0 </dev/null; \
                 export LISTEN_FDS=2 LISTEN_PID=$$ LISTEN_FDNAMES=file:http;";
    ended_well(start("finds_those_with_a_name", tcp, named));
}

#[test]
#[ignore = "is started with sockets by another test"]
fn finds_those_with_a_name() {
    let found = Listener::inherited_as("http").unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].name(), Some("http"));
    assert!(Listener::inherited_as("https").unwrap().is_empty());
    assert!(Listener::inherited_as("file").is_err());
    assert!(Listener::inherited().is_err());
}

#[test]
fn a_wrong_number_of_names_is_an_error() {
    for names in ["", "a:b:c", "a"] {
        let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
        let shell = format!(
            "exec 3<&0 4<&0 </dev/null; \
             export LISTEN_FDS=2 LISTEN_PID=$$ LISTEN_FDNAMES={names};"
        );
        ended_well(start("refuses_inherited", tcp, &shell));
    }
}

#[test]
fn sockets_for_another_process_are_not_taken() {
    let tcp = || TcpListener::bind("127.0.0.1:0").unwrap();
    for shell in [
        "exec 3<&0; export LISTEN_FDS=1 LISTEN_PID=1;",
        "exec 3<&0; export LISTEN_FDS=1 LISTEN_PID=;",
        "exec 3<&0; export LISTEN_FDS=1; unset LISTEN_PID;",
        "exec 3<&0; export LISTEN_PID=$$; unset LISTEN_FDS;",
    ] {
        ended_well(start("finds_none_inherited", tcp(), shell));
    }
}

#[test]
#[ignore = "is started with a socket by another test"]
fn finds_none_inherited() {
    assert!(Listener::inherited().unwrap().is_empty());
}

#[test]
fn a_descriptor_that_is_not_a_listening_socket_is_an_error() {
    let null = || OwnedFd::from(std::fs::File::open("/dev/null").unwrap());
    let udp = OwnedFd::from(UdpSocket::bind("127.0.0.1:0").unwrap());
    let (connected, _peer) = std::os::unix::net::UnixStream::pair().unwrap();
    for stdin in [null(), udp, connected.into()] {
        ended_well(start("refuses_inherited", stdin, PASS));
    }
    for count in ["x", "-1", "4294967295", "4"] {
        let shell = format!("exec 3<&0; export LISTEN_FDS={count} LISTEN_PID=$$;");
        ended_well(start("refuses_inherited", null(), &shell));
    }
}

#[test]
#[ignore = "is started with something else by another test"]
fn refuses_inherited() {
    let error = Listener::inherited().unwrap_err();
    assert!(error.to_string().contains("LISTEN_FD"), "{error}");
}

#[test]
fn a_listening_socket_as_standard_input_is_served() {
    let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = tcp.local_addr().unwrap();
    let child = start("serves_standard_input", tcp, "");
    ask(address);
    ended_well(child);
}

#[test]
#[ignore = "is started with a socket by another test"]
fn serves_standard_input() {
    let listener = Listener::stdin().unwrap().expect("a listening socket");
    let server = Server::builder().listener(listener).build(echo).unwrap();
    server.handle_request().unwrap();
}

#[test]
fn only_the_web_servers_of_the_environment_may_connect() {
    for (web_servers, is_served) in [
        ("192.0.2.7,127.0.0.1", true),
        ("::1, 127.0.0.1", true),
        ("192.0.2.7", false),
    ] {
        let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = tcp.local_addr().unwrap();
        let shell = format!("export FCGI_WEB_SERVER_ADDRS='{web_servers}';");
        let child = start("serves_what_was_passed", tcp, &shell);
        let mut client = Client::connect(address);
        match is_served {
            true => {
                let answer = fastcgi::ask(&mut client, fastcgi::get("/"));
                assert_eq!(answer.text(), "GET /\n");
            }
            false => client.assert_closed(),
        }
        drop(client);
        ended_well(child);
    }
}

#[test]
#[ignore = "is started with a socket by another test"]
fn serves_what_was_passed() {
    let mut builder = Server::builder();
    for listener in Listener::passed().unwrap() {
        builder = builder.listener(listener);
    }
    builder.build(echo).unwrap().handle_request().unwrap();
}

#[test]
fn web_servers_that_are_no_addresses_are_an_error() {
    let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
    let shell = "export FCGI_WEB_SERVER_ADDRS=localhost;";
    ended_well(start("refuses_what_was_passed", tcp, shell));
}

#[test]
#[ignore = "is started with a socket by another test"]
fn refuses_what_was_passed() {
    let error = Listener::passed().unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::InvalidInput);
    assert!(
        error.to_string().contains("FCGI_WEB_SERVER_ADDRS"),
        "{error}"
    );
}

#[test]
fn any_other_standard_input_is_not_a_listener() {
    let null = OwnedFd::from(std::fs::File::open("/dev/null").unwrap());
    let udp = OwnedFd::from(UdpSocket::bind("127.0.0.1:0").unwrap());
    let (connected, _peer) = std::os::unix::net::UnixStream::pair().unwrap();
    for stdin in [null, udp, connected.into()] {
        ended_well(start("has_no_socket_as_standard_input", stdin, ""));
    }
}

#[test]
#[ignore = "is started with something else by another test"]
fn has_no_socket_as_standard_input() {
    assert!(Listener::stdin().unwrap().is_none());
}

#[test]
fn a_descriptor_of_a_listening_socket_becomes_a_listener() {
    let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = tcp.local_addr().unwrap();
    let listener = Listener::try_from(OwnedFd::from(tcp)).unwrap();
    assert_eq!(listener.local_addr().unwrap(), address.into());
    let running = Running::build(Server::builder().listener(listener), echo);
    assert_eq!(running.connect().ask(get("/")).status, 200);

    let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
    let error = Listener::try_from(OwnedFd::from(udp)).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::InvalidInput);
}
