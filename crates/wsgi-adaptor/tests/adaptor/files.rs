//! Files inside a root folder, and never outside it.

use std::{
    fs::{self, File},
    os::unix::fs::symlink,
    path::Path,
    time::{Duration, SystemTime},
};

use proptest::{collection, prelude::*, sample::select};
use tempfile::TempDir;
use wsgi_adaptor::{Adaptor, Request, Response};
use wsgi_testing::{Delimiter, Request as Call, Response as Answer};

/// A folder `outside` with a secret, and a folder `root` with files that may be served.
struct Folders(TempDir);

/// The pieces that random paths are made of.
const PIECES: &[&str] = &[
    "/", "%2F", "..", "%2e%2e", ".", "%00", "\\", "sub", "out", "outside", "root", "secret",
    "inside", "a.html", "too", "root-too", "%FF",
];

impl Folders {
    fn new() -> Self {
        let folders = Self(TempDir::new().expect("a folder"));
        let (root, outside) = (folders.root(), folders.path("outside"));
        for folder in [&root.join("sub"), &outside, &folders.path("root-too")] {
            fs::create_dir_all(folder).expect("a folder");
        }
        let write = |path: &Path, text: &str| fs::write(path, text).expect("a file");
        write(&root.join("a.html"), "<p>a</p>");
        // For some seconds after a change, no tag of a file matches.
        let file = File::options().write(true).open(root.join("a.html"));
        let hour_ago = SystemTime::now() - Duration::from_secs(3600);
        let modified = file.and_then(|file| file.set_modified(hour_ago));
        modified.expect("an older file");
        write(&root.join("sub/café.txt"), "b");
        write(&root.join("..odd"), "odd");
        write(&root.join("map.svgz"), "gzip");
        write(&outside.join("secret"), "secret");
        write(&folders.path("root-too/secret"), "secret");
        let link = |to: &Path, from: &str| symlink(to, root.join(from)).expect("a link");
        link(&outside, "out");
        link(&outside.join("secret"), "secret");
        link(&folders.path("root-too/secret"), "too");
        link(Path::new("../outside/secret"), "relative");
        link(Path::new("sub/café.txt"), "inside");
        link(Path::new("nowhere"), "dangling");
        folders
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.0.path().join(name)
    }

    fn root(&self) -> std::path::PathBuf {
        self.path("root")
    }

    fn get(&self, target: &str) -> Answer {
        let root = self.root();
        let file = move |request: &Request<'_>| Response::file(&root, request.relative_path());
        Call::get(target).call(&Adaptor::new().fallback(file))
    }
}

#[test]
fn files_inside_the_root_are_found() {
    let folders = Folders::new();
    let response = folders.get("/a.html");
    assert_eq!(response.text(), "<p>a</p>");
    let header = |name| response.headers().get(name).map(|value| value.to_string());
    assert_eq!(
        header("Content-Type").as_deref(),
        Some("text/html; charset=utf-8")
    );
    assert_eq!(header("X-Content-Type-Options").as_deref(), Some("nosniff"));
    assert!(httpdate::parse_http_date(&header("Last-Modified").expect("a date")).is_ok());
    assert_eq!(response.framing().delimiter, Delimiter::Length(8));

    for target in ["/sub/caf%C3%A9.txt", "/sub%2Fcaf%C3%A9.txt", "/inside"] {
        assert_eq!(folders.get(target).text(), "b", "{target}");
    }
    assert_eq!(folders.get("/..odd").text(), "odd");
}

#[test]
fn a_file_is_answered_to_conditions_and_ranges() {
    let folders = Folders::new();
    let root = folders.root();
    let app =
        Adaptor::new().fallback(move |request| Response::file(&root, request.relative_path()));
    let ask = |fields: &[(&str, &str)]| {
        let call = Call::get("/a.html");
        let call = fields
            .iter()
            .fold(call, |call, (name, value)| call.header(name, value));
        call.call(&app)
    };
    let whole = ask(&[]);
    let field = |answer: &Answer, name| answer.headers().get(name).map(|value| value.to_string());
    assert_eq!(field(&whole, "Accept-Ranges").as_deref(), Some("bytes"));
    let (etag, date) = (
        field(&whole, "ETag").unwrap(),
        field(&whole, "Last-Modified").unwrap(),
    );
    assert_eq!(ask(&[("If-None-Match", &etag)]).status().code(), 304);
    assert_eq!(ask(&[("If-Modified-Since", &date)]).status().code(), 304);
    assert_eq!(ask(&[("If-Match", "\"other\"")]).status().code(), 412);
    assert_eq!(ask(&[("Range", "bytes=99-")]).status().code(), 416);
    let part = ask(&[("Range", "bytes=3-3")]);
    assert_eq!((part.status().code(), part.text()), (206, "a"));
    assert_eq!(
        field(&part, "Content-Range").as_deref(),
        Some("bytes 3-3/8")
    );
}

#[test]
fn a_request_for_a_part_of_a_file_is_judged_once_after_the_hooks() {
    let folders = Folders::new();
    let root = folders.root();
    let seen = |_: &Request<'_>, response: Response| {
        let code = response.status().code().to_string();
        response.with_added_header("X-Seen", code)
    };
    let inner = Adaptor::new()
        .get("/file", move |_| Response::file(&root, "a.html"))
        .on_status(416, |_, error| format!("page of {}", error.status().code()))
        .after(seen);
    let app = Adaptor::new()
        .mount("/in", inner)
        .on_status(416, |_, _| "page of the outer one")
        .after(seen);
    let ask = |name, value: &str, accept| {
        let call = Call::get("/in/file").header("Accept", accept);
        call.header(name, value).call(&app)
    };
    let etag = ask("X", "", "*/*")
        .headers()
        .get("ETag")
        .unwrap()
        .to_string();
    for (name, value, code, text) in [
        ("X", "", 200, "<p>a</p>"),
        ("Range", "bytes=3-3", 206, "a"),
        ("If-None-Match", &*etag, 304, ""),
        ("If-Match", "\"other\"", 412, "412 Precondition Failed\n"),
        ("Range", "bytes=99-", 416, "page of 416"),
    ] {
        let answer = ask(name, value, "text/plain");
        assert_eq!(answer.status().code(), code);
        assert!(answer.headers().get_all("X-Seen").eq(["200", "200"]));
        assert_eq!(answer.text(), text);
    }
    let answer = ask("Range", "bytes=99-", "application/json");
    assert_eq!(
        answer.text(),
        "{\"title\":\"Range Not Satisfiable\",\"status\":416}\n"
    );
    assert_eq!(answer.headers().get("Content-Range").unwrap(), "bytes */8");
    assert!(!answer.headers().contains("ETag"));
}

#[test]
fn conditions_are_compared_with_what_the_last_hook_left() {
    let folders = Folders::new();
    let ask = |hook: fn(Response) -> Response, name, value| {
        let root = folders.root();
        let app = Adaptor::new()
            .get("/", move |_| Response::file(&root, "a.html"))
            .after(move |_, response| hook(response));
        Call::get("/").header(name, value).call(&app)
    };
    let tag: fn(Response) -> Response = |response| response.with_header("ETag", "\"mine\"");
    assert_eq!(ask(tag, "If-Match", "\"mine\"").status().code(), 200);
    assert_eq!(ask(tag, "If-None-Match", "\"mine\"").status().code(), 304);
    let whole = |response: Response| response.with_header("Accept-Ranges", "none");
    let answer = ask(whole, "Range", "bytes=0-1");
    assert_eq!(
        (answer.status().code(), answer.text()),
        (200, "<p>a</p>"),
        "{answer:?}"
    );
}

#[test]
fn a_file_that_a_hook_makes_an_error_is_whole_and_has_no_version() {
    let folders = Folders::new();
    let root = folders.root();
    let app = Adaptor::new()
        .get("/", move |_| Response::file(&root, "a.html"))
        .after(|_, response| response.with_status(404));
    for (name, value) in [("Range", "bytes=0-1"), ("If-None-Match", "*")] {
        let answer = Call::get("/").header(name, value).call(&app);
        assert_eq!((answer.status().code(), answer.text()), (404, "<p>a</p>"));
        for field in ["ETag", "Last-Modified", "Content-Range"] {
            assert!(!answer.headers().contains(field), "{field} for {name}");
        }
    }
}

#[test]
fn a_page_of_a_refused_request_for_a_file_that_fails_passes_no_hook_again() {
    let folders = Folders::new();
    let root = folders.root();
    let add = |_: &Request<'_>, response: Response| response.with_added_header("X-Hook", "1");
    let inner = Adaptor::new()
        .get("/file", move |_| Response::file(&root, "a.html"))
        .on_status(416, |_, _| Err::<Response, _>("no page"))
        .on_status(500, |_, _| "sorry")
        .after(add);
    let app = Adaptor::new().mount("/in", inner).after(add);
    let answer = Call::get("/in/file")
        .header("Range", "bytes=99-")
        .call(&app);
    assert_eq!((answer.status().code(), answer.text()), (500, "sorry"));
    assert!(!answer.headers().contains("X-Hook"));
}

#[test]
fn a_file_that_a_hook_or_an_early_answer_gives_is_sent_in_part() {
    let folders = Folders::new();
    let (root, other) = (folders.root(), folders.root());
    let app = Adaptor::new()
        .get("/hook", |_| "")
        .get("/early", move |_| {
            Err::<Response, _>(Response::file(&other, "a.html"))
        })
        .after(
            move |request, response| match &*request.path().to_string() {
                "/hook" => Response::file(&root, "a.html"),
                _ => response,
            },
        );
    for target in ["/hook", "/early"] {
        let answer = Call::get(target).header("Range", "bytes=3-3").call(&app);
        assert_eq!(
            (answer.status().code(), answer.text()),
            (206, "a"),
            "{target}"
        );
    }
}

#[test]
fn a_drawing_in_gzip_is_sent_as_one() {
    let folders = Folders::new();
    let response = folders.get("/map.svgz");
    let headers = response.headers();
    assert_eq!(headers.get("Content-Type").unwrap(), "image/svg+xml");
    assert_eq!(headers.get("Content-Encoding").unwrap(), "gzip");
    assert!(
        !folders
            .get("/a.html")
            .headers()
            .contains("Content-Encoding")
    );
}

/// The `Content-Disposition` of a download with this name.
#[track_caller]
fn check_download_as(name: &str, expected: &str) {
    let page = |name: String| move |_: &Request<'_>| Response::text("").download_as(&name);
    let app = Adaptor::new().get("/", page(name.to_owned()));
    let response = Call::get("/").call(&app);
    assert_eq!(response.status().code(), 200);
    let disposition = response.headers().get("Content-Disposition");
    assert_eq!(disposition.unwrap(), expected);
}

#[test]
fn a_download_has_its_name() {
    check_download_as("a.csv", "attachment; filename=\"a.csv\"");
    check_download_as("50% off.csv", "attachment; filename=\"50% off.csv\"");
    check_download_as("", "attachment");
}

#[test]
fn a_download_has_a_second_name_for_programs_that_would_misread_it() {
    for (name, substitute, escaped) in [
        ("€", "_", "%E2%82%AC"),
        ("\"\\ü.csv", "___.csv", "%22%5C%C3%BC.csv"),
        // Not all know that a backslash quotes.
        ("say \"hi\".txt", "say _hi_.txt", "say%20%22hi%22.txt"),
        ("1\\2.csv", "1_2.csv", "1%5C2.csv"),
        (
            "100% größer.csv",
            "100_ gr__er.csv",
            "100%25%20gr%C3%B6%C3%9Fer.csv",
        ),
        // Some browsers decode escapes in the first form.
        ("a%20b.csv", "a_20b.csv", "a%2520b.csv"),
        ("%4a'()*!", "_4a'()*!", "%254a%27%28%29%2A%21"),
    ] {
        let parameters = format!("filename=\"{substitute}\"; filename*=UTF-8''{escaped}");
        check_download_as(name, &format!("attachment; {parameters}"));
    }
    check_download_as("%a", "attachment; filename=\"%a\"");
    check_download_as("%4g%%", "attachment; filename=\"%4g%%\"");
}

#[test]
fn control_characters_in_the_name_of_a_download_are_replaced() {
    check_download_as("a\r\nb\0.csv", "attachment; filename=\"a__b_.csv\"");
    check_download_as("a\t\u{7f}", "attachment; filename=\"a__\"");
    check_download_as("a\u{85}b", "attachment; filename=\"a_b\"");
    let both = "attachment; filename=\"__\"; filename*=UTF-8''%E2%82%AC_";
    check_download_as("€\n", both);
}

#[test]
fn a_file_in_place_of_a_page_that_is_missing_has_no_version() {
    let folders = Folders::new();
    let (page, sorry) = (folders.root(), folders.root());
    let app = Adaptor::new()
        .fallback(move |_| Response::file(&page, "a.html").with_status(404))
        .get("/closed", |_| Response::of_status(503))
        .on_status(503, move |_, _| Response::file(&sorry, "a.html"));
    for (path, code) in [("/nowhere", 404), ("/closed", 503)] {
        let request = Call::get(path).header("If-None-Match", "*");
        let answer = request.header("Range", "bytes=0-1").call(&app);
        assert_eq!((answer.status().code(), answer.text()), (code, "<p>a</p>"));
        for name in ["ETag", "Last-Modified", "Accept-Ranges"] {
            assert!(!answer.headers().contains(name), "{name} of {path}");
        }
    }
}

#[test]
fn a_download_has_the_name_that_was_set_last() {
    let response = Response::text("").download_as("first").download_as("last");
    let fields = response.headers().get_all("Content-Disposition");
    assert!(fields.eq(["attachment; filename=\"last\""]));
}

#[test]
fn no_path_leads_out_of_the_root() {
    let folders = Folders::new();
    let absolute = folders.path("outside/secret");
    let absolute = absolute.to_str().expect("a path");
    for target in [
        "/../outside/secret",
        "/..%2Foutside%2Fsecret",
        "/%2e%2e/outside/secret",
        "/sub/../../outside/secret",
        "/sub/..%2f..%2foutside/secret",
        "/../root/a.html",
        "/out/secret",
        "/secret",
        "/too",
        "/relative",
        "/../root-too/secret",
        "/..",
        "/",
        "//",
        "/%2F",
        "/out",
        "/sub",
        "/sub/",
        "/a.html/",
        "/a.html%00",
        "/a.html%00.png",
        "/./a.html",
        "/dangling",
        "/nothing",
        "/a.html/b",
        "/..\\outside\\secret",
        &format!("/{absolute}"),
        &format!("/{}", absolute.replace('/', "%2F")),
        &format!("/{}", "a".repeat(5000)),
        &format!("/{}", "a/".repeat(5000)),
    ] {
        let response = folders.get(target);
        assert_eq!(response.status().code(), 404, "{target}");
        assert_eq!(response.text(), "404 Not Found\n", "{target}");
        assert_eq!(response.errors(), "", "{target}");
    }
}

#[test]
fn a_pipe_is_not_opened() {
    let folders = Folders::new();
    let pipe = folders.root().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.expect("mkfifo").success());
    assert_eq!(folders.get("/pipe").status().code(), 404);
}

#[test]
fn a_missing_root_is_a_failure() {
    let response = |_: &Request<'_>| Response::file("/no/such/root", "/a");
    let response = Call::get("/").call(&Adaptor::new().get("/", response));
    assert_eq!(response.status().code(), 500);
}

#[test]
fn no_random_path_leads_out() {
    let folders = Folders::new();
    proptest!(|(pieces in collection::vec(select(PIECES), 0..8))| {
        let response = folders.get(&format!("/{}", pieces.concat()));
        prop_assert!(matches!(response.status().code(), 200 | 404));
        prop_assert!(!response.text().contains("secret"), "{:?}", pieces);
    });
}
