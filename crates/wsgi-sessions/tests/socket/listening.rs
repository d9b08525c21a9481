//! The socket of a server: its path and its permissions.

use std::os::unix::fs::symlink;

use super::*;

#[test]
fn the_socket_is_accessible_only_to_its_owner_by_default() {
    let (_running, path, _folder) = served();
    let permissions = fs::metadata(&path).unwrap().permissions();
    assert_eq!(permissions.mode() & 0o777, 0o600);
    let folder = tempfile::tempdir().unwrap();
    let _running = Running::start(folder.path(), |settings| settings.mode(0o660));
    let permissions = fs::metadata(folder.path().join("socket"))
        .unwrap()
        .permissions();
    assert_eq!(permissions.mode() & 0o777, 0o660);
}

#[track_caller]
pub(super) fn bind_error(folder: &Path) -> io::ErrorKind {
    let elsewhere = tempfile::tempdir().unwrap();
    let store = FileStore::open(elsewhere.path().join("sessions.redb")).unwrap();
    let bound = SessionServer::builder(store).bind(folder.join("socket"));
    bound.expect_err("it is refused").kind()
}

#[test]
fn a_stale_socket_is_replaced_and_a_live_one_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    drop(UnixListener::bind(&path).unwrap());
    let running = Running::start(folder.path(), |settings| settings);
    assert_eq!(
        SocketStore::new(&path).sweep(SystemTime::now(), 1).unwrap(),
        0
    );
    assert_eq!(bind_error(folder.path()), io::ErrorKind::AddrInUse);
    drop(running);
    assert!(!path.exists(), "a server that stops removes its socket");
    let _foreign = UnixListener::bind(&path).unwrap();
    assert_eq!(bind_error(folder.path()), io::ErrorKind::AddrInUse);
    assert!(fs::metadata(&path).unwrap().file_type().is_socket());
}

#[test]
fn a_file_that_is_not_a_socket_is_never_replaced() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("socket"), "precious").unwrap();
    assert_eq!(bind_error(folder.path()), io::ErrorKind::AlreadyExists);
    assert_eq!(fs::read(folder.path().join("socket")).unwrap(), b"precious");
}

/// The server needs the path with `.new` at its end for a moment.
#[test]
fn a_folder_beside_the_socket_that_is_not_the_servers_is_never_removed() {
    let folder = tempfile::tempdir().unwrap();
    let beside = folder.path().join("socket.new");
    fs::create_dir(&beside).unwrap();
    for name in ["s", "notes"] {
        let precious = beside.join(name);
        fs::write(&precious, "precious").unwrap();
        assert_eq!(bind_error(folder.path()), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&precious).unwrap(), b"precious", "{name}");
        fs::remove_file(precious).unwrap();
    }
    fs::remove_dir(&beside).unwrap();
    fs::write(&beside, "precious").unwrap();
    assert_eq!(bind_error(folder.path()), io::ErrorKind::AlreadyExists);
    assert_eq!(fs::read(&beside).unwrap(), b"precious");
}

#[test]
fn a_socket_among_the_files_of_somebody_else_is_not_removed() {
    let folder = tempfile::tempdir().unwrap();
    let others = folder.path().join("others");
    fs::create_dir(&others).unwrap();
    let _listener = UnixListener::bind(others.join("s")).unwrap();
    let beside = folder.path().join("socket.new");
    // By a link, the folder is at another place, where it may be private.
    symlink(&others, &beside).unwrap();
    assert_eq!(bind_error(folder.path()), io::ErrorKind::AlreadyExists);
    fs::remove_file(&beside).unwrap();
    fs::write(others.join("notes"), "precious").unwrap();
    fs::rename(&others, &beside).unwrap();
    assert_eq!(bind_error(folder.path()), io::ErrorKind::AlreadyExists);
    assert!(UnixStream::connect(beside.join("s")).is_ok());
}

#[test]
fn a_folder_that_a_killed_server_has_left_is_removed() {
    let folder = tempfile::tempdir().unwrap();
    let beside = folder.path().join("socket.new");
    for had_bound in [false, true] {
        fs::create_dir(&beside).unwrap();
        if had_bound {
            drop(UnixListener::bind(beside.join("s")).unwrap());
        }
        drop(Running::start(folder.path(), |settings| settings));
        assert!(!beside.exists());
    }
}

#[test]
fn a_path_longer_than_the_system_allows_is_refused_and_leaves_no_files() {
    let folder = tempfile::tempdir().unwrap();
    let longest = if cfg!(target_os = "macos") { 97 } else { 101 };
    let room = longest - folder.path().as_os_str().len() - 1;
    for (length, fits) in [(room, true), (room + 1, false)] {
        let elsewhere = tempfile::tempdir().unwrap();
        let store = FileStore::open(elsewhere.path().join("sessions.redb")).unwrap();
        let path = folder.path().join("s".repeat(length));
        let bound = SessionServer::builder(store).bind(&path);
        assert_eq!(bound.is_ok(), fits, "{bound:?}");
        if let Err(error) = bound {
            assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
            let left: Vec<_> = fs::read_dir(folder.path()).unwrap().collect();
            assert!(left.iter().all(|left| {
                let name = left.as_ref().unwrap().file_name();
                name.len() < length + ".lock".len()
            }));
        }
    }
}
