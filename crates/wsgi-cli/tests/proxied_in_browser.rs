//! The demo in a browser, behind an application that passes requests on.

// The sockets of a process are counted in Linux's `/proc`.
#![cfg(target_os = "linux")]

#[path = "support/browser.rs"]
mod browser;
mod support;

/// Tests that need `chromium` and `chromedriver`.
mod chromium {
    mod chromedriver {
        use std::{
            fs::{self, File},
            mem, thread,
            time::Duration,
        };

        use serde_json::json;
        use tempfile::TempDir;
        use wsgi::{Mounts, proxy::Proxy, testing::LiveServer};

        use crate::{
            browser::Browser,
            support::{Program, eventually},
        };

        /// A demo that learns of the mount.
        fn demo() -> Program {
            Program::demo(&["--trust-proxy=127.0.0.1", "--trust-forwarded-prefix=yes"])
        }

        /// A server that has another at `/site`, and tells it so.
        fn front(program: &Program) -> LiveServer {
            let proxy = Proxy::new(&format!("http://{}", program.address)).expect("a URL");
            // A connection that is kept would count as one in use.
            let proxy = proxy.translate_paths(false).max_idle_connections(0);
            LiveServer::new(Mounts::new().mount("/site", proxy))
        }

        /// The number of sockets of a process.
        fn sockets(program: &Program) -> usize {
            let folder = format!("/proc/{}/fd", program.process.id());
            let descriptors = fs::read_dir(folder).expect("its descriptors");
            let places = descriptors.filter_map(|entry| fs::read_link(entry.ok()?.path()).ok());
            let is_socket =
                |place: &std::path::PathBuf| place.to_string_lossy().contains("socket:");
            places.filter(is_socket).count()
        }

        /// The number of sockets of a process that has just begun, once it does not change. A
        /// process sends its service manager READY=1 by a socket, and closes that a moment later.
        fn settled_sockets(program: &Program) -> usize {
            let mut number = sockets(program);
            let mut looks = 0;
            eventually("the sockets are settled", || {
                thread::sleep(Duration::from_millis(20));
                let before = mem::replace(&mut number, sockets(program));
                looks = if number == before { looks + 1 } else { 0 };
                looks == 20
            });
            number
        }

        #[test]
        fn cookies_and_redirects_lead_to_the_mount() {
            let (demo, browser) = (demo(), Browser::start());
            let front = front(&demo);
            for visits in 1..=3 {
                browser.open(&front.url("/site/visits"));
                browser.wait_for(&format!("Visits: {visits}"));
            }
            browser.open(&front.url("/site/basket"));
            browser.run("const form = document.forms[0]; form.item.value = 'tea'; form.submit();");
            browser.wait_for("<li>tea</li>");
            browser.open(&front.url("/site/login"));
            browser.run(
                "const form = document.forms[0];\
                form.user.value = 'demo'; form.password.value = 'demo'; form.submit();",
            );
            browser.wait_for("Signed in as demo");
            let place = browser.run("return location.href");
            let place = place.as_str().expect("a URL");
            assert!(place.starts_with(&front.url("/site/")), "{place}");
            browser.open(&front.url("/site/basket"));
            browser.wait_for("<li>tea</li>");
        }

        #[test]
        fn files_are_uploaded_and_downloaded_whole_and_in_ranges() {
            let (demo, browser) = (demo(), Browser::start());
            let front = front(&demo);
            browser.open(&front.url("/site/upload"));
            let sent = browser.run_async(
                "const done = arguments[0], form = new FormData();\
                form.append('file', new File([new Uint8Array(3000000)], 'Grüße.bin'));\
                fetch('upload', {method: 'POST', body: form})\
                    .then(async answer => done([answer.status, await answer.text()]), done);",
            );
            assert_eq!(sent[0], 200, "{sent}");
            let page = sent[1].as_str().expect("a page");
            assert!(
                page.contains("Grüße.bin") && page.contains("3000000"),
                "{page}"
            );

            let part = browser.run_async(
                "const done = arguments[0];\
                fetch('files/numbers.txt', {headers: {Range: 'bytes=800-815'}})\
                    .then(async answer => done([answer.status, await answer.text()]), done);",
            );
            assert_eq!(part, json!([206, "0000100\n0000101\n"]));

            let folder = TempDir::new().expect("a folder");
            browser.download_to(folder.path());
            browser.run(
                "const link = document.createElement('a');\
                link.href = 'files/numbers.txt'; link.download = 'saved.txt'; link.click();",
            );
            let saved = folder.path().join("saved.txt");
            let length = || fs::metadata(&saved).map_or(0, |file| file.len());
            eventually("the file is saved", || length() == 8_000_000);
        }

        #[test]
        fn a_download_that_is_aborted_frees_the_connection_behind() {
            let (demo, browser) = (demo(), Browser::start());
            check_aborted(&browser, &demo, ["hello", "events"]);
            let folder = TempDir::new().expect("a folder");
            fs::write(folder.path().join("hello.txt"), "Hello world!").expect("a file");
            // More than the buffers of all connections hold. It takes no place on the disk.
            let large = File::create(folder.path().join("large.bin")).expect("a file");
            large.set_len(500_000_000).expect("a length");
            let folder = folder.path().to_str().expect("a name in UTF-8");
            let files = Program::start(&["static", folder, "--bind=127.0.0.1:0"]);
            check_aborted(&browser, &files, ["hello.txt", "large.bin"]);
        }

        fn check_aborted(browser: &Browser, program: &Program, [page, path]: [&str; 2]) {
            let (front, before) = (front(program), settled_sockets(program));
            browser.open(&front.url(&format!("/site/{page}")));
            eventually("the page is over", || sockets(program) == before);
            browser.wait_for("Hello world!");
            let length = browser.run_async(&format!(
                "const done = arguments[0];\
                window.download = new AbortController();\
                fetch('{path}', {{signal: window.download.signal, \
                    headers: {{Accept: 'text/event-stream'}}}})\
                    .then(answer => answer.body.getReader().read())\
                    .then(block => done(block.value.length), done);"
            ));
            assert!(length.as_u64() > Some(0), "{length}");
            eventually("a connection is open", || sockets(program) > before);
            browser.run("window.download.abort()");
            eventually("the connection is closed", || sockets(program) == before);
        }
    }
}
