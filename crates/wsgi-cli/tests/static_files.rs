//! The server for files.

use std::{fs, os::unix::fs::symlink, process::Command};

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
    let program = serving(&folder, &["--dotfiles", "--follow-links"]);
    assert_eq!(program.get("/.secret").1, "dot");
    assert_eq!(program.get("/link").1, "not yours");
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
fn several_processes_serve_the_same_files() {
    let folder = folder();
    let program = serving(&folder, &["--processes", "2"]);
    for _ in 0..8 {
        assert_eq!(program.get("/").1, "<h1>Hello</h1>");
    }
}
