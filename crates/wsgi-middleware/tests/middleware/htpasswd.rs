//! Files of users and passwords, as `htpasswd` writes them.

#![cfg(feature = "htpasswd")]

use std::{
    fs,
    io::ErrorKind,
    path::PathBuf,
    process::Command,
    thread,
    time::{Duration, Instant},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use tempfile::TempDir;
use wsgi_application::{Application, Environ, Result, StartResponse, Status};
use wsgi_middleware::{BasicAuth, Htpasswd, HtpasswdError, HtpasswdLine};
use wsgi_testing::{Request, Response};

/// The time that a change of a file may take to be noticed, on a slow machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// A file of passwords in a folder of its own.
struct PasswordFile {
    folder: TempDir,
}

impl PasswordFile {
    fn new() -> Self {
        let folder = TempDir::new().expect("a folder");
        let file = Self { folder };
        file.write("");
        file
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("htpasswd")
    }

    /// Replaces the file at once, as an editor does.
    fn write(&self, text: &str) {
        let new = self.folder.path().join("new");
        fs::write(&new, text).expect("a file");
        fs::rename(new, self.path()).expect("a renamed file");
    }

    /// Lets Apache's program change the file.
    fn htpasswd(&self, options: &[&str], user: &str, password: &str) {
        let output = Command::new("htpasswd")
            .args(options)
            .arg("-b")
            .arg(self.path())
            .args([user, password])
            .output()
            .expect("htpasswd runs");
        assert!(output.status.success(), "{output:?}");
    }

    fn open(&self) -> Htpasswd {
        Htpasswd::open(self.path()).expect("a file")
    }
}

fn hello(environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
    start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
    let user = environ.get("REMOTE_USER").unwrap_or_default();
    Ok(user.to_string().into())
}

/// Asks as a user with a password.
fn ask(app: &impl Application, pair: &str) -> Response {
    let credentials = format!("Basic {}", STANDARD.encode(pair));
    let request = Request::get("/").variable("REMOTE_ADDR", "192.0.2.1");
    request.header("Authorization", credentials).call(app)
}

/// A line with the least cost.
fn line(user: &str, password: &str) -> String {
    let hash = bcrypt::hash(password, 4).expect("a hash");
    format!("{user}:{hash}\n")
}

/// Waits until a check has this result.
#[track_caller]
fn wait_for(passwords: &Htpasswd, user: &str, password: &str, expected: Option<bool>) {
    let start = Instant::now();
    while passwords.verify(user, password).ok() != expected {
        assert!(start.elapsed() < PATIENCE, "{user} {password}");
        thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn what_apaches_program_writes_is_read() {
    let file = PasswordFile::new();
    file.htpasswd(&["-B"], "ada", "open sesame");
    file.htpasswd(&["-B", "-C", "4"], "zo\u{eb}", "a:\u{fc} b");
    let passwords = file.open();
    for (user, password, expected) in [
        ("ada", "open sesame", true),
        ("zo\u{eb}", "a:\u{fc} b", true),
        ("ada", "open sesame ", false),
        ("ada", "a:\u{fc} b", false),
        ("ada", "", false),
        ("", "open sesame", false),
        ("eve", "open sesame", false),
        ("ada:", "open sesame", false),
    ] {
        // Remembered or not.
        for _ in 0..2 {
            let is_right = passwords.verify(user, password).expect("a check");
            assert_eq!(is_right, expected, "{user} {password}");
        }
    }
}

#[test]
fn weaker_hashes_of_the_program_are_refused_with_their_line() {
    for option in ["-m", "-s", "-d", "-p", "-2", "-5"] {
        let file = PasswordFile::new();
        file.write(&line("ada", "x"));
        file.htpasswd(&[option], "bob", "secret");
        match Htpasswd::open(file.path()) {
            Err(HtpasswdError::Line {
                line: 2,
                problem: HtpasswdLine::NotBcrypt,
            }) => {}
            other => panic!("{option}: {other:?}"),
        }
    }
}

#[test]
fn what_is_not_a_file_is_refused_at_once() {
    let folder = TempDir::new().expect("a folder");
    let pipe = folder.path().join("pipe");
    let made = Command::new("mkfifo").arg(&pipe).status();
    assert!(made.expect("mkfifo runs").success());
    for path in [folder.path(), &pipe] {
        let error = Htpasswd::open(path).expect_err("an error");
        assert!(matches!(error, HtpasswdError::NotAFile), "{error:?}");
    }
    let error = Htpasswd::open(folder.path().join("none")).expect_err("an error");
    assert!(matches!(error, HtpasswdError::Unreadable(_)), "{error:?}");
    let large = folder.path().join("large");
    let file = fs::File::create(&large).expect("a file");
    file.set_len((16 << 20) + 1).expect("a length");
    let error = Htpasswd::open(&large).expect_err("an error");
    assert!(matches!(error, HtpasswdError::TooLarge), "{error:?}");
}

#[test]
fn a_changed_file_is_read_again_also_for_remembered_users() {
    let file = PasswordFile::new();
    file.write(&line("ada", "old"));
    let passwords = file.open();
    assert!(passwords.verify("ada", "old").expect("a check"));
    file.write(&line("ada", "new"));
    wait_for(&passwords, "ada", "old", Some(false));
    assert!(passwords.verify("ada", "new").expect("a check"));

    // A change in place, of the same length and perhaps at the same time.
    fs::write(file.path(), line("ada", "third")).expect("a file");
    wait_for(&passwords, "ada", "third", Some(true));
    assert!(!passwords.verify("ada", "new").expect("a check"));

    file.write(&line("bob", "new"));
    wait_for(&passwords, "ada", "third", Some(false));
}

#[test]
fn a_malformed_line_of_a_changed_file_keeps_out_its_user_alone() {
    let file = PasswordFile::new();
    file.write(&line("ada", "a"));
    let passwords = file.open();
    file.write(&format!("bob:plain\n{}nonsense\n", line("ada", "b")));
    wait_for(&passwords, "ada", "b", Some(true));
    match passwords.verify("bob", "plain") {
        Err(HtpasswdError::Line {
            line: 1,
            problem: HtpasswdLine::NotBcrypt,
        }) => {}
        other => panic!("{other:?}"),
    }
    assert!(!passwords.verify("nonsense", "").expect("a check"));
}

#[test]
fn a_user_with_a_malformed_line_is_refused_like_any_other() {
    let file = PasswordFile::new();
    file.write(&line("ada", "a"));
    let app = BasicAuth::with_check(hello, "Cave", file.open());
    file.write(&format!("bob:plain\n{}", line("ada", "b")));
    let start = Instant::now();
    while ask(&app, "ada:b").status() != &Status::OK {
        assert!(start.elapsed() < PATIENCE);
        thread::sleep(Duration::from_millis(400));
    }
    let (nobody, bob) = (ask(&app, "eve:plain"), ask(&app, "bob:plain"));
    assert_eq!(bob.status(), &Status::UNAUTHORIZED);
    assert_eq!(bob.text(), nobody.text());
    assert!(bob.headers().iter().eq(nobody.headers().iter()));
    let reason = "line 1 of the file of passwords: the hash is not one of bcrypt";
    assert!(bob.errors().contains(reason), "{}", bob.errors());
}

#[test]
fn a_user_with_a_malformed_line_takes_as_long() {
    let file = PasswordFile::new();
    let hash = bcrypt::hash("a", 8).expect("a hash");
    file.write(&format!("ada:{hash}\n"));
    let passwords = file.open();
    file.write(&format!("ada:{hash}\nbob:plain\n"));
    let start = Instant::now();
    while passwords.verify("bob", "a").is_ok() {
        assert!(start.elapsed() < PATIENCE);
    }
    let wrong = least(&passwords, "ada", "b", Some(false));
    let bob = least(&passwords, "bob", "b", None);
    assert!(bob * 50 > wrong, "{wrong:?} {bob:?}");
}

#[test]
fn nobody_gets_in_while_the_file_is_gone() {
    let file = PasswordFile::new();
    file.write(&line("ada", "a"));
    let passwords = file.open();
    assert!(passwords.verify("ada", "a").expect("a check"));
    fs::remove_file(file.path()).expect("a removed file");
    wait_for(&passwords, "ada", "a", None);
    assert!(passwords.verify("eve", "a").is_err());
    file.write(&line("ada", "a"));
    wait_for(&passwords, "ada", "a", Some(true));
}

#[test]
fn a_file_that_cannot_be_read_is_not_read_at_each_check() {
    let file = PasswordFile::new();
    let ada = line("ada", "a");
    file.write(&ada);
    let passwords = file.open();
    fs::remove_file(file.path()).expect("a removed file");
    let mut before = Instant::now();
    let start = before;
    while passwords.verify("ada", "a").is_ok() {
        assert!(start.elapsed() < PATIENCE);
        thread::sleep(Duration::from_millis(20));
        before = Instant::now();
    }
    file.write(&ada);
    let error = passwords.verify("ada", "a").err();
    // On a slow machine, the second may be over.
    if before.elapsed() < Duration::from_secs(1) {
        match error {
            Some(HtpasswdError::Unreadable(error)) => {
                assert_eq!(error.kind(), ErrorKind::NotFound);
            }
            other => panic!("{other:?}"),
        }
    }
    wait_for(&passwords, "ada", "a", Some(true));
}

/// The least time of some checks with this result.
#[track_caller]
fn least(passwords: &Htpasswd, user: &str, password: &str, expected: Option<bool>) -> Duration {
    let durations = (0..5).map(|_| {
        let start = Instant::now();
        assert_eq!(passwords.verify(user, password).ok(), expected);
        start.elapsed()
    });
    durations.min().expect("a duration")
}

#[test]
fn a_user_who_does_not_exist_takes_as_long_and_a_remembered_one_takes_no_time() {
    let file = PasswordFile::new();
    let hash = bcrypt::hash("a", 8).expect("a hash");
    file.write(&format!("ada:{hash}\n"));
    let passwords = file.open();
    let wrong = least(&passwords, "ada", "b", Some(false));
    let nobody = least(&passwords, "eve", "b", Some(false));
    let right = least(&passwords, "ada", "a", Some(true)); // all but the first are remembered
    // Without bcrypt, a check takes less than a thousandth. A busy machine does not change that.
    assert!(nobody * 50 > wrong, "{wrong:?} {nobody:?}");
    assert!(right * 20 < wrong, "{right:?} {wrong:?}");
}

#[test]
fn the_middleware_asks_the_file_and_fails_if_it_cannot() {
    let file = PasswordFile::new();
    file.write(&line("ada", "a"));
    let app = BasicAuth::with_check(hello, "Cave", file.open());
    assert_eq!(ask(&app, "ada:a").text(), "ada");
    assert_eq!(ask(&app, "ada:b").status(), &Status::UNAUTHORIZED);
    fs::remove_file(file.path()).expect("a removed file");
    let start = Instant::now();
    let response = loop {
        let response = ask(&app, "ada:a");
        if response.status() != &Status::OK {
            break response;
        }
        assert!(start.elapsed() < PATIENCE);
        thread::sleep(Duration::from_millis(20));
    };
    assert_eq!(response.status(), &Status::INTERNAL_SERVER_ERROR);
    let reason = "the file of passwords cannot be read";
    assert!(response.errors().contains(reason), "{}", response.errors());
}
