mod declarations;

use std::{ffi::OsString, fs};

use proptest::prelude::*;

use crate::{asked::Asked, command::Command};

/// A file of settings in a folder of its own.
struct Folder(tempfile::TempDir);

impl Folder {
    fn with(settings: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("wsgi.toml"), settings).expect("a file");
        Self(folder)
    }

    fn path(&self, name: &str) -> String {
        let path = self.0.path().join(name);
        path.to_str().expect("a path").to_owned()
    }

    fn parse(&self, line: &str) -> Result<Command, String> {
        let settings = format!("--settings={}", self.path("wsgi.toml"));
        let mut words = line.split_whitespace();
        let command = words.next().into_iter().chain([&*settings]);
        read(command.chain(words).map(Into::into))
    }
}

fn read(arguments: impl Iterator<Item = OsString>) -> Result<Command, String> {
    match Asked::parse(arguments) {
        Ok(Asked::To(command)) => Ok(*command),
        Ok(Asked::Text(text)) => panic!("the program shows {text}"),
        Err(error) => Err(error.to_string()),
    }
}

/// The command without its configuration, which a line without a file lacks.
fn bare(command: Command) -> Command {
    match command {
        Command::Demo(mut options) => {
            options.configuration = Default::default();
            Command::Demo(options)
        }
        Command::Static(mut options) => {
            options.configuration = Default::default();
            Command::Static(options)
        }
        Command::Cgi(mut options) => {
            options.configuration = Default::default();
            Command::Cgi(options)
        }
        other => other,
    }
}

#[track_caller]
fn check(settings: &str, line: &str, same: &str) {
    let command = Folder::with(settings).parse(line).map(bare);
    let expected = read(same.split_whitespace().map(Into::into));
    assert_eq!(command, expected, "{settings}");
}

#[track_caller]
fn check_refused(settings: &str, line: usize, problem: &str) {
    let folder = Folder::with(settings);
    let error = folder.parse("demo").expect_err("an error");
    let place = format!("{}:{line}: ", folder.path("wsgi.toml"));
    let message = error.strip_prefix(&place).unwrap_or(&error);
    assert_eq!(message, problem);
}

#[test]
fn settings_mean_what_the_options_of_their_names_mean() {
    check("", "demo", "demo");
    check(
        "[site]\nbind = \":1\"\nkeep-alive = 0.5\nhealth = true\nend-when-stuck = false\n\
         spool-bodies = true\nmax-body-bytes = 1_000\ntrust-proxy = [\"unix\", \"10.0.0.0/8\"]\n\
         base-environ = [\"A=1,2\", \"B=\"]\naccess-log = \"-\"\nserver-software = \"\"\n",
        "demo",
        "demo --bind :1 --keep-alive 0.5 --health --spool-bodies yes --max-body-bytes 1000 \
         --trust-proxy unix,10.0.0.0/8 --base-environ A=1,2 --base-environ B= --access-log \
         --server-software=",
    );
    check(
        "[site]\nmax-body-bytes = \"1GiB\"\nspool-limit = \"10 MiB\"\nmax-head-bytes = \"64KiB\"\n\
         max-target-bytes = \"8KiB\"\nmin-rate = \"1KiB\"",
        "demo",
        "demo --max-body-bytes 1073741824 --spool-limit 10485760 --max-head-bytes 65536 \
         --max-target-bytes 8192 --min-rate 1024",
    );
    check(
        "[site]\nbind = 'unix:/run/a'\nsocket-group = 7\nsocket-owner = \"root\"\n\
         socket-mode = \"660\"\n[visitors]\nsession-store = \"memory\"",
        "demo",
        "demo --bind unix:/run/a --socket-group 7 --socket-owner root --socket-mode 660 \
         --session-store memory",
    );
}

#[test]
fn the_command_line_precedes_the_commands_table_and_that_the_shared_one() {
    let settings = "[site]\nthreads = 1\nmax-threads = 2\nmax-waiting = 3\n\
        trust-proxy = [\"10.0.0.1\", \"10.0.0.2\"]\n\
        [demo]\nmax-threads = 4\ntrust-proxy = \"10.0.0.3\"\n[static]\nfolder = \"/\"\n";
    check(
        settings,
        "demo --max-waiting 5",
        "demo --threads 1 --max-threads 4 --max-waiting 5 --trust-proxy 10.0.0.3",
    );
    check(
        settings,
        "demo --trust-proxy unix",
        "demo --threads 1 --max-threads 4 --max-waiting 3 --trust-proxy unix",
    );
    let of_static = "static --threads 1 --max-threads 2 --max-waiting 3 \
        --trust-proxy 10.0.0.1,10.0.0.2";
    check(settings, "static", &format!("{of_static} /"));
    check(settings, "static /tmp", &format!("{of_static} /tmp"));
    check(settings, "static -- /tmp", &format!("{of_static} /tmp"));
}

#[test]
fn a_required_option_may_be_a_setting() {
    let settings = "[session-server]\nsocket = \"s\"\ndatabase = \"d\"\nno-legacy = true";
    let Ok(Command::SessionServer(server)) = Folder::with(settings).parse("session-server") else {
        panic!("the settings are refused");
    };
    assert_eq!(server.socket, Some("s".into()));
    assert_eq!(server.database, Some("d".into()));
    assert!(server.no_legacy && !server.daemon);
    let missing = Folder::with("").parse("session-server");
    assert_eq!(missing, Err("--socket is missing".to_owned()));
}

#[test]
fn a_wrong_value_is_named_with_its_line_and_what_the_setting_takes() {
    for (settings, line, problem) in [
        (
            "[site]\n\nthreads = 0",
            3,
            "threads takes a number of at least 1, not \"0\"",
        ),
        (
            "[site]\nthreads = \"4\"",
            2,
            "threads takes a number, not a text in quotes",
        ),
        (
            "[site]\nthreads = 0x4",
            2,
            "threads takes a number, not a number with another base than ten",
        ),
        (
            "[site]\nmax-body-bytes = \"1GB\"",
            2,
            "max-body-bytes takes a number of bytes, such as 65536 or 10MiB, not \"1GB\"",
        ),
        (
            "[site]\nmax-body-bytes = 1.5",
            2,
            "max-body-bytes takes a number of bytes, or a text such as \"10MiB\", not a number",
        ),
        (
            "[site]\nhealth = \"yes\"",
            2,
            "health takes true or false, not a text in quotes",
        ),
        (
            "[site]\nspool-bodies = \"yes\"",
            2,
            "spool-bodies takes true or false, not a text in quotes",
        ),
        (
            "[site]\nsocket-mode = 660",
            2,
            "socket-mode takes a text in quotes, not a number",
        ),
        (
            "[site]\nbind = [\"a:1\"]",
            2,
            "bind takes a text in quotes, not a list",
        ),
        (
            "[site]\ntrust-proxy = [1]",
            2,
            "trust-proxy takes a text in quotes, or several, as in [\"a\", \"b\"], not a list",
        ),
        (
            "[site]\nprotocol = \"ajp\"",
            2,
            "protocol takes http, fastcgi, scgi or uwsgi, not \"ajp\"",
        ),
        // The tables of other commands are checked as well.
        (
            "[static]\ncache = -1",
            2,
            "cache takes a number of seconds from 0 to 31536000, such as 30 or 0.5, not \"-1\"",
        ),
    ] {
        check_refused(settings, line, problem);
    }
}

#[test]
fn an_unknown_setting_or_table_is_named_with_its_line() {
    for (settings, line, problem) in [
        (
            "[site]\nthraeds = 1",
            2,
            "unknown setting \"thraeds\" in [site]; did you mean \"threads\"?",
        ),
        (
            "[site]\nnobody = 1",
            2,
            "unknown setting \"nobody\" in [site]",
        ),
        (
            "[site]\nsettings = \"a\"",
            2,
            "unknown setting \"settings\" in [site]",
        ),
        (
            "[site]\nlisting = true",
            2,
            "unknown setting \"listing\" in [site]; it belongs in [static]",
        ),
        (
            "[cgi]\nbind = \":1\"",
            2,
            "unknown setting \"bind\" in [cgi]; it belongs in [site]",
        ),
        (
            "bind = \":1\"",
            1,
            "bind belongs in a table, such as [site]",
        ),
        (
            "site = 1",
            1,
            "site is a table: write [site], and settings below it",
        ),
        (
            "[sites]",
            1,
            "unknown table [sites]; the tables are [site], [visitors], [demo], [static], [cgi], \
             [session-server]",
        ),
    ] {
        check_refused(settings, line, problem);
    }
}

#[test]
fn a_text_that_is_not_toml_is_named_with_its_line() {
    let error = Folder::with("[site]\nthreads = = 4")
        .parse("demo")
        .expect_err("an error");
    assert!(error.contains("wsgi.toml:2: this is not TOML: "), "{error}");
    let twice = Folder::with("[site]\nthreads = 4\nthreads = 4");
    let error = twice.parse("demo").expect_err("an error");
    assert!(error.contains("wsgi.toml:3: this is not TOML: "), "{error}");
}

#[test]
fn a_path_that_does_not_exist_is_named_with_what_to_do() {
    let file = "does not exist: create it, or correct the path";
    for (setting, problem) in [
        (
            "tls-cert = [\"/no/cert\"]",
            format!("the file /no/cert {file}"),
        ),
        (
            "tls-key = \"/,/no/key\"",
            "/ is a folder: name a file".to_owned(),
        ),
        (
            "spool-dir = \"/no/folder\"",
            format!("the folder /no/folder {file}"),
        ),
        (
            "acme-webroot = \"/dev/null\"",
            "/dev/null is not a folder: name one".to_owned(),
        ),
        (
            "access-log = \"/no/folder/a.log\"",
            format!("the folder /no/folder {file}"),
        ),
    ] {
        check_refused(&format!("[site]\n{setting}"), 2, &problem);
    }
    // The program creates it.
    check(
        "[visitors]\nblog = \"/no/folder/blog\"",
        "demo",
        "demo --blog /no/folder/blog",
    );
    // A path that the command line replaces is not used.
    check(
        "[site]\naccess-log = \"/no/a\"",
        "demo --access-log -",
        "demo --access-log",
    );
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    for (path, problem) in [("/no/file", "No such file"), ("/", "Is a directory")] {
        let line = ["demo", "--settings", path].map(OsString::from);
        let error = read(line.into_iter()).expect_err("an error");
        let message = format!("{path}: cannot read the settings: {problem}");
        assert!(error.starts_with(&message), "{error}");
    }
    let folder = Folder::with("");
    fs::write(folder.path("wsgi.toml"), b"\xff").expect("a file");
    let error = folder.parse("demo").expect_err("an error");
    assert!(error.contains("cannot read the settings"), "{error}");
}

#[test]
fn no_message_shows_a_password() {
    for value in ["\"redi://:hush@host\"", "[\"redis://:hush@host\"]"] {
        let settings = format!("[visitors]\nsession-store = {value}");
        let error = Folder::with(&settings).parse("demo").expect_err("an error");
        assert!(!error.contains("hush"), "{error}");
    }
}

proptest! {
    #[test]
    fn no_settings_are_too_strange(
        settings in "(\\[(site|demo|visitors|static|x)\\]\n|\
            (bind|keep-alive|health|trust-proxy|base-environ|session-store|help|x-?) ?= ?\
            (1|-1e9|nan|true|1979-05-27|\"[ -~\u{e9}]{0,5}\"|\"\\\\u0000\"|\
            \\[(\"[a-z:,=/]{0,4}\",? ?){0,2}\\]|\\{a = 1\\}|[ -~]{0,4})\n?|[ -~]{0,3}\n){0,5}",
    ) {
        let folder = Folder::with(&settings);
        if let Err(error) = folder.parse("demo") {
            let place = format!("{}:", folder.path("wsgi.toml"));
            let rest = error.strip_prefix(&place);
            let line = rest.and_then(|rest| rest.split(':').next()?.parse().ok());
            let lines = 1..=settings.matches('\n').count() + 1;
            prop_assert!(line.is_some_and(|line| lines.contains(&line)), "{}", error);
        }
    }
}
