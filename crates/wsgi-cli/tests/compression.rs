//! Compressed pages of the demo, as clients see them.

#![cfg(unix)]

#[path = "support/browser.rs"]
mod browser;
mod support;

/// The codings that curl and this build know.
const CODINGS: &[&str] = &[
    "gzip",
    #[cfg(feature = "brotli")]
    "br",
    #[cfg(feature = "zstd")]
    "zstd",
];

mod curl {
    use std::{
        io::{BufRead, BufReader},
        process::{Command, Stdio},
    };

    use crate::{CODINGS, support::Program};

    /// Asks for a page in a coding, and decodes it.
    fn command(demo: &Program, path: &str, coding: &str) -> Command {
        let mut command = Command::new("curl");
        command
            .args(["--silent", "--show-error", "--include", "--no-buffer"])
            .args(["--max-time", "60", "--compressed"])
            .args(["--header", &format!("Accept-Encoding: {coding}")])
            .arg(format!("http://{}{path}", demo.address));
        command
    }

    #[test]
    fn pages_are_decoded() {
        let demo = Program::demo(&[]);
        let (_, plain) = demo.get("/events.js"); // pages have a nonce each
        for coding in CODINGS {
            let output = command(&demo, "/events.js", coding)
                .output()
                .expect("curl runs");
            let text = String::from_utf8(output.stdout).expect("text");
            let (head, body) = text.split_once("\r\n\r\n").expect("a head");
            let field = format!("\r\nContent-Encoding: {coding}\r\n");
            assert!(head.contains(&field), "{head}");
            assert!(head.contains("\r\nVary: Accept-Encoding"), "{head}");
            assert_eq!(body, plain, "{coding}");
        }
    }

    /// The stream never ends, so its events can only come at once.
    #[test]
    fn events_arrive_at_once() {
        let demo = Program::demo(&[]);
        for coding in CODINGS {
            let mut curl = command(&demo, "/events", coding)
                .args(["--header", "Accept: text/event-stream"])
                .stdout(Stdio::piped())
                .spawn()
                .expect("curl runs");
            let lines = BufReader::new(curl.stdout.take().expect("a pipe")).lines();
            let lines: Vec<_> = lines
                .map(|line| line.expect("a line"))
                .scan(0, |events, line| {
                    *events += usize::from(line.starts_with("event: tick"));
                    (*events < 3).then_some(line)
                })
                .collect();
            curl.kill().expect("curl ends");
            let status = curl.wait().expect("curl ends");
            assert!(
                status.code().is_none(),
                "{coding}: it waited for more: {lines:#?}"
            );
            let field = format!("Content-Encoding: {coding}");
            assert!(lines.contains(&field), "{coding}: {lines:#?}");
            let ticks = lines
                .iter()
                .filter(|line| line.starts_with("data: {\"time\""));
            assert!(ticks.count() >= 2, "{coding}: {lines:#?}");
        }
    }
}

mod python3 {
    use std::process::Command;

    use crate::support::Program;

    /// Decodes a page by the module `gzip`, which checks its sum.
    const SCRIPT: &str = "\
import gzip, sys, urllib.request
request = urllib.request.Request(sys.argv[1], headers={'Accept-Encoding': 'gzip'})
with urllib.request.urlopen(request) as response:
    assert response.headers['Content-Encoding'] == 'gzip'
    sys.stdout.buffer.write(gzip.decompress(response.read()))
";

    #[test]
    fn the_module_gzip_decodes_a_page() {
        let demo = Program::demo(&[]);
        let (_, plain) = demo.get("/events.js");
        let url = format!("http://{}/events.js", demo.address);
        let output = Command::new("python3").args(["-c", SCRIPT, &url]).output();
        let output = output.expect("python3 runs");
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        assert_eq!(String::from_utf8(output.stdout).expect("text"), plain);
    }
}

/// Tests that need `chromium` and `chromedriver`.
mod chromium {
    use crate::{browser::Browser, support::Program};

    /// The size of the page as it was sent, and as it is.
    const SIZES: &str = "const [page] = performance.getEntriesByType('navigation');\
                         return [page.encodedBodySize, page.decodedBodySize];";

    #[test]
    fn a_page_arrives_in_fewer_bytes() {
        let (demo, browser) = (Program::demo(&[]), Browser::start());
        let url = format!("http://{}/", demo.address);
        browser.open(&url);
        browser.wait_for("href=\"guess\"");
        let (_, plain) = demo.get_with("/", "Accept: text/html");
        let sizes = browser.run(SIZES);
        assert_eq!(sizes[1].as_u64(), Some(plain.len() as u64), "{sizes}");
        assert!(sizes[0].as_u64() < Some(plain.len() as u64 / 2), "{sizes}");
    }
}
