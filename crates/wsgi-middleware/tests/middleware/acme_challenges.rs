//! Challenges of ACME: answers from a handle and from files.

use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::PathBuf,
    thread,
};

use tempfile::TempDir;
use wsgi_application::{Environ, Result, StartResponse, Status};
use wsgi_middleware::{AcmeChallenges, AcmeError, HttpsRedirect, Mounts};
use wsgi_testing::{Request, Response};

const PATH: &str = "/.well-known/acme-challenge/";
const THUMBPRINT: &str = "9jg46WB3rR_AHD-EBXdN7cBkH1WOu0tA3M9fm21mqTI";

fn site(_environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
    start_response.start(Status::NOT_FOUND, [("Content-Type", "text/html")])?;
    Ok("the site".into())
}

fn ask(
    app: &AcmeChallenges<fn(&mut Environ, &mut StartResponse<'_>) -> Result>,
    path: &str,
) -> Response {
    Request::get(path).call(app)
}

fn app() -> AcmeChallenges<fn(&mut Environ, &mut StartResponse<'_>) -> Result> {
    AcmeChallenges::new(site)
}

/// A webroot with a file for the token `file`.
struct Webroot(TempDir);

impl Webroot {
    fn new() -> Self {
        let webroot = Self(TempDir::new().unwrap());
        fs::create_dir_all(webroot.file("")).unwrap();
        fs::write(webroot.file("file"), "file.thumbprint\n").unwrap();
        webroot
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.path().join(&PATH[1..]).join(name)
    }
}

#[track_caller]
fn check_answer(response: &Response, text: &str) {
    assert_eq!(response.status(), &Status::OK);
    assert_eq!(response.text(), text);
    assert_eq!(
        response.headers().get("Content-Type").unwrap(),
        "text/plain"
    );
    assert_eq!(response.errors(), "");
}

#[track_caller]
fn check_site(response: &Response) {
    assert_eq!(response.text(), "the site");
}

#[test]
fn a_challenge_is_answered_until_it_is_removed() {
    let app = app();
    let handle = app.handle();
    let answer = format!("token.{THUMBPRINT}");
    check_site(&ask(&app, &format!("{PATH}token")));
    let adding = {
        let answer = answer.clone();
        thread::spawn(move || handle.add("token", &answer))
    };
    assert_eq!(adding.join().unwrap(), Ok(()));
    check_answer(&ask(&app, &format!("{PATH}token")), &answer);
    check_answer(&ask(&app, &format!("{PATH}to%6Ben?query")), &answer);
    let head = Request::head(format!("{PATH}token")).call(&app);
    assert_eq!((head.status(), head.text()), (&Status::OK, ""));

    for path in [
        "",
        "Token",
        "token/",
        "token2",
        "../acme-challenge/token",
        "/token",
    ] {
        check_site(&ask(&app, &format!("{PATH}{path}")));
    }
    check_site(&ask(&app, "/token"));
    check_site(&Request::post(format!("{PATH}token")).call(&app));
    check_site(
        &Request::get(format!("{PATH}token"))
            .variable("SCRIPT_NAME", "/app")
            .call(&app),
    );
    app.handle().remove("other");
    app.handle().remove("token");
    check_site(&ask(&app, &format!("{PATH}token")));
}

#[test]
fn a_malformed_challenge_is_refused() {
    let handle = app().handle();
    let long = "a".repeat(255);
    for token in ["a", "-_09azAZ", &*long] {
        assert_eq!(handle.add(token, &format!("{token}.{THUMBPRINT}")), Ok(()));
    }
    let longer = "a".repeat(256);
    for token in [
        "", ".", "..", "a/b", "a.b", "a=", "a+b", "\u{e9}", "a\n", &*longer,
    ] {
        let added = handle.add(token, &format!("{token}.{THUMBPRINT}"));
        assert_eq!(added, Err(AcmeError::InvalidToken), "{token:?}");
    }
    for answer in [
        "",
        "token",
        "token.",
        THUMBPRINT,
        &format!("token{THUMBPRINT}"),
        &format!("other.{THUMBPRINT}"),
        &format!("token.{THUMBPRINT}a"),
        &format!("token.{}", &THUMBPRINT[1..]),
        &format!("token.{}=", &THUMBPRINT[1..]),
        &format!("token.{}\n", &THUMBPRINT[1..]),
    ] {
        let added = handle.add("token", answer);
        assert_eq!(added, Err(AcmeError::InvalidKeyAuthorization), "{answer:?}");
    }
}

#[test]
fn the_number_of_challenges_is_limited() {
    let app = app();
    let handle = app.handle();
    let add = |number: u32| handle.add(&format!("{number}"), &format!("{number}.{THUMBPRINT}"));
    for number in 0..1000 {
        assert_eq!(add(number), Ok(()));
    }
    assert_eq!(add(1000), Err(AcmeError::Full));
    assert_eq!(add(999), Ok(()), "one that is there is replaced");
    handle.remove("0");
    assert_eq!(add(1000), Ok(()));
    check_answer(
        &ask(&app, &format!("{PATH}1000")),
        &format!("1000.{THUMBPRINT}"),
    );
}

#[test]
fn a_file_of_the_webroot_answers() {
    let webroot = Webroot::new();
    let app = app().webroot(webroot.0.path());
    check_answer(&ask(&app, &format!("{PATH}file")), "file.thumbprint\n");
    app.handle()
        .add("file", &format!("file.{THUMBPRINT}"))
        .unwrap();
    check_answer(
        &ask(&app, &format!("{PATH}file")),
        &format!("file.{THUMBPRINT}"),
    );
    app.handle().remove("file");
    fs::remove_file(webroot.file("file")).unwrap();
    let absent = ask(&app, &format!("{PATH}file"));
    check_site(&absent);
    assert_eq!(absent.errors(), "");

    let nowhere = AcmeChallenges::new(site).webroot("/no/such/folder");
    let absent = Request::get(format!("{PATH}file")).call(&nowhere);
    check_site(&absent);
    assert_eq!(absent.errors(), "");
}

#[test]
fn no_path_leads_out_of_the_folder() {
    let webroot = Webroot::new();
    fs::write(webroot.file("../secret"), "secret").unwrap();
    fs::write(webroot.file(".secret"), "secret").unwrap();
    fs::write(webroot.file("a.txt"), "secret").unwrap();
    fs::create_dir(webroot.file("folder")).unwrap();
    fs::write(webroot.file("folder/secret"), "secret").unwrap();
    let app = app().webroot(webroot.0.path());
    for name in [
        "",
        ".",
        "..",
        "../secret",
        "..%2fsecret",
        "%2e%2e/secret",
        ".secret",
        "a.txt",
        "folder/secret",
        "folder%2Fsecret",
        "folder/../file",
        "%2Fetc%2Fpasswd",
        "file%00",
        "file%0A",
    ] {
        let response = ask(&app, &format!("{PATH}{name}"));
        check_site(&response);
        assert_eq!(response.errors(), "", "{name}");
    }
}

#[test]
fn a_file_that_does_not_count_is_an_entry_in_the_errors_stream() {
    let webroot = Webroot::new();
    fs::write(webroot.0.path().join("secret"), "secret").unwrap();
    symlink(webroot.0.path().join("secret"), webroot.file("link")).unwrap();
    fs::create_dir(webroot.file("folder")).unwrap();
    fs::write(webroot.file("largest"), [b'a'; 4096]).unwrap();
    fs::write(webroot.file("large"), [b'a'; 4097]).unwrap();
    let app = app().webroot(webroot.0.path());
    for (name, problem) in [
        ("link", "it is not a regular file"),
        ("folder", "it is not a regular file"),
        ("large", "it has more than 4,096 bytes"),
    ] {
        let response = ask(&app, &format!("{PATH}{name}"));
        check_site(&response);
        let path = webroot.file(name).display().to_string();
        let errors = response.errors();
        assert!(
            errors.contains(&path) && errors.contains(problem),
            "{errors}"
        );
        assert_eq!(errors.lines().count(), 1);
    }
    check_answer(&ask(&app, &format!("{PATH}largest")), &"a".repeat(4096));

    // Root can read it nevertheless.
    fs::set_permissions(webroot.file("file"), fs::Permissions::from_mode(0o000)).unwrap();
    if fs::read(webroot.file("file")).is_err() {
        let response = ask(&app, &format!("{PATH}file"));
        check_site(&response);
        assert!(
            response.errors().contains("ermission denied"),
            "{}",
            response.errors()
        );
    }
}

#[test]
fn it_works_around_redirects_and_inside_them() {
    let around = AcmeChallenges::new(HttpsRedirect::new(Mounts::new()));
    let inside = AcmeChallenges::new(Mounts::new());
    let handles = [around.handle(), inside.handle()];
    for handle in handles {
        handle.add("token", &format!("token.{THUMBPRINT}")).unwrap();
    }
    let inside = HttpsRedirect::new(inside);
    let path = format!("{PATH}token");
    for response in [
        Request::get(&path).call(&around),
        Request::get(&path).call(&inside),
    ] {
        check_answer(&response, &format!("token.{THUMBPRINT}"));
    }
}
