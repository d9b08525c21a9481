//! Files that are moved, removed or cannot be written.

#![cfg(unix)]

use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::Path,
    time::{Duration, Instant},
};

use tempfile::TempDir;
use wsgi_application::Application;
use wsgi_environ::Errors;
use wsgi_middleware::{AccessLog, LogBuilder, LogHandle};
use wsgi_testing::Request;

use super::{format, hello};

const LONG: Duration = Duration::from_secs(30);

fn builder() -> LogBuilder {
    format("{header:X-N}").max_delay(Duration::ZERO)
}

fn open(builder: LogBuilder, path: &Path) -> (impl Application, LogHandle) {
    let log = builder.file(path).expect("the file is opened");
    let handle = log.handle();
    (AccessLog::new(hello, log), handle)
}

fn visit(app: &impl Application, n: usize) {
    Request::get("/").header("X-N", n.to_string()).call(app);
}

fn text(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

#[track_caller]
fn wait_until(is_so: impl Fn() -> bool) {
    let started = Instant::now();
    while !is_so() {
        assert!(started.elapsed() < LONG, "it never happens");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_file_is_created_for_owner_and_group_and_appended_to() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("log");
    for n in 1..=2 {
        let (app, _) = open(builder(), &path);
        visit(&app, n);
    }
    assert_eq!(text(&path), "1\n2\n");
    let mode = fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o137, 0, "{mode:o}");
}

#[test]
fn a_file_that_cannot_be_opened_is_an_error() {
    let folder = TempDir::new().unwrap();
    assert!(builder().file(folder.path()).is_err());
    assert!(builder().file(folder.path().join("none/log")).is_err());
}

#[test]
fn a_moved_file_is_opened_again_by_the_handle() {
    let folder = TempDir::new().unwrap();
    let (path, old) = (folder.path().join("log"), folder.path().join("log.1"));
    let (app, handle) = open(builder(), &path);
    visit(&app, 1);
    assert!(handle.flush(LONG));
    fs::rename(&path, &old).unwrap();
    handle.reopen();
    wait_until(|| path.exists());
    visit(&app, 2);
    assert!(handle.flush(LONG));
    assert_eq!((text(&old), text(&path)), ("1\n".into(), "2\n".into()));
}

#[test]
fn a_file_that_was_moved_removed_or_replaced_is_noticed() {
    type Change = fn(&Path);
    let changes: [Change; 3] = [
        |path| fs::rename(path, path.with_extension("1")).unwrap(),
        |path| fs::remove_file(path).unwrap(),
        |path| {
            fs::rename(path, path.with_extension("1")).unwrap();
            fs::write(path, "").unwrap();
        },
    ];
    for change in changes {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("log");
        let (app, handle) = open(builder(), &path);
        visit(&app, 1);
        assert!(handle.flush(LONG));
        change(&path);
        visit(&app, 2);
        assert!(handle.flush(LONG));
        assert_eq!(text(&path), "2\n");
    }
}

#[test]
fn a_truncated_file_is_written_from_its_start() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("log");
    let (app, handle) = open(builder(), &path);
    visit(&app, 1);
    assert!(handle.flush(LONG));
    fs::File::create(&path).unwrap();
    visit(&app, 2);
    assert!(handle.flush(LONG));
    assert_eq!(text(&path), "2\n");
}

#[test]
fn the_old_file_stays_if_the_path_cannot_be_opened() {
    let folder = TempDir::new().unwrap();
    let logs = folder.path().join("logs");
    fs::create_dir(&logs).unwrap();
    let path = logs.join("log");
    let (errors, said) = Errors::buffer();
    let (app, handle) = open(builder().errors(errors), &path);
    let moved = folder.path().join("moved");
    fs::rename(&logs, &moved).unwrap();
    for n in 1..=3 {
        visit(&app, n);
        assert!(handle.flush(LONG));
    }
    assert_eq!(text(&moved.join("log")), "1\n2\n3\n");
    let start = format!("access log: cannot open {}: ", path.display());
    let told = said.to_string();
    assert!(
        told.starts_with(&start) && told.lines().count() == 1,
        "{told}"
    );
    fs::create_dir(&logs).unwrap();
    visit(&app, 4);
    assert!(handle.flush(LONG));
    assert_eq!(text(&path), "4\n");
    // Another failure is said again.
    fs::remove_dir_all(&logs).unwrap();
    visit(&app, 5);
    assert!(handle.flush(LONG));
    assert_eq!(said.to_string().lines().count(), 2);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_loses_only_lines_that_do_not_fit() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("log");
    symlink("/dev/full", &path).unwrap();
    let (errors, said) = Errors::buffer();
    let (app, handle) = open(builder().errors(errors).max_buffered_bytes(40), &path);
    visit(&app, 10);
    wait_until(|| !said.contents().is_empty());
    (11..60).for_each(|n| visit(&app, n));
    assert!(!handle.flush(Duration::from_millis(1)));
    assert_eq!(handle.lost_lines(), 49 - 13);
    fs::remove_file(&path).unwrap();
    handle.reopen();
    assert!(handle.flush(LONG));
    drop(app);
    let written = text(&path);
    let lines: Vec<_> = written.lines().collect();
    let expected: Vec<_> = (10..24).map(|n| n.to_string()).collect();
    assert_eq!(lines[..14], expected);
    assert!(
        lines[14].ends_with("] lines lost because writing was too slow: 36"),
        "{written}"
    );
    assert_eq!(lines.len(), 15);
    let told = said.to_string();
    let start = format!("access log: cannot write to {}: ", path.display());
    assert!(
        told.starts_with(&start) && told.lines().count() == 1,
        "{told}"
    );
}

#[cfg(target_os = "linux")]
#[test]
fn a_drop_does_not_wait_for_a_full_disk() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("log");
    symlink("/dev/full", &path).unwrap();
    let builder = builder().errors(Errors::discard()).flush_timeout(LONG);
    let (app, handle) = open(builder, &path);
    visit(&app, 1);
    visit(&app, 2);
    let started = Instant::now();
    drop(app);
    assert!(started.elapsed() < LONG);
    assert_eq!(handle.lost_lines(), 2);
    assert!(handle.flush(LONG), "nothing is left");
}

#[test]
fn a_file_that_cannot_be_opened_is_named() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("none/log");
    let error = builder().file(&path).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::NotFound);
    let start = format!("cannot open the access log {}: ", path.display());
    assert!(error.to_string().starts_with(&start), "{error}");
}
