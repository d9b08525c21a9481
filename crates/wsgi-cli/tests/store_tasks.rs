//! Tasks with a store of sessions, beside its server and without one.

#![cfg(unix)]

mod support;

use std::{
    fs,
    path::PathBuf,
    process::{Command, Output},
    time::{Duration, SystemTime},
};

use support::Program;
use tempfile::TempDir;
use wsgi_sessions::{FileStore, Key, Record, Store};

/// A closed file of sessions, in a folder.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        let place = Self(TempDir::new().expect("a folder"));
        let store = FileStore::open(place.file()).expect("a store");
        let (now, hour) = (SystemTime::now(), Duration::from_secs(3600));
        for number in 0_u32..50 {
            let record = Record::new([1; 2000], hour, hour, now).expect("a record");
            let key = Key::of(number.to_be_bytes());
            store.create(&key, &record, now).expect("a session");
            if number == 0 {
                let is_live = store.touch(&key, now + hour, now);
                assert!(is_live.expect("a use"));
            }
        }
        place
    }

    fn file(&self) -> PathBuf {
        self.0.path().join("sessions.redb")
    }

    fn socket(&self) -> String {
        self.0.path().join("socket").display().to_string()
    }

    fn run(&self, task: &str) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wsgi"));
        let command = command.args(["session-server", task, "--database"]);
        command.arg(self.file()).output().expect("the program runs")
    }

    #[track_caller]
    fn assert_said(&self, task: &str, text: &str) {
        let output = self.run(task);
        let (said, errors) = texts(&output);
        assert!(said.contains(text), "{said}{errors}");
        assert!(output.status.success() && errors.is_empty(), "{errors}");
    }

    #[track_caller]
    fn assert_failed(&self, task: &str, code: i32, problem: &str) {
        let output = self.run(task);
        let (said, errors) = texts(&output);
        assert!(errors.contains(problem), "{errors}");
        assert_eq!((output.status.code(), &*said), (Some(code), ""), "{errors}");
    }
}

fn texts(output: &Output) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr))
}

#[test]
fn a_file_is_counted_checked_and_compacted() {
    let place = Place::new();
    let length = |place: &Place| fs::metadata(place.file()).expect("the file").len();
    place.assert_said("stats", "live sessions: 50\nnot proved by a cookie: 49\n");
    place.assert_said("check", "sessions.redb is whole\nlive sessions: 50\n");
    let before = length(&place);
    place.assert_said("compact", &format!("had {before} bytes, and has "));
    assert!(length(&place) < before);
    place.assert_said("check", &format!("bytes of the file: {}\n", length(&place)));
}

#[test]
fn a_server_that_has_the_file_open_is_asked_for_numbers() {
    let place = Place::new();
    let file = place.file().display().to_string();
    let server = [
        "session-server",
        "--socket",
        &place.socket(),
        "--database",
        &file,
    ];
    let _server = Program::start(&server);
    for task in ["stats", "check", "compact"] {
        place.assert_failed(task, 1, "sessions.redb is already open");
        place.assert_failed(task, 1, "end that process first, or ask");
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_wsgi"));
    command.args(["session-server", "stats"]);
    command.env("WSGI_SOCKET", place.socket());
    let (said, errors) = texts(&command.output().expect("the program runs"));
    assert!(said.starts_with("live sessions: 50\n"), "{said}{errors}");
    assert!(
        said.contains("\nseconds since the last use of any: "),
        "{said}"
    );
}

#[test]
fn a_given_option_counts_more_than_a_variable() {
    let place = Place::new();
    let file = place.file().display().to_string();
    let run = |arguments: &[&str], variables: &[(&str, &str)]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wsgi"));
        command.args(["session-server", "stats"]).args(arguments);
        command.envs(variables.iter().copied());
        texts(&command.output().expect("the program runs"))
    };
    let (socket, file) = (&*place.socket(), &*file);
    let nobody = "cannot count the sessions: the session server at ";
    let (said, errors) = run(&["--database", file], &[("WSGI_SOCKET", socket)]);
    assert!(said.starts_with("live sessions: 50\n"), "{said}{errors}");
    // The socket counts more than the file in the same place, and than the file of a variable.
    let (_, errors) = run(&["--database", file, "--socket", socket], &[]);
    assert!(errors.contains(nobody), "{errors}");
    let (_, errors) = run(&["--socket", socket], &[("WSGI_DATABASE", file)]);
    assert!(errors.contains(nobody), "{errors}");
    let (_, errors) = run(&[], &[("WSGI_DATABASE", file), ("WSGI_SOCKET", socket)]);
    assert!(errors.contains(nobody), "{errors}");
}

#[test]
fn a_damaged_file_is_named_with_the_place_and_an_exit_code_of_its_own() {
    let place = Place::new();
    let mut bytes = fs::read(place.file()).expect("the file");
    let offset = bytes.windows(1000).position(|data| data == [1; 1000]);
    let offset = offset.expect("a session");
    bytes[offset] ^= 1;
    fs::write(place.file(), &bytes).expect("the file");
    let page = offset / 4096 * 4096;
    let problem = "sessions.redb is damaged, or is not a session store";
    place.assert_failed("check", 4, problem);
    let errors = texts(&place.run("check")).1;
    let (_, range) = errors
        .split_once("the first wrong bytes are among those from ")
        .expect("a place");
    let range = range.split_once('\n').map_or(range, |(range, _)| range);
    let (from, to) = range.split_once(" to ").expect("a range");
    let number = |text: &str| text.trim().parse::<usize>().expect("a number");
    let range = number(from)..=number(to);
    assert!(
        range.contains(&offset),
        "{range:?}, not {offset} of page {page}"
    );
    place.assert_failed("compact", 4, problem);
    place.assert_failed("stats", 4, "cannot count the sessions of ");
    place.assert_failed("stats", 4, problem);
    assert!(fs::read(place.file()).expect("the file") == bytes);
}

#[test]
fn what_is_missing_is_named() {
    let place = Place::new();
    fs::remove_file(place.file()).expect("the file");
    for task in ["stats", "check", "compact"] {
        let expected = "No such file or directory (os error 2); name the file of a session store";
        place.assert_failed(task, 1, expected);
        assert!(!place.file().exists());
        let mut command = Command::new(env!("CARGO_BIN_EXE_wsgi"));
        let output = command.args(["session-server", task]).output();
        let output = output.expect("the program runs");
        let errors = texts(&output).1;
        assert!(errors.contains("--database is missing"), "{errors}");
        assert_eq!(output.status.code(), Some(2));
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_wsgi"));
    command.args(["session-server", "stats", "--socket", &place.socket()]);
    let output = command.output().expect("the program runs");
    let errors = texts(&output).1;
    assert!(
        errors.contains("cannot count the sessions: the session server at ")
            && errors.contains("; start the server, or read its file with `stats --database"),
        "{errors}"
    );
    assert_eq!(output.status.code(), Some(1));
}
