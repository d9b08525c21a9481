//! The files that bodies are spooled to.

use std::{fs, path::Path, process::Command, sync::Arc};

use crate::{
    support::{Client, eventually, folder::Folder, process::in_a_process},
    way::{Http, KINDS, measuring, pattern},
};

/// The number of files in a folder that this process has open, with or without a name.
fn open_files(folder: &Path) -> usize {
    let descriptors = fs::read_dir("/proc/self/fd").unwrap();
    let target = |entry: fs::DirEntry| fs::read_link(entry.path()).ok();
    descriptors
        .filter_map(|entry| target(entry.unwrap()))
        .filter(|target| target.starts_with(folder))
        .count()
}

#[test]
fn a_body_is_in_a_file_without_a_name_that_is_gone_with_its_request() {
    for &way in KINDS {
        let folder = Folder::new();
        let options = |builder: wsgi_server::Builder| builder.spool_dir(folder.as_ref()).unwrap();
        let running = way.serving_with(options, measuring(&Arc::default()));
        let request = way.request("/", &pattern(200_000));
        let begun = || {
            let mut client = running.connect();
            client.send(&request[..150_000]);
            let has_file = || open_files(folder.as_ref()) == 1;
            eventually("it is in a file", has_file);
            assert_eq!(folder.names(), [""; 0]);
            client
        };
        let is_gone = || open_files(folder.as_ref()) == 0;

        let mut client = begun();
        let answer = way.ask(&mut client, &request[150_000..]);
        assert_eq!(answer, (200, b"200000".into()));
        eventually("the file is gone with the request", is_gone);
        for leave in [Client::reset, drop as fn(Client)] {
            leave(begun());
            eventually("the file is gone with the client", is_gone);
        }
        let client = begun();
        drop(running);
        eventually("the file is gone with the server", is_gone);
        drop(client);
    }
}

#[test]
fn errors_name_the_folder_in_which_no_file_can_be_created() {
    let folder = Folder::new();
    let nowhere = folder.join("nowhere");
    let error = wsgi_server::Server::builder()
        .spool_dir(&nowhere)
        .unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::NotFound);
    assert!(
        error.to_string().contains(nowhere.to_str().unwrap()),
        "{error}"
    );

    for &way in KINDS {
        fs::create_dir(&nowhere).unwrap();
        let options = |builder: wsgi_server::Builder| builder.spool_dir(&nowhere).unwrap();
        let running = way.serving_with(options, measuring(&Arc::default()));
        fs::remove_dir(&nowhere).unwrap();
        let mut client = running.connect();
        client.try_send(way.request("/", &pattern(200_000)));
        let (status, text) = way.response(&mut client);
        let text = String::from_utf8(text).unwrap();
        assert_eq!(status, 500, "{way:?}");
        assert!(
            !text.contains("nowhere"),
            "only the log names the folder: {text}"
        );
        let log = running.log();
        let line = format!("a request's body cannot be kept in {}: ", nowhere.display());
        assert!(log.contains(&line) && log.lines().count() == 1, "{log}");
        // The next failures are counted: clients must not fill the log.
        for _ in 0..3 {
            let mut client = running.connect();
            client.try_send(way.request("/", &pattern(200_000)));
            assert_eq!(way.response(&mut client).0, 500, "{way:?}");
        }
        assert_eq!(running.log(), log);
        // A body that needs no file is taken as before.
        let small = way.request("/", &pattern(60_000));
        assert_eq!(way.ask(&mut running.connect(), small).1, b"60000");
    }
}

/// A file system of 1 MB.
struct SmallDisk(Folder);

impl SmallDisk {
    /// Mounts it. Returns `None` if this process may not mount file systems.
    fn mount() -> Option<Self> {
        let folder = Folder::new();
        let mut mount = Command::new("mount");
        let mount = mount.args(["-t", "tmpfs", "-o", "size=1m", "none"]);
        let output = mount.arg(folder.as_ref()).output().ok()?;
        output.status.success().then(|| Self(folder))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let path: &Path = self.0.as_ref();
        let _ = Command::new("umount").arg("-l").arg(path).status();
    }
}

#[test]
#[allow(clippy::print_stderr)] // shows that the test was left out
fn a_full_disk_is_answered_507_and_logged_until_there_is_space() {
    let Some(disk) = SmallDisk::mount() else {
        eprintln!("left out: this user may not mount a file system");
        return;
    };
    let folder: &Path = disk.0.as_ref();
    for &way in KINDS {
        let options = |builder: wsgi_server::Builder| builder.spool_dir(folder).unwrap();
        let running = way.serving_with(options, measuring(&Arc::default()));
        let mut client = running.connect();
        client.try_send(way.request("/", &pattern(2_000_000)));
        assert_eq!(way.response(&mut client).0, 507, "{way:?}");
        let log = running.log();
        let line = format!("a request's body cannot be kept in {}: ", folder.display());
        assert!(
            log.contains(&line) && log.contains("No space left"),
            "{log}"
        );
        assert_eq!(log.lines().count(), 1, "{log}");
        // The space of the refused body is free at once.
        let fitting = way.request("/", &pattern(900_000));
        let answer = way.ask(&mut running.connect(), fitting);
        assert_eq!(answer, (200, b"900000".into()), "{way:?}");
    }
}

#[test]
fn a_body_larger_than_a_file_may_be_is_answered_507_and_does_not_end_the_process() {
    in_a_process("storage::with_a_limit_of_files", 256);
}

#[test]
#[ignore = "limits the files of its process"]
fn with_a_limit_of_files() {
    use rustix::process::{Resource, getrlimit, setrlimit};

    let mut limit = getrlimit(Resource::Fsize);
    limit.current = Some(1_000_000);
    setrlimit(Resource::Fsize, limit).unwrap();
    let running = Http.serving(measuring(&Arc::default()));
    for (length, status) in [(900_000, 200), (1_100_000, 507), (900_000, 200)] {
        let mut client = running.connect();
        client.try_send(Http.request("/", &pattern(length)));
        assert_eq!(Http.response(&mut client).0, status, "{length} bytes");
    }
    let log = running.log();
    assert!(log.contains("File too large"), "{log}");
}
