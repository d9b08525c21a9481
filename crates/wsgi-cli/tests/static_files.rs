//! The server for files.

use std::{fs, io::Read, os::unix::fs::symlink, path::Path, process::Command};

use tempfile::TempDir;

mod support;

use support::Program;

/// A folder with a page, a picture, a file beside it, and links.
fn folder() -> TempDir {
    let outer = TempDir::new().expect("a folder");
    let folder = outer.path().join("site");
    fs::create_dir_all(folder.join("pictures")).expect("a folder");
    fs::write(folder.join("index.html"), "<h1>Hello</h1>").expect("a file");
    fs::write(folder.join(".secret"), "dot").expect("a file");
    fs::write(folder.join("pictures/a b.svg"), "<svg/>").expect("a file");
    fs::write(outer.path().join("outside"), "not yours").expect("a file");
    symlink("../outside", folder.join("link")).expect("a link");
    symlink("pictures/a b.svg", folder.join("inside.svg")).expect("a link");
    outer
}

fn serving(folder: &TempDir, arguments: &[&str]) -> Program {
    let folder = folder.path().join("site");
    let folder = folder.to_str().expect("a name in UTF-8");
    let usual = ["static", folder, "--bind", "127.0.0.1:0", "--threads", "2"];
    Program::start(&[&usual, arguments].concat())
}

#[test]
fn the_files_of_a_folder_are_served() {
    let folder = folder();
    let program = serving(&folder, &[]);
    let (head, body) = program.get("/");
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
    let content_type = "\r\nContent-Type: text/html; charset=utf-8\r\n";
    assert!(head.contains(content_type), "{head}");
    assert_eq!(body, "<h1>Hello</h1>");
    for (path, expected) in [
        ("/pictures/a%20b.svg", "<svg/>"),
        ("/inside.svg", "<svg/>"),
        ("/.secret", "404 Not Found\n"),
        ("/link", "404 Not Found\n"),
        ("/../outside", "404 Not Found\n"),
        ("/%2e%2e/outside", "404 Not Found\n"),
    ] {
        let (_, body) = program.get(path);
        assert_eq!(body, expected, "{path}");
    }
}

#[test]
fn files_with_a_dot_and_links_out_of_the_folder_are_served_if_asked_for() {
    let folder = folder();
    let program = serving(&folder, &["--dotfiles", "--symlinks", "all"]);
    assert_eq!(program.get("/.secret").1, "dot");
    assert_eq!(program.get("/link").1, "not yours");
}

#[test]
fn hidden_files_are_not_found() {
    let folder = folder();
    let program = serving(&folder, &["--hide", "*.svg", "--listing"]);
    assert_eq!(program.get("/inside.svg").1, "404 Not Found\n");
    assert!(!program.get("/pictures/").1.contains("a b.svg"));
    let program = serving(&folder, &["--hide", "/pictures,*.txt"]);
    assert_eq!(program.get("/inside.svg").1, "<svg/>");
    assert_eq!(program.get("/pictures/a%20b.svg").1, "404 Not Found\n");
}

#[test]
fn no_link_is_followed_if_none_shall_be() {
    let folder = folder();
    let program = serving(&folder, &["--symlinks", "none"]);
    assert_eq!(program.get("/inside.svg").1, "404 Not Found\n");
    assert_eq!(program.get("/pictures/a%20b.svg").1, "<svg/>");
}

#[test]
fn folders_are_listed_if_asked_for() {
    let folder = folder();
    let program = serving(&folder, &[]);
    assert_eq!(program.get("/pictures/").1, "404 Not Found\n");
    let program = serving(&folder, &["--listing"]);
    let (_, page) = program.get("/pictures/");
    assert!(page.contains("href=\"a%20b.svg\""), "{page}");
    let (head, json) = program.get_with("/pictures/", "Accept: application/json");
    assert!(
        head.contains("\r\nContent-Type: application/json"),
        "{head}"
    );
    assert!(json.contains("\"name\":\"a b.svg\""), "{json}");
}

#[test]
fn compressed_files_and_compressed_responses_are_sent_to_who_accepts_them() {
    let folder = folder();
    let site = folder.path().join("site");
    fs::write(site.join("style.css"), "a { color: red }").expect("a file");
    fs::write(site.join("style.css.gz"), "packed").expect("a file");
    fs::write(site.join("long.txt"), "long ".repeat(1000)).expect("a file");
    let program = serving(&folder, &["--precompressed", "--compress"]);
    let (head, body) = program.get_with("/style.css", "Accept-Encoding: gzip");
    assert!(head.contains("\r\nContent-Encoding: gzip\r\n"), "{head}");
    assert_eq!(body, "packed");
    assert_eq!(program.get("/style.css").1, "a { color: red }");
    let length = |line| {
        let mut response = Vec::new();
        let request = format!("GET /long.txt HTTP/1.1\r\n{line}");
        let mut stream = program.send(&request);
        stream.read_to_end(&mut response).expect("a response");
        response.len()
    };
    assert!(length("Accept-Encoding: gzip") < 1000);
    assert!(length("X-None: 0") > 5000);
}

#[test]
fn pages_stand_in_for_files_that_are_not_found() {
    let folder = folder();
    let program = serving(&folder, &["--spa"]);
    let (head, body) = program.get("/some/view");
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
    assert_eq!(body, "<h1>Hello</h1>");
    assert_eq!(program.get("/missing.js").1, "404 Not Found\n");
    fs::write(folder.path().join("site/404.html"), "nothing").expect("a file");
    let program = serving(&folder, &["--not-found", "404.html", "--clean-urls"]);
    let (head, body) = program.get("/some/view");
    assert!(head.starts_with("HTTP/1.1 404 Not Found\r\n"), "{head}");
    assert_eq!(body, "nothing");
}

#[test]
fn caches_and_pages_of_other_origins_are_told_what_they_may() {
    let folder = folder();
    fs::write(folder.path().join("site/app.3f9c2b1a.js"), "1").expect("a file");
    let options = ["--cache", "60", "--cors", "https://*.example.org"];
    let program = serving(&folder, &options);
    let (head, _) = program.get_with("/", "Origin: https://app.example.org");
    assert!(head.contains("\r\nCache-Control: max-age=60\r\n"), "{head}");
    let allowed = "\r\nAccess-Control-Allow-Origin: https://app.example.org\r\n";
    assert!(head.contains(allowed), "{head}");
    let exposed = "\r\nAccess-Control-Expose-Headers: \
                   Accept-Ranges, Content-Range, ETag, X-More-Entries\r\n";
    assert!(head.contains(exposed), "{head}");
    let (head, _) = program.get_with("/app.3f9c2b1a.js", "Origin: https://evil.example");
    assert!(head.contains("immutable"), "{head}");
    assert!(!head.contains("Access-Control-Allow-Origin"), "{head}");
    assert!(head.contains("\r\nVary: Origin\r\n"), "{head}");
}

#[test]
fn files_are_kept_for_a_part_of_a_second_as_for_one() {
    let folder = folder();
    for (seconds, value) in [
        ("0", "no-cache"),
        ("0.5", "max-age=1"),
        ("1.5", "max-age=2"),
    ] {
        let (head, _) = serving(&folder, &["--cache", seconds]).get("/");
        let field = format!("\r\nCache-Control: {value}\r\n");
        assert!(head.contains(&field), "{head}");
    }
}

#[test]
fn browsers_are_strict_about_types_and_about_more_if_asked_for() {
    let folder = folder();
    let (nosniff, frames, pictures) = (
        "\r\nX-Content-Type-Options: nosniff\r\n",
        "\r\nX-Frame-Options: DENY\r\n",
        "\r\nCross-Origin-Resource-Policy: same-origin\r\n",
    );
    let cors = ["--security-headers", "--cors", "*"];
    for (options, has_frames, has_pictures) in [
        (&cors[..0], false, false),
        (&cors[..1], true, true),
        (&cors[..], true, false),
    ] {
        let program = serving(&folder, options);
        for path in ["/", "/nothing", "/pictures"] {
            let (head, _) = program.get(path);
            assert_eq!(head.matches(nosniff).count(), 1, "{path}: {head}");
            assert_eq!(head.contains(frames), has_frames, "{options:?}: {head}");
            assert_eq!(head.contains(pictures), has_pictures, "{options:?}: {head}");
        }
    }
}

#[test]
fn a_folder_that_is_not_there_is_named() {
    for more in [&[][..], &["--processes", "2"]] {
        let output = Command::new(env!("CARGO_BIN_EXE_wsgi"))
            .args(["static", "/no/such/folder", "--bind", "127.0.0.1:0"])
            .args(more)
            .output()
            .expect("the program starts");
        assert_eq!(output.status.code(), Some(1));
        let errors = String::from_utf8_lossy(&output.stderr);
        let named = "wsgi: cannot serve /no/such/folder: No such file or directory";
        assert!(errors.starts_with(named), "{errors}");
        assert_eq!(errors.lines().count(), 1, "{errors}");
    }
}

#[test]
fn a_folder_without_an_index_is_told_of_at_the_start() {
    let folder = TempDir::new().expect("a folder");
    let file = |name: &str| folder.path().join("site").join(name);
    fs::create_dir(file("")).expect("a folder");
    fs::write(file("notes.txt"), "Tea at four.").expect("a file");
    let mut program = serving(&folder, &[]);
    let note = program.next_error();
    assert!(note.contains("--listing shows its files"), "{note}");
    assert!(program.get("/").0.starts_with("HTTP/1.1 404 "));
    for (index, option) in [("notes.txt", "--listing"), ("index.html", "--health")] {
        fs::write(file(index), "Tea at five.").expect("a file");
        let mut program = serving(&folder, &[option]);
        program.signal("TERM");
        assert_eq!(program.next_error(), "wsgi static: ending");
    }
}

#[test]
fn several_processes_serve_the_same_files() {
    let folder = folder();
    let program = serving(&folder, &["--processes", "2"]);
    for _ in 0..8 {
        assert_eq!(program.get("/").1, "<h1>Hello</h1>");
    }
}

/// Tests that need `wget`.
mod wget {
    use std::time::{Duration, UNIX_EPOCH};

    use serde_json::Value;
    use wsgi_tests::{PATIENCE, eventually};

    use super::*;

    /// The names of the files, and the texts in them.
    const FILES: [(&str, &str); 5] = [
        ("a b.txt", "spaces"),
        ("#100%.txt", "signs"),
        ("-rf.txt", "a dash"),
        ("Grüße.txt", "letters"),
        ("folder/c.txt", "below"),
    ];

    fn write(site: &Path, name: &str, text: &str, seconds: u64) {
        fs::write(site.join(name), text).expect("a file");
        let time = UNIX_EPOCH + Duration::from_secs(seconds);
        let file = fs::File::options().append(true).open(site.join(name));
        file.expect("a file").set_modified(time).expect("a time");
    }

    #[track_caller]
    fn mirror(program: &Program, target: &Path) {
        let status = Command::new("wget")
            .args([
                "--no-config",
                "--no-proxy",
                "--quiet",
                "--mirror",
                "--no-host-directories",
            ])
            .args([
                "--reject-regex",
                "[?]sort=",
                "--timeout=60",
                "--directory-prefix",
            ])
            .arg(target)
            .arg(format!("http://{}/", program.address))
            .env("LC_ALL", "C.UTF-8")
            .status()
            .expect("wget runs");
        assert!(status.success(), "{status}");
    }

    /// The targets of the access log with this status, if there are so many of them.
    fn targets(log: &Path, status: u16, count: usize) -> Option<Vec<String>> {
        let text = fs::read_to_string(log).ok()?;
        let lines = text
            .lines()
            .map_while(|line| serde_json::from_str(line).ok());
        let lines = lines.filter(|line: &Value| line["status"] == status);
        let targets = lines.map(|line| line["target"].as_str().unwrap_or_default().to_owned());
        let targets: Vec<_> = targets.collect();
        (targets.len() == count).then_some(targets)
    }

    #[test]
    fn a_mirror_gets_every_file_and_later_what_has_changed() {
        let (outer, target) = (TempDir::new().expect("a folder"), TempDir::new());
        let (site, target) = (outer.path().join("site"), target.expect("a folder"));
        fs::create_dir_all(site.join("folder")).expect("a folder");
        for (name, text) in FILES {
            write(&site, name, text, 784_111_777);
        }
        let log = outer.path().join("log");
        let access_log = format!("--access-log={}", log.display());
        let options = ["--listing", &access_log, "--access-log-format=json"];
        let program = serving(&outer, &options);
        mirror(&program, target.path());
        for (name, text) in FILES {
            let found = fs::read_to_string(target.path().join(name));
            assert_eq!(found.expect(name), text);
        }
        write(&site, "folder/c.txt", "changed", 784_111_877);
        mirror(&program, target.path());
        let found = fs::read_to_string(target.path().join("folder/c.txt"));
        assert_eq!(found.expect("a file"), "changed");
        let unchanged = eventually(PATIENCE, || targets(&log, 304, FILES.len() - 1));
        let unchanged = unchanged.expect("a 304 for each file that is the same");
        assert!(!unchanged.contains(&"/folder/c.txt".to_owned()));
    }
}
