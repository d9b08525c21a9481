//! Unix sockets: their files, and the clients that connect to them.

use std::{
    fs::{self, File},
    io,
    os::unix::{
        fs::PermissionsExt,
        net::{UnixListener, UnixStream},
    },
    path::Path,
    sync::Arc,
    thread,
};

use wsgi_application::{Environ, FileWrapper, Result, StartResponse, Status, application};
use wsgi_server::{Address, Listener, Server, SocketAccess};

use crate::support::{Client, Running, echo, eventually, folder::Folder, get};

/// A server at a path.
fn serving(path: &Path) -> Running {
    let builder = Server::builder().bind_unix(path, 0o600).unwrap();
    Running::build(builder.threads(2), echo)
}

fn connects(path: &Path) -> bool {
    UnixStream::connect(path).is_ok()
}

#[track_caller]
fn refused(path: &Path) -> io::Error {
    Server::builder().bind_unix(path, 0o600).expect_err("bound")
}

#[test]
fn requests_are_answered_on_a_unix_socket() {
    let folder = Folder::new();
    let address = format!("unix:{}", folder.join("app").display());
    let builder = Server::builder().bind(&address).unwrap();
    let running = Running::build(builder, echo);
    assert_eq!(running.server.local_addr().to_string(), address);
    let mut client = running.connect();
    for path in ["/first", "/second"] {
        assert_eq!(client.ask(get(path)).text(), format!("GET {path}\n"));
    }
    assert_eq!(folder.names(), ["app"], "nothing else is left there");
}

#[test]
fn a_client_on_a_unix_socket_has_no_address_and_the_server_is_localhost() {
    let folder = Folder::new();
    let app = |environ: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
        let names = ["REMOTE_ADDR", "REMOTE_PORT", "SERVER_NAME", "SERVER_PORT"];
        let values = names.map(|name| {
            environ
                .get(name)
                .map(|value| value.to_string_lossy().into_owned())
        });
        start_response.start(Status::OK, ())?;
        Ok(format!("{values:?} {}", environ.is_client_connected()).into())
    };
    let builder = Server::builder()
        .bind_unix(folder.join("app"), 0o600)
        .unwrap();
    let running = Running::build(builder, app);
    assert_eq!(
        running.connect().ask(get("/")).text(),
        r#"[Some(""), None, Some("localhost"), Some("80")] true"#
    );
}

#[test]
fn an_address_on_tcp_names_the_server_even_if_it_is_not_the_first() {
    let folder = Folder::new();
    let builder = Server::builder()
        .bind_unix(folder.join("app"), 0o600)
        .unwrap();
    let builder = builder.bind_to("localhost", 0).unwrap();
    let running = Running::build(
        builder,
        |environ: &mut Environ, start: &mut StartResponse<'_>| -> Result {
            start.start(Status::OK, ())?;
            let name = environ
                .get("SERVER_NAME")
                .unwrap()
                .to_string_lossy()
                .into_owned();
            let port = environ
                .get("SERVER_PORT")
                .unwrap()
                .to_string_lossy()
                .into_owned();
            Ok(format!("{name}:{port}").into())
        },
    );
    let addresses = running.server.local_addrs().to_vec();
    let port = addresses[1].tcp().unwrap().port();
    for address in addresses {
        let text = Client::connect(address).ask(get("/"));
        assert_eq!(text.text(), format!("localhost:{port}"));
    }
}

#[test]
fn a_socket_has_the_permissions_that_were_asked_for() {
    let folder = Folder::new();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    for expected in [0o600, 0o660, 0o666] {
        let path = folder.join(&format!("{expected:o}"));
        let _listener = Listener::bind_unix(&path, expected).unwrap();
        assert_eq!(mode(&path), expected, "{expected:o}");
    }
    let path = folder.join("default");
    let _listener = Listener::bind(&format!("unix:{}", path.display())).unwrap();
    assert_eq!(mode(&path), 0o600);
}

#[test]
fn the_file_is_removed_however_the_server_ends() {
    let folder = Folder::new();
    let path = folder.join("app");
    let mut running = serving(&path);
    assert_eq!(running.connect().ask(get("/")).status, 200);
    running.handle.shutdown();
    running.join();
    assert!(!path.exists(), "after a shutdown");

    let mut running = serving(&path);
    running.handle.abort();
    running.join();
    assert!(!path.exists(), "after an abort");

    let server = Server::builder()
        .bind_unix(&path, 0o600)
        .unwrap()
        .build(echo)
        .unwrap();
    assert!(path.exists());
    drop(server);
    assert!(!path.exists(), "even if it never served");
}

#[test]
fn a_file_that_has_replaced_the_servers_own_stays() {
    let folder = Folder::new();
    let path = folder.join("app");
    let mut running = serving(&path);
    fs::remove_file(&path).unwrap();
    let other = UnixListener::bind(&path).unwrap();
    running.handle.shutdown();
    running.join();
    assert!(connects(&path), "the other socket");
    drop(other);
}

#[test]
fn a_socket_that_a_dead_server_left_is_replaced() {
    let folder = Folder::new();
    let path = folder.join("app");
    drop(UnixListener::bind(&path).unwrap());
    assert!(path.exists() && !connects(&path));
    let running = serving(&path);
    assert_eq!(running.connect().ask(get("/")).status, 200);
}

#[test]
fn a_live_socket_is_not_replaced() {
    let folder = Folder::new();
    let path = folder.join("app");
    let running = serving(&path);
    let error = refused(&path);
    assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
    assert!(
        error.to_string().contains(path.to_str().unwrap()),
        "{error}"
    );
    assert_eq!(running.connect().ask(get("/")).status, 200);
    assert_eq!(folder.names(), ["app"]);
}

#[test]
fn a_server_that_is_too_busy_to_accept_is_alive() {
    let folder = Folder::new();
    let path = folder.join("app");
    let busy = UnixListener::bind(&path).unwrap();
    rustix::net::listen(&busy, 0).unwrap();
    let _waiting = UnixStream::connect(&path).unwrap();
    assert_eq!(refused(&path).kind(), io::ErrorKind::AddrInUse);
}

#[test]
fn a_file_that_is_not_a_socket_is_not_replaced() {
    let folder = Folder::new();
    let path = folder.join("notes");
    fs::write(&path, "kept").unwrap();
    assert_eq!(refused(&path).kind(), io::ErrorKind::AlreadyExists);
    let link = folder.join("link");
    std::os::unix::fs::symlink(&path, &link).unwrap();
    assert_eq!(refused(&link).kind(), io::ErrorKind::AlreadyExists);
    assert_eq!(fs::read_to_string(&path).unwrap(), "kept");
    assert_eq!(
        refused(&folder.join("nowhere/app")).kind(),
        io::ErrorKind::NotFound
    );
    refused(Path::new("/"));
}

#[test]
fn of_many_servers_that_start_at_once_one_gets_the_socket() {
    let folder = Folder::new();
    let path = folder.join("app");
    for round in 0..20 {
        drop(UnixListener::bind(&path).unwrap());
        let bound: Vec<_> = thread::scope(|scope| {
            let bind = || Listener::bind_unix(&path, 0o600).ok();
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(bind)).collect();
            threads
                .into_iter()
                .filter_map(|thread| thread.join().unwrap())
                .collect()
        });
        assert_eq!(bound.len(), 1, "round {round}");
        assert!(connects(&path), "round {round}");
    }
}

#[test]
fn a_file_is_sent_whole_to_a_slow_client() {
    let folder = Folder::new();
    let content: Vec<u8> = (0..3_000_000_u32)
        .map(|number| (number / 7) as u8)
        .collect();
    let file = folder.join("content");
    fs::write(&file, &content).unwrap();
    let app = application(move |_, start_response| {
        start_response.start(Status::OK, ())?;
        Ok(FileWrapper::from_file(File::open(&file)?).into())
    });
    let builder = Server::builder()
        .bind_unix(folder.join("app"), 0o600)
        .unwrap();
    let running = Running::build(builder.threads(1), app);
    let mut slow = running.connect();
    slow.send(get("/"));
    // The loop is not held up meanwhile.
    assert!(running.connect().ask(get("/")).body == content);
    let response = slow.response();
    assert!(response.complete && response.body == content);
}

#[test]
fn clients_that_wait_are_served_when_the_server_ends() {
    let folder = Folder::new();
    let path = folder.join("app");
    let server = Server::builder()
        .bind_unix(&path, 0o600)
        .unwrap()
        .build(echo)
        .unwrap();
    let server = Arc::new(server);
    let mut client = Client::connect(server.local_addr());
    client.send(get("/waiting"));
    server.handle().shutdown();
    let serving = thread::spawn({
        let server = server.clone();
        move || server.serve_forever()
    });
    assert_eq!(client.response().text(), "GET /waiting\n");
    client.assert_closed();
    drop(client);
    eventually("the end", || serving.is_finished());
    assert!(!path.exists());
}

#[test]
fn a_socket_made_elsewhere_is_served_and_its_file_stays() {
    let folder = Folder::new();
    let path = folder.join("app");
    let listener = UnixListener::bind(&path).unwrap();
    let mut running = Running::build(Server::builder().listener(listener), echo);
    assert_eq!(running.server.local_addr(), Address::Unix(path.clone()));
    assert_eq!(running.connect().ask(get("/")).status, 200);
    running.handle.shutdown();
    running.join();
    assert!(path.exists());
}

#[test]
fn a_unix_socket_has_no_ip_address() {
    let address = Address::Unix("/run/app.sock".into());
    assert_eq!(
        (address.tcp(), address.path()),
        (None, Some(Path::new("/run/app.sock")))
    );
    let error = std::net::TcpStream::connect(&address).unwrap_err();
    assert_eq!(error.to_string(), "unix:/run/app.sock has no IP address");
}

/// A path of this many bytes in a folder.
fn path_of(folder: &Folder, length: usize, is_deep: bool) -> std::path::PathBuf {
    let base = folder.join("");
    let left = length - base.as_os_str().len();
    match is_deep {
        true => {
            let deep = base.join("d".repeat(left - 2));
            fs::create_dir(&deep).unwrap();
            deep.join("s")
        }
        false => base.join("s".repeat(left)),
    }
}

#[test]
fn a_path_that_clients_can_name_is_bound_and_a_longer_one_is_refused() {
    const LONGEST: usize = if cfg!(target_vendor = "apple") {
        103
    } else {
        107
    };
    for is_deep in [false, cfg!(target_os = "linux")] {
        let folder = Folder::new();
        let longest = path_of(&folder, LONGEST, is_deep);
        assert_eq!(longest.as_os_str().len(), LONGEST);
        let running = serving(&longest);
        assert_eq!(running.connect().ask(get("/")).text(), "GET /\n");
        assert_eq!(running.server.local_addr().path(), Some(&*longest));
        drop(running);

        let folder = Folder::new();
        let error = refused(&path_of(&folder, LONGEST + 1, is_deep));
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
        assert!(error.to_string().contains(&LONGEST.to_string()), "{error}");
        let left = folder.names();
        assert!(left.len() <= 1, "nothing of a socket is left: {left:?}");
    }
}

#[test]
fn the_file_has_the_owner_and_group_that_were_asked_for() {
    use std::os::unix::fs::MetadataExt;
    let folder = Folder::new();
    let ours = fs::metadata(folder.join("")).unwrap();
    let path = folder.join("ours");
    let access = SocketAccess::new(0o660).owner(ours.uid()).group(ours.gid());
    let listener = Listener::bind_unix_for(&path, access).unwrap();
    drop(listener);

    // Only root may give files away.
    let path = folder.join("theirs");
    let access = SocketAccess::new(0o640).owner(65534).group(65533);
    match (ours.uid(), Server::builder().bind_unix_for(&path, access)) {
        (0, builder) => {
            let file = fs::metadata(&path).unwrap();
            assert_eq!((file.uid(), file.gid()), (65534, 65533));
            assert_eq!(file.permissions().mode() & 0o777, 0o640);
            drop(builder.unwrap());
        }
        (_, refused) => {
            let error = refused.expect_err("given away");
            assert_eq!(error.kind(), io::ErrorKind::PermissionDenied);
        }
    }
    assert_eq!(folder.names(), [""; 0], "nothing is left");
}
