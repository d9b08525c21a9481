//! Tests that need `curl`.

use std::{fs, path::Path, process::Command};

use tempfile::TempDir;

use crate::{client::demo, support::Program};

/// The whole response.
fn curl(program: &Program, path: &str, arguments: &[&str]) -> String {
    let url = format!("http://{}/blog/{path}", program.address);
    let output = Command::new("curl")
        .args(["--silent", "--show-error", "--include", "--globoff", &url])
        .args(arguments)
        .output()
        .expect("curl runs");
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).expect("text")
}

#[track_caller]
fn check(response: &str, status: &str) {
    let line = format!("HTTP/1.1 {status}\r\n");
    // curl asks whether it may go on before it sends a long body.
    let response = response.trim_start_matches("HTTP/1.1 100 Continue\r\n\r\n");
    assert!(response.starts_with(&line), "{status}: {response}");
}

#[test]
fn a_blog_can_be_written_with_curl() {
    let folder = TempDir::new().expect("a folder");
    let (program, file) = (demo(&folder, &[]), folder.path().join("text"));
    fs::write(&file, "Tea & <biscuits>\n").expect("a write");
    let file = file.to_str().expect("a path");
    let ask = |path: &str, arguments: &[&str]| curl(&program, path, arguments);

    let created = ask("Afternoon%20tea", &["--upload-file", file]);
    check(&created, "201 Created");
    assert!(
        created.contains("\r\nLocation: /blog/Afternoon%20tea\r\n"),
        "{created}"
    );
    let chunked = [
        "--header",
        "Transfer-Encoding: chunked",
        "--upload-file",
        file,
    ];
    check(&ask("Afternoon%20tea", &chunked), "200 OK");
    check(
        &ask("Nothing", &["--request", "PUT"]),
        "411 Length Required",
    );
    check(
        &ask("", &["--request", "PUT", "--data", "x"]),
        "400 Bad Request",
    );
    // curl calls this a form.
    let data = ["--request", "PUT", "--data", "tea = leaves & water"];
    check(&ask("Recipe", &data), "201 Created");
    let recipe = ask("Recipe?type=xml", &[]);
    assert!(
        recipe.contains("<text>tea = leaves &amp; water</text>"),
        "{recipe}"
    );
    let parts = ["--request", "PUT", "--form", "text=tea"];
    check(&ask("Recipe", &parts), "415 Unsupported Media Type");
    check(&ask("Recipe", &["--request", "DELETE"]), "204 Deleted");
    check(&ask("none", &["--request", "DELETE"]), "404 Not Found");

    let feed = ask("", &["--header", "Accept: application/atom+xml"]);
    check(&feed, "200 OK");
    assert!(
        feed.contains("Tea &amp; &lt;biscuits&gt;\n</content>"),
        "{feed}"
    );
    check(
        &ask("", &["--header", "Accept: image/png"]),
        "406 Not Acceptable",
    );

    let (_, tag) = feed.split_once("\r\nETag: ").expect("a tag");
    let known = format!(
        "If-None-Match: {}",
        tag.split('\r').next().unwrap_or_default()
    );
    check(
        &ask("?type=atom", &["--header", &known]),
        "304 Not Modified",
    );

    let search = [
        "--request",
        "QUERY",
        "--data",
        "BISCUITS",
        "--header",
        "Accept: application/xml",
    ];
    let plain = ["--header", "Content-Type: text/plain"];
    let found = ask("", &[&search[..], &plain].concat());
    check(&found, "200 OK");
    assert!(found.contains("<name>Afternoon tea</name>"), "{found}");
    check(&ask("", &search), "415 Unsupported Media Type");

    let foreign = [
        "--request",
        "DELETE",
        "--header",
        "Origin: http://evil.example",
    ];
    check(&ask("Afternoon%20tea", &foreign), "403 Forbidden");
    check(
        &ask("Afternoon%20tea", &["--request", "DELETE"]),
        "204 Deleted",
    );
    check(&ask("Afternoon%20tea", &[]), "404 Not Found");
}

/// `--path-as-is` lets curl send what other clients remove.
#[test]
fn no_path_leads_out_of_the_folder() {
    let folder = TempDir::new().expect("a folder");
    let program = demo(&folder, &[]);
    for path in ["..", "../x", "..%2f..%2fx", "%2e%2e/x", "a/../../x", "%00"] {
        let put = [
            "--path-as-is",
            "--request",
            "PUT",
            "--data",
            "x",
            "--header",
            "Content-Type:",
        ];
        let response = curl(&program, path, &put);
        assert!(response.starts_with("HTTP/1.1 4"), "{path}: {response}");
    }
    let names = |folder: &Path| {
        let files = fs::read_dir(folder).expect("a folder");
        let names = files.map(|file| file.expect("a file").file_name());
        names.collect::<Vec<_>>()
    };
    assert_eq!(names(folder.path()), ["entries"]);
    assert_eq!(names(&folder.path().join("entries")), ["blog"]);
}
