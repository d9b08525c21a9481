//! A file of settings, and the check of a configuration.

#![cfg(feature = "settings")]

mod support;

use std::{
    fs,
    os::unix::fs::symlink,
    process::{Command, Output},
};

use support::Program;
use tempfile::TempDir;

/// A folder with a file of settings.
struct Folder(TempDir);

impl Folder {
    fn with(settings: &str) -> Self {
        let folder = Self(TempDir::new().expect("a folder"));
        folder.write(settings);
        folder
    }

    fn write(&self, settings: &str) {
        // Replaced at once: a new process may read it meanwhile.
        fs::write(self.path("new"), settings).expect("a file");
        fs::rename(self.path("new"), self.path("wsgi.toml")).expect("a file");
    }

    fn path(&self, name: &str) -> String {
        let path = self.0.path().join(name);
        path.to_str().expect("a path").to_owned()
    }

    /// A command of the program with the settings.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wsgi"));
        command.args(arguments).arg("--settings");
        command.arg(self.path("wsgi.toml"));
        command.env("XDG_DATA_HOME", self.0.path());
        command
    }

    fn check(&self, arguments: &[&str]) -> Output {
        let mut command = self.command(arguments);
        let output = command.arg("--check-config").output();
        output.expect("the program starts")
    }

    #[track_caller]
    fn assert_problem(&self, arguments: &[&str], code: i32, problem: &str) {
        let output = self.check(arguments);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(errors.contains(problem), "{errors}");
        assert_eq!(output.status.code(), Some(code), "{errors}");
        assert_eq!(output.stdout, b"");
    }

    #[track_caller]
    fn assert_fine(&self, arguments: &[&str], lines: &str) {
        let output = self.check(arguments);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{errors}");
        assert_eq!(String::from_utf8_lossy(&output.stdout), lines);
    }
}

const SETTINGS: &str = "[site]\nbind = \"127.0.0.1:0\"\nthreads = 1\nserver-software = \"first\"\n";

#[test]
fn the_demo_serves_as_its_settings_say() {
    let folder = Folder::with(SETTINGS);
    let program = Program::of(folder.command(&["demo"]));
    let (head, _) = program.get("/hello");
    assert!(head.contains("\r\nServer: first"), "{head}");
    // A variable takes precedence.
    let mut command = folder.command(&["demo", "--session-store=memory"]);
    command.env("WSGI_SERVER_SOFTWARE", "variable");
    let (head, _) = Program::of(command).get("/hello");
    assert!(head.contains("\r\nServer: variable"), "{head}");
}

#[test]
fn a_restart_reads_the_settings_again_and_wrong_ones_change_nothing() {
    for processes in [&[][..], &["--processes", "2"]] {
        let folder = Folder::with(SETTINGS);
        let mut program = Program::of(folder.command(&[&["demo"], processes].concat()));
        folder.write("[site]\nbind = \"127.0.0.1:0\"\nthreads = 0\n");
        program.signal("USR2");
        let mut lines = String::new();
        while !lines.contains("nothing has changed") {
            let line = program.next_error();
            assert!(!line.is_empty(), "the program has ended: {lines}");
            lines += &line;
        }
        assert!(lines.contains("wsgi.toml:3: threads takes"), "{lines}");
        let (head, _) = program.get("/hello");
        assert!(head.contains("\r\nServer: first"), "{head}");
        folder.write(&SETTINGS.replace("first", "second"));
        program.signal("USR2");
        // Of two new processes, the second may have found the same fault a little later.
        let mut line = program.next_error();
        while line.contains("wsgi.toml:3: threads takes") {
            line = program.next_error();
        }
        assert!(line.starts_with("wsgi demo: restarted"), "{line}");
        // The former process may still answer those who came before.
        let is_new = |_| program.get("/hello").0.contains("\r\nServer: second");
        assert!((0..1000).any(is_new));
    }
}

#[test]
fn a_check_says_what_would_be_served_and_creates_nothing() {
    let folder = Folder::with(SETTINGS);
    let path = |name| folder.path(name);
    folder.assert_fine(
        &[
            "demo",
            "--access-log",
            &path("a.log"),
            "--processes",
            "2",
            "--blog",
            &path("new/blog"),
        ],
        &format!(
            "wsgi demo: would serve the demo site on 127.0.0.1:0 by http\n\
             wsgi demo: processes: 2\n\
             wsgi demo: access log: {}\n\
             wsgi demo: sessions: file:{}\n\
             wsgi demo: blog: {}\n",
            path("a.log"),
            path("wsgi/sessions.redb"),
            path("new/blog"),
        ),
    );
    folder.assert_fine(
        &["static", &path(""), "--protocol", "scgi"],
        &format!(
            "wsgi static: would serve the files of {} on 127.0.0.1:0 by SCGI\n",
            path("")
        ),
    );
    let server = ["--socket", &path("s"), "--database", &path("d")];
    folder.assert_fine(
        &[&["session-server"], &server[..]].concat(),
        &format!(
            "wsgi session-server: would serve the sessions of {} on {}\n",
            path("d"),
            path("s")
        ),
    );
    let store = format!("unix:{}", path("s"));
    let output = folder.check(&["cgi", "--session-store", &store, "--cookie-key", &path("k")]);
    let said = String::from_utf8_lossy(&output.stdout);
    let start =
        format!("wsgi cgi: sessions: {store}, which cannot be reached now: the session server at ");
    assert!(said.starts_with(&start), "{said}");
    assert!(output.status.success());
    let files = fs::read_dir(folder.0.path()).expect("files").count();
    assert_eq!(files, 1, "only the settings");
}

#[test]
fn a_check_runs_beside_a_program_that_serves() {
    let folder = Folder::with(SETTINGS);
    let program = Program::of(folder.command(&["demo"]));
    let output = folder.check(&["demo", "--bind", &program.address]);
    assert!(output.status.success(), "{output:?}");
}

#[test]
fn a_check_names_what_cannot_be_used() {
    let folder = Folder::with(SETTINGS);
    let path = |name| folder.path(name);
    fs::write(path("key"), "no key").expect("a file");
    folder.assert_problem(
        &["demo", "--cookie-key", &path("key")],
        1,
        "read the cookie key",
    );
    folder.assert_problem(&["static", "/no/folder"], 1, "cannot serve /no/folder");
    folder.assert_problem(
        &["demo", "--bind", "name.invalid:80"],
        1,
        "cannot find the address of name.invalid",
    );
    folder.assert_problem(
        &["demo", "--bind", "unix:/no/folder/s"],
        1,
        "cannot listen on unix:/no/folder/s: No such file",
    );
    folder.assert_problem(
        &["demo", "--access-log", &path("")],
        1,
        &format!("cannot write the access log {}", path("")),
    );
    folder.assert_problem(
        &["demo", "--session-store", "file:/no/folder/s"],
        1,
        "cannot write the file of sessions /no/folder/s: No such file",
    );
    folder.assert_problem(
        &["demo", "--blog", &path("key/blog")],
        1,
        &format!("cannot write the blog in {}: ", path("key/blog")),
    );
    #[cfg(feature = "tls")]
    folder.assert_problem(
        &[
            "demo",
            "--tls-cert",
            &path("key"),
            "--tls-key",
            &path("key"),
        ],
        1,
        &path("key"),
    );
}

/// Asserts that the start and its check refuse the same, on the command line and in the settings.
#[track_caller]
fn check_refused_alike(settings: &str, arguments: &[&str], code: i32, problem: &str) {
    let folder = Folder::with(settings);
    folder.assert_problem(arguments, code, problem);
    let output = folder.command(arguments).output();
    let output = output.expect("the program starts");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{errors}");
    assert!(errors.contains(problem), "{errors}");
}

#[test]
fn a_check_refuses_what_several_processes_cannot_share() {
    let memory = "sessions in memory cannot be shared";
    let (two, store) = ("processes = 2", "session-store = \"memory\"");
    let settings = format!("[site]\n{two}\n[visitors]\n{store}\n");
    check_refused_alike(&settings, &["demo"], 2, memory);
    let arguments = ["demo", "--processes=2", "--session-store=memory"];
    check_refused_alike("", &arguments, 2, memory);
    let alone = Folder::with("").check(&["demo", "--processes=1", "--session-store=memory"]);
    assert!(alone.status.success(), "{alone:?}");
    if cfg!(feature = "tls") {
        let certificate = "a certificate of --tls-self-signed cannot be shared";
        let settings = format!("[site]\n{two}\ntls-self-signed = true\n");
        check_refused_alike(&settings, &["demo"], 2, certificate);
        for command in [&["demo"][..], &["static", "/"]] {
            let arguments = [command, &["--processes=2", "--tls-self-signed"]].concat();
            check_refused_alike("", &arguments, 2, certificate);
        }
    }
}

#[test]
fn a_folder_or_page_that_is_only_read_during_requests_is_looked_for() {
    let folder = Folder::with("");
    fs::write(folder.path("404.html"), "<p>Nothing").expect("a file");
    let root = folder.path("");
    let webroot = "cannot read challenges in /no/folder: No such file";
    for command in [&["demo"][..], &["static", &root]] {
        for more in [&[][..], &["--processes=2"]] {
            let options = ["--bind=127.0.0.1:0", "--acme-webroot=/no/folder"];
            let arguments = [command, &options, more].concat();
            check_refused_alike("", &arguments, 1, webroot);
        }
    }
    let file = ["demo", "--acme-webroot=/dev/null"];
    check_refused_alike("", &file, 1, "--acme-webroot");
    let settings = "[site]\nacme-webroot = \"/no/folder\"\n";
    let line = "wsgi.toml:2: the folder /no/folder does not exist";
    check_refused_alike(settings, &["demo"], 1, line);

    let page = format!("cannot read {root}none.html: No such file");
    let settings = "[static]\nnot-found = \"none.html\"\n";
    check_refused_alike(settings, &["static", &root], 1, &page);
    let arguments = ["static", &root, "--not-found=none.html"];
    check_refused_alike("", &arguments, 1, &page);
    let fine = folder.check(&["static", &root, "--not-found=404.html"]);
    assert!(fine.status.success(), "{fine:?}");

    let page = format!("cannot read {root}index.html: No such file");
    check_refused_alike("[static]\nspa = true\n", &["static", &root], 1, &page);
    for more in [&[][..], &["--processes=2"]] {
        let arguments = [&["static", &root, "--spa"], more].concat();
        check_refused_alike("", &arguments, 1, &page);
    }
    symlink("404.html", folder.path("index.html")).expect("a link");
    let linked = ["static", &root, "--spa", "--symlinks=none"];
    check_refused_alike("", &linked, 1, "--symlinks does not allow the link there");
    let fine = folder.check(&["static", &root, "--spa"]);
    assert!(fine.status.success(), "{fine:?}");
}

/// An option, and a value of it that is wrong in itself, or names something that is missing.
const WRONG: [(&str, &str, i32); 6] = [
    ("bind", "8000", 2),
    ("bind", "unix:/no/folder/socket", 1),
    ("acme-webroot", "/no/folder", 1),
    ("access-log", "/no/folder/log", 1),
    ("cookie-key", "/no/folder/key", 1),
    ("session-store", "floppy:a", 2),
];

#[test]
fn the_exit_code_is_the_same_wherever_a_value_stands() {
    let tls = ["tls-cert", "tls-key", "tls-client-ca", "tls-ticket-keys"];
    let tls = tls.map(|option| (option, "/no/folder/file", 1));
    let tls = tls.iter().filter(|_| cfg!(feature = "tls"));
    for &(option, value, code) in WRONG.iter().chain(tls) {
        let table = match option {
            "cookie-key" | "session-store" => "visitors",
            _ => "site",
        };
        let name = option.replace('-', "_").to_uppercase();
        let settings = format!("[{table}]\n{option} = \"{value}\"\n");
        for (place, text) in [("argument", ""), ("variable", ""), ("setting", &settings)] {
            let folder = Folder::with(text);
            let file = folder.path("wsgi.toml");
            let ready = [
                ("tls-cert", folder.path("certificate")),
                ("tls-key", folder.path("key")),
            ];
            for checks in [true, false] {
                let mut command = folder.command(&["demo"]);
                if option.starts_with("tls-") {
                    // A certificate needs a key, and the other options need both.
                    let others = ready.iter().filter(|(other, _)| *other != option);
                    command.args(others.map(|(other, path)| format!("--{other}={path}")));
                }
                match place {
                    "argument" => command.arg(format!("--{option}={value}")),
                    "variable" => command.env(format!("WSGI_{name}"), value),
                    _ => &mut command,
                };
                if checks {
                    command.arg("--check-config");
                }
                let output = command.output().expect("the program starts");
                let errors = String::from_utf8_lossy(&output.stderr);
                let case = format!("{place} {option}={value}, {checks}: {errors}");
                assert_eq!(output.status.code(), Some(code), "{case}");
                assert_eq!(
                    errors.contains("\nSee `wsgi demo --help`"),
                    code == 2,
                    "{case}"
                );
                let has_line = place == "setting" && code == 2;
                assert!(
                    !has_line || errors.contains(&format!("{file}:2: ")),
                    "{case}"
                );
            }
        }
    }
}

#[test]
fn a_file_of_settings_that_is_missing_is_a_missing_file() {
    let output = Command::new(env!("CARGO_BIN_EXE_wsgi"))
        .args(["demo", "--settings", "/no/folder/wsgi.toml"])
        .output()
        .expect("the program starts");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{errors}");
    assert!(
        errors.contains("cannot read the settings: No such file"),
        "{errors}"
    );
    Folder::with("[site").assert_problem(&["demo"], 2, "this is not TOML");
}

#[test]
fn a_check_refuses_addresses_that_the_start_cannot_listen_on() {
    let folder = Folder::with("");
    fs::write(folder.path("file"), "").expect("a file");
    let file = format!("--bind=unix:{}", folder.path("file"));
    let long = format!("--bind=unix:{}", folder.path(&"x".repeat(108)));
    let store = "--session-store=memory";
    let other = "is not a socket and is not replaced";
    check_refused_alike("", &["demo", store, &file], 1, other);
    check_refused_alike("", &["demo", store, &long], 1, "cannot listen on ");
    let foreign = "; choose an address of this machine";
    for option in ["--bind", "--metrics"] {
        let option = format!("{option}=192.0.2.1:80");
        check_refused_alike("", &["demo", store, &option], 1, foreign);
    }
    let same = ["demo", "--bind=127.0.0.1:80", "--metrics=127.0.0.1:80"];
    check_refused_alike("", &same, 2, "--bind and --metrics name the same address");
}

#[test]
fn a_check_refuses_an_address_where_the_proxy_protocol_refuses_everybody() {
    let only_unix = [
        "--proxy-protocol",
        "--trust-proxy=unix",
        "--session-store=memory",
    ];
    let [protocol, trust, store] = only_unix;
    let bind = "--bind=127.0.0.1:0";
    let problem = "expects the PROXY protocol, but trusts no proxy there";
    check_refused_alike("", &["demo", protocol, trust, store, bind], 1, problem);

    // A service manager may pass a socket to the start, though not to the check.
    let folder = Folder::with("");
    let line = "wsgi demo: would serve the demo site by http if it inherits a socket, and fail \
                without one: 127.0.0.1:8000 expects the PROXY protocol, but trusts no proxy there\n\
                wsgi demo: sessions: memory\n";
    folder.assert_fine(&["demo", protocol, trust, store], line);
}

#[test]
fn a_check_says_where_sessions_go_if_their_usual_place_cannot_be_created() {
    let folder = Folder::with("");
    fs::write(folder.path("file"), "").expect("a file");
    let run = |arguments: &[&str]| {
        let mut command = folder.command(arguments);
        command.env("XDG_DATA_HOME", folder.path("file"));
        command.arg("--check-config").output().expect("a program")
    };
    let alone = run(&["demo"]);
    let said = String::from_utf8_lossy(&alone.stdout).into_owned();
    assert!(said.contains("wsgi demo: sessions: in memory: "), "{said}");
    for arguments in [&["demo", "--processes=2"][..], &["cgi"]] {
        let refused = run(arguments);
        assert_eq!(refused.status.code(), Some(1), "{refused:?}");
    }
}
