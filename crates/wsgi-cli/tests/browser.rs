//! The demo in a browser: cookies that outlive it, and the forms that it sends.

#![cfg(unix)]

#[path = "support/browser.rs"]
mod browser;
#[path = "support/profile.rs"]
mod profile;
mod support;

/// Tests that need `chromium`.
mod chromium {
    use tempfile::TempDir;

    use crate::{browser::Browser, profile::Profile, support::Program};

    #[track_caller]
    fn check(page: &str, shown: &str) {
        assert!(page.contains(shown), "{shown} in {page}");
    }

    #[test]
    fn the_count_outlives_browser_and_server() {
        let (data, profile) = (TempDir::new().expect("a folder"), Profile::new());
        let data = data.path().to_str().expect("a path");
        for visits in 1..=2 {
            // Cookies belong to a host, whatever its port.
            let mut demo = Program::start_in(data, &["demo", "--bind=127.0.0.1:0"]);
            let page = profile.open(&format!("http://{}/visits", demo.address), &[]);
            check(&page, &format!("<p>Visits: {visits}</p>"));
            demo.signal("KILL");
            demo.wait();
        }
    }

    /// Chooses files in a form like that of the page, and sends it.
    const CHOOSE: &str = r#"
        document.body.innerHTML = `
            <form method="post" enctype="multipart/form-data" action="/upload">
            <textarea name='a "word"'>gr&uuml;&szlig;e
zwei</textarea>
            <input type="file" name="file" multiple>
            <input type="file" name="none">
            </form>`;
        const chosen = new DataTransfer();
        chosen.items.add(new File(["data"], 'Müller "Minka"\\;a=b.txt', {type: "text/plain"}));
        chosen.items.add(new File([new Uint8Array([0, 255, 13, 10])], "日本.bin"));
        document.querySelector("[name=file]").files = chosen.files;
        document.forms[0].submit();"#;

    #[test]
    fn files_arrive_with_their_names() {
        let (demo, browser) = (Program::demo(&[]), Browser::start());
        browser.open(&format!("http://{}/upload", demo.address));
        browser.run(CHOOSE);
        browser.wait_for("<h1>What arrived");
        let cells = "return [...document.querySelectorAll('tbody tr')]
            .map(row => [...row.cells].map(cell => cell.innerText.split('\\n')[0]))";
        let rows = browser.run(cells);
        let row = |index: usize| [0, 1, 2, 3].map(|cell: usize| rows[index][cell].as_str());
        let expect = |cells: [&'static str; 4]| cells.map(Some);
        // The browser sends a line end as two bytes.
        assert_eq!(row(0), expect(["a \"word\"", "–", "text/plain", "13"]));
        let name = "Müller \"Minka\"\\;a=b.txt";
        assert_eq!(row(1), expect(["file", name, "text/plain", "4"]));
        let octets = "application/octet-stream";
        assert_eq!(row(2), expect(["file", "日本.bin", octets, "4"]));
        // The form has a choice of files that is left empty, too.
        assert_eq!(rows.as_array().map(Vec::len), Some(3));
    }

    /// The pages of the demo, with a text that each shows.
    const PAGES: [(&str, &str); 14] = [
        ("/", "This site is a WSGI application"),
        ("/hello", "Hello world!"),
        ("/environ", "wsgi.version"),
        ("/echo", "<h1>What you send"),
        ("/visits", "Visits: "),
        ("/basket", "<h1>Your basket"),
        ("/guess", "<h1>Guess a number"),
        ("/upload", "<h1>Upload files"),
        ("/login", "Password: "),
        ("/events", "<output id=\"state\">open"),
        ("/files/", "<h1>Index of /files/</h1>"),
        ("/files/page.html", "<h1>Static files"),
        ("/files/pictures/gateway.svg", "<title>A gate"),
        ("/nothing", "This page does not exist."),
    ];

    #[test]
    fn a_page_of_the_files_shows_its_pictures_in_its_style() {
        let (demo, browser) = (Program::demo(&[]), Browser::start());
        browser.open(&format!("http://{}/files/", demo.address));
        browser.run("document.querySelector('a[href=\"page.html\"]').click()");
        browser.wait_for("<h1>Static files");
        browser.wait_until("return document.readyState == 'complete'");
        let widths = "return [...document.images].map(image => image.naturalWidth)";
        assert_eq!(browser.run(widths), serde_json::json!([320, 160]));
        let style = "return getComputedStyle(document.querySelector('figure')).display";
        assert_eq!(browser.run(style), "inline-block");
        let messages = browser.console();
        let is_of_files = |message: &&String| message.contains("/files/");
        let of_files: Vec<_> = messages.iter().filter(is_of_files).collect();
        assert!(of_files.is_empty(), "{of_files:?}");
    }

    #[test]
    fn no_page_violates_its_policy() {
        let (demo, browser) = (Program::demo(&[]), Browser::start());
        let is_violation = |message: &String| message.contains("Content Security Policy");
        for (path, text) in PAGES {
            browser.open(&format!("http://{}{path}", demo.address));
            browser.wait_for(text);
            let messages = browser.console();
            let violations: Vec<_> = messages.into_iter().filter(is_violation).collect();
            assert!(violations.is_empty(), "{path}: {violations:?}");
        }
        browser.open(&format!("http://{}/", demo.address));
        let color = |browser: &Browser| {
            let color = browser.run("return getComputedStyle(document.body).backgroundColor");
            color.as_str().expect("a colour").to_owned()
        };
        let before = color(&browser);
        // A style that was injected has no nonce.
        browser.run(
            "document.body.innerHTML += '<style>body { background: rgb(1, 2, 3) !important }</style>'",
        );
        assert_eq!(color(&browser), before);
        assert!(browser.console().iter().any(is_violation));
    }
}
