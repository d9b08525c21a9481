//! Visitors of the demo, with processes that are killed, restarted, and share a store.

#![cfg(unix)]

mod support;

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use support::{Program, Visitor, wait};
use tempfile::TempDir;

/// A temporary folder for a key and for stores.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Folder(TempDir::new().expect("a folder"))
    }

    fn path(&self, name: &str) -> String {
        let path = self.0.path().join(name);
        path.to_str().expect("a path").to_owned()
    }

    /// The demo on a store, with the folder's key.
    fn demo(&self, store: &str) -> Program {
        let key = self.path("key");
        Program::demo(&["--session-store", store, "--cookie-key", &key])
    }

    fn session_server(&self) -> Program {
        let (socket, database) = (self.path("socket"), self.path("sessions.redb"));
        Program::start(&[
            "session-server",
            "--socket",
            &socket,
            "--database",
            &database,
        ])
    }
}

/// As many calls as may wait for a session server that is slow, as on a busy machine.
const FEW: usize = 5;

/// A thousand visits with one cookie, by this number of clients of each server at once.
#[track_caller]
fn check_thousand(programs: &[&Program], clients: usize) {
    let mut visitor = Visitor::default();
    assert_eq!(visitor.visit(programs[0]), 1);
    let seen = &visitor;
    thread::scope(|scope| {
        let clients = clients * programs.len();
        for client in 0..clients {
            let program = programs[client % programs.len()];
            let times = 998 / clients + usize::from(client < 998 % clients);
            scope.spawn(move || seen.visit_again(program, times));
        }
    });
    assert_eq!(visitor.visit(programs[0]), 1000);
}

#[test]
fn the_count_goes_on_after_the_server_was_killed() {
    let folder = Folder::new();
    let store = format!("file:{}", folder.path("sessions.redb"));
    let mut visitor = Visitor::default();
    for round in 0..3 {
        let mut demo = folder.demo(&store);
        assert_eq!(visitor.visit(&demo), 2 * round + 1);
        assert_eq!(visitor.visit(&demo), 2 * round + 2);
        demo.signal("KILL");
        demo.wait();
    }
}

#[test]
fn the_cookie_outlives_the_browser() {
    let (head, _) = Folder::new().demo("memory").get("/visits");
    let fortnight = 14 * 24 * 60 * 60;
    assert!(head.contains(&format!("; Max-Age={fortnight};")), "{head}");
}

#[test]
fn a_thousand_visits_at_once_all_count() {
    let folder = Folder::new();
    let store = format!("file:{}", folder.path("sessions.redb"));
    check_thousand(&[&folder.demo("memory")], 16);
    check_thousand(&[&folder.demo(&store)], 16);
}

#[test]
fn two_servers_on_one_session_server_count_together() {
    let folder = Folder::new();
    let _sessions = folder.session_server();
    let store = format!("unix:{}", folder.path("socket"));
    let (one, other) = (folder.demo(&store), folder.demo(&store));
    let mut visitor = Visitor::default();
    for round in 0..3 {
        assert_eq!(visitor.visit(&one), 2 * round + 1);
        assert_eq!(visitor.visit(&other), 2 * round + 2);
    }
    check_thousand(&[&one, &other], FEW);
}

#[test]
fn without_the_session_server_pages_answer_503_and_keep_the_session() {
    let folder = Folder::new();
    let mut sessions = folder.session_server();
    let mut demo = folder.demo(&format!("unix:{}", folder.path("socket")));
    let mut visitor = Visitor::default();
    assert_eq!(visitor.visit(&demo), 1);

    sessions.signal("KILL");
    sessions.wait();
    let cookie = visitor.cookie.clone();
    let (head, body) = visitor.get(&demo, "/visits");
    assert!(
        head.starts_with("HTTP/1.1 503 Service Unavailable\r\n"),
        "{head}"
    );
    assert!(head.contains("\r\nRetry-After: 5\r\n"), "{head}");
    assert!(body.starts_with("503 Service Unavailable\n\n"));
    assert_eq!(visitor.cookie, cookie, "no new session");
    let logged = next_report(&mut demo);
    assert!(
        logged.contains("GET \"/visits\": the session could not"),
        "{logged}"
    );
    assert_eq!(demo.get("/hello").1, "Hello world!\n");

    let _sessions = folder.session_server();
    assert_eq!(visitor.visit(&demo), 2);
}

/// The next line about a request. On a busy machine, the look at the store that a program takes at
/// its start may come so late that it finds no store any more.
fn next_report(demo: &mut Program) -> String {
    loop {
        let line = demo.next_error();
        if !line.contains(" warning: cannot reach the session store ") {
            return line;
        }
    }
}

/// Stops the server of the sessions. Meanwhile sixty visits at once fail, pages without a session
/// are served, and the log has only a few lines. Afterwards visits count again.
#[track_caller]
fn check_hanging(demo: &mut Program, visitor: &mut Visitor, server: u32, name: &str) {
    let visits = visitor.visit(demo);
    support::signal(server, "STOP");
    let slowest = thread::scope(|scope| {
        let demo = &*demo;
        for _ in 0..60 {
            let mut visitor = visitor.clone();
            scope.spawn(move || {
                let (head, _) = visitor.get(demo, "/visits");
                assert!(head.starts_with("HTTP/1.1 503 "), "{head}");
            });
        }
        let hello = || {
            let start = Instant::now();
            assert_eq!(demo.get("/hello").1, "Hello world!\n");
            thread::sleep(Duration::from_millis(20));
            start.elapsed()
        };
        (0..100).map(|_| hello()).max().expect("pages")
    });
    support::signal(server, "CONT");
    // A page that waited for the store would take five seconds.
    assert!(slowest < Duration::from_secs(4), "{slowest:?}");
    let [early, opened] = [(); 2].map(|()| next_report(demo));
    let seconds = |line: &str| -> f64 {
        let told = ["this has lasted for ", "has not answered for "];
        let time = told.iter().find_map(|told| Some(line.split_once(told)?.1));
        let time = time.expect(line);
        let number = time.split(|c: char| c != '.' && !c.is_ascii_digit()).next();
        number.and_then(|number| number.parse().ok()).expect(line)
    };
    assert!(
        early.contains(&format!("{name} has not answered for ")),
        "{early}"
    );
    assert!(
        opened.contains(&format!("{name}: it does not answer in time")),
        "{opened}"
    );
    assert!(seconds(&opened) >= seconds(&early).max(5.0), "{opened}");
    assert_eq!(visitor.visit(demo), visits + 1);

    // The log has no further lines.
    demo.signal("TERM");
    let rest = next_report(demo);
    assert!(!rest.contains("the session store"), "{rest}");
}

#[test]
fn while_the_session_server_hangs_other_pages_are_served() {
    let folder = Folder::new();
    let sessions = folder.session_server();
    let socket = folder.path("socket");
    let mut demo = folder.demo(&format!("unix:{socket}"));
    let name = format!("the session server at {socket}");
    let server = sessions.process.id();
    check_hanging(&mut demo, &mut Visitor::default(), server, &name);
}

#[test]
fn a_foreign_key_makes_a_new_visitor() {
    let (folder, foreign) = (Folder::new(), Folder::new());
    let _sessions = folder.session_server();
    let store = format!("unix:{}", folder.path("socket"));
    let (ours, theirs) = (folder.demo(&store), foreign.demo(&store));
    let mut visitor = Visitor::default();
    assert_eq!(visitor.visit(&theirs), 1);
    assert_eq!(visitor.visit(&theirs), 2);
    let foreign = visitor.cookie.clone();
    assert_eq!(visitor.visit(&ours), 1);
    assert_ne!(visitor.cookie, foreign);
}

#[test]
fn the_key_is_created_for_its_owner_alone() {
    let folder = Folder::new();
    let _demo = folder.demo("memory");
    let mode = |path: &str| {
        let metadata = fs::metadata(path).expect("a file");
        metadata.permissions().mode() & 0o777
    };
    assert_eq!(mode(&folder.path("key")), 0o600);
}

#[test]
fn store_and_key_are_in_the_data_directory_by_default() {
    let data = TempDir::new().expect("a folder");
    let visits = |visitor: &mut Visitor| {
        let data = data.path().to_str().expect("a path");
        let demo = Program::start_in(data, &["demo", "--bind=127.0.0.1:0"]);
        visitor.visit(&demo)
    };
    let mut visitor = Visitor::default();
    assert_eq!(visits(&mut visitor), 1);
    assert_eq!(visits(&mut visitor), 2);
    for name in ["wsgi/sessions.redb", "wsgi/cookie.key"] {
        assert!(Path::new(data.path()).join(name).is_file(), "{name}");
    }
}

/// The errors of a demo that ends at once with exit code 1.
#[track_caller]
fn refusal(data: &Path) -> String {
    refusal_after("", data)
}

/// The same, after a shell command.
#[track_caller]
fn refusal_after(shell: &str, data: &Path) -> String {
    let program = env!("CARGO_BIN_EXE_wsgi");
    let script = format!("{shell} exec {program} demo --bind=127.0.0.1:0");
    let mut process = Command::new("/bin/sh")
        .args(["-c", &script])
        .env_clear()
        .env("XDG_DATA_HOME", data)
        .stdin(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    wait(&mut process);
    let output = process.wait_with_output().expect("its errors");
    assert_eq!(output.status.code(), Some(1));
    String::from_utf8(output.stderr).expect("text")
}

#[test]
fn a_second_demo_on_the_data_directory_reports_the_file_in_use_and_ends() {
    let data = TempDir::new().expect("a folder");
    let path = data.path().to_str().expect("a path");
    let first = Program::start_in(path, &["demo", "--bind=127.0.0.1:0"]);
    let said = refusal(data.path());
    assert!(said.contains("sessions.redb is already open"), "{said}");
    assert!(
        said.contains("name another store with --session-store"),
        "{said}"
    );
    assert_eq!(Visitor::default().visit(&first), 1);
}

#[test]
fn a_demo_with_a_damaged_file_says_what_to_do_and_ends() {
    let data = TempDir::new().expect("a folder");
    let folder = data.path().join("wsgi");
    fs::create_dir(&folder).expect("a folder");
    fs::write(folder.join("sessions.redb"), [7; 5000]).expect("a file");
    let said = refusal(data.path());
    assert!(said.contains("move it away"), "{said}");
    fs::remove_file(folder.join("sessions.redb")).expect("the file is removed");

    fs::write(folder.join("cookie.key"), "no key").expect("a file");
    let said = refusal(data.path());
    assert!(said.contains("cookie.key"), "{said}");
}

#[test]
fn a_demo_on_a_full_disk_uses_no_other_store_and_ends() {
    let data = TempDir::new().expect("a folder");
    let path = data.path().to_str().expect("a path");
    let demo = Program::start_in(path, &["demo", "--bind=127.0.0.1:0"]);
    assert_eq!(Visitor::default().visit(&demo), 1);
    drop(demo);
    // The limit allows only the first blocks of a file.
    let said = refusal_after("ulimit -f 1;", data.path());
    assert!(said.contains("no room for another session"), "{said}");
}

#[test]
fn a_demo_without_a_place_to_write_keeps_sessions_in_memory_and_says_so() {
    // Nothing can be created below a file.
    let data = tempfile::NamedTempFile::new().expect("a file");
    let path = data.path().to_str().expect("a path");
    let mut demo = Program::start_in(path, &["demo", "--bind=127.0.0.1:0"]);
    let note = demo.next_error();
    assert!(
        note.starts_with("wsgi demo: sessions are kept in memory: "),
        "{note}"
    );
    assert_eq!(Visitor::default().visit(&demo), 1);
}

/// Tests that need `redis-server`.
#[cfg(feature = "redis")]
mod redis_server {
    use std::{
        io::{BufRead, BufReader, Read, Write},
        os::unix::net::UnixStream,
        process::{Child, Command, Stdio},
    };

    use super::{FEW, Folder, Visitor, check_hanging, check_thousand};
    use crate::support::{PATIENCE, eventually};

    /// A Redis server, killed on drop.
    struct Redis(Child);

    impl Redis {
        /// Starts a server that listens at `redis` in the folder and saves nothing.
        fn start(folder: &Folder) -> Self {
            let socket = folder.path("redis");
            let server = Command::new("redis-server")
                .args(["--port", "0", "--unixsocket", &socket, "--save", ""])
                .stdout(Stdio::null())
                .spawn()
                .expect("redis-server starts");
            let server = Redis(server);
            eventually("redis-server listens", || {
                UnixStream::connect(&socket).is_ok()
            });
            server
        }
    }

    impl Drop for Redis {
        fn drop(&mut self) {
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
    }

    #[test]
    fn two_servers_on_one_redis_count_together() {
        let folder = Folder::new();
        let _redis = Redis::start(&folder);
        let store = format!("redis+unix://{}", folder.path("redis"));
        let (one, other) = (folder.demo(&store), folder.demo(&store));
        let mut visitor = Visitor::default();
        assert_eq!(visitor.visit(&one), 1);
        assert_eq!(visitor.visit(&other), 2);
        check_thousand(&[&one, &other], FEW);
    }

    #[test]
    fn while_redis_hangs_other_pages_are_served() {
        let folder = Folder::new();
        let redis = Redis::start(&folder);
        let socket = folder.path("redis");
        let mut demo = folder.demo(&format!("redis+unix://{socket}"));
        let name = format!("Redis at {socket}");
        check_hanging(&mut demo, &mut Visitor::default(), redis.0.id(), &name);
    }

    #[test]
    fn a_session_that_another_program_has_overwritten_is_logged_and_replaced() {
        let folder = Folder::new();
        let _redis = Redis::start(&folder);
        let socket = folder.path("redis");
        let mut demo = folder.demo(&format!("redis+unix://{socket}"));
        let mut visitor = Visitor::default();
        assert_eq!(visitor.visit(&demo), 1);
        assert_eq!(visitor.visit(&demo), 2);

        let redis = UnixStream::connect(&socket).expect("a connection");
        redis.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        let mut redis = BufReader::new(redis);
        let mut ask = |request: &str, lines: usize| {
            redis
                .get_mut()
                .write_all(request.as_bytes())
                .expect("a request");
            let answer = redis.by_ref().lines().take(lines);
            answer.last().expect("an answer").expect("a line")
        };
        let name = ask("KEYS session:*\r\n", 3);
        assert_eq!(ask(&format!("SET {name} junk\r\n"), 1), "+OK");
        let cookie = visitor.cookie.clone();
        assert_eq!(visitor.visit(&demo), 1);
        assert_ne!(visitor.cookie, cookie);
        let logged = demo.next_error();
        let line = "GET \"/visits\": the session store holds something from another program";
        let (id, entry) = logged.split_once(' ').expect("the id of the request");
        assert!(id.starts_with('[') && id.ends_with(']'), "{logged}");
        assert_eq!(entry, line);
        assert_eq!(visitor.visit(&demo), 2);
    }
}
