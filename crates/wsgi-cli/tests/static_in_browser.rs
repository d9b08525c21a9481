//! The server for files in a browser: links of listings, downloads, and seeking.

#![cfg(unix)]

#[path = "support/browser.rs"]
mod browser;
mod support;

/// Tests that need `chromium`.
mod chromium {
    use std::{collections::BTreeSet, fs, path::Path};

    use serde_json::{Value, json};
    use tempfile::TempDir;
    use wsgi_tests::{PATIENCE, eventually};

    use crate::{browser::Browser, support::Program};

    /// Names whose characters mean something in URLs, HTML, JSON, shells or paths.
    const NAMES: [&str; 16] = [
        "#anchor",
        "what?now=1",
        "100%",
        "%41%2e%2e",
        "a&amp;b",
        "\"double\" 'single'",
        " a  b ",
        "Grüße",
        "日本",
        "😀👩‍🚀",
        "-rf",
        "back\\slash",
        "<b>bold<",
        "javascript:alert(1)",
        "a;b=c,d+e",
        "..x",
    ];

    fn serving(folder: &TempDir, arguments: &[&str]) -> Program {
        let folder = folder.path().to_str().expect("a name in UTF-8");
        let usual = [
            "static",
            folder,
            "--bind=127.0.0.1:0",
            "--listing",
            "--dotfiles",
        ];
        Program::start(&[&usual, arguments].concat())
    }

    /// A folder whose files contain their names.
    fn folder(extension: &str) -> TempDir {
        let folder = TempDir::new().expect("a folder");
        for name in NAMES {
            let path = folder.path().join(format!("{name}{extension}"));
            fs::write(path, name).expect("a file");
        }
        folder
    }

    /// Follows the link of a listing that shows this name.
    #[track_caller]
    fn follow(browser: &Browser, name: &str) {
        browser.run(&format!(
            "[...document.links].find(link => link.textContent == {}).click()",
            Value::from(name)
        ));
    }

    #[test]
    fn a_link_of_a_listing_leads_to_its_file_and_back() {
        let folder = folder(".txt");
        fs::create_dir(folder.path().join("a folder#?")).expect("a folder");
        fs::write(folder.path().join("a folder#?/index.html"), "<p>index").expect("a file");
        let (program, browser) = (serving(&folder, &[]), Browser::start());
        browser.open(&format!("http://{}/?sort=size&order=desc", program.address));
        let order = "return [...document.links].map(link => link.textContent).join('\\n')";
        let before = browser.run(order);
        let listing = "return document.querySelector('th[aria-sort=descending]') != null";
        for name in NAMES {
            follow(&browser, &format!("{name}.txt"));
            let text = Value::from(name);
            browser.wait_until(&format!("return document.body.textContent == {text}"));
            browser.run("history.back()");
            browser.wait_until(listing);
        }
        follow(&browser, "a folder#?/");
        browser.wait_for("<p>index");
        browser.run("history.back()");
        browser.wait_until(listing);
        assert_eq!(browser.run(order), before);
        let messages = browser.console();
        let is_ours = |message: &&String| !message.contains("favicon.ico");
        assert_eq!(messages.iter().find(is_ours), None);
    }

    #[test]
    fn files_with_odd_names_are_downloaded() {
        let (folder, target) = (folder(".bin"), TempDir::new().expect("a folder"));
        let (program, browser) = (serving(&folder, &[]), Browser::start());
        browser.download_to(target.path());
        browser.open(&format!("http://{}/", program.address));
        for name in NAMES {
            follow(&browser, &format!("{name}.bin"));
            // The browser changes names that its system would not like.
            let is_saved = || contents(target.path()).contains(name).then_some(());
            assert!(eventually(PATIENCE, is_saved).is_some(), "{name}");
        }
    }

    /// The contents of the files of a folder.
    fn contents(folder: &Path) -> BTreeSet<String> {
        let entries = fs::read_dir(folder).expect("a folder");
        let entries = entries.filter_map(|entry| fs::read_to_string(entry.ok()?.path()).ok());
        entries.collect()
    }

    /// The seconds of a sound.
    const LENGTH: u32 = 1800;

    /// A sound without a sound: 8,000 samples of a byte a second.
    fn wav() -> Vec<u8> {
        const RATE: u32 = 8000;
        let size = LENGTH * RATE;
        let mut bytes = Vec::new();
        bytes.extend(b"RIFF");
        bytes.extend((size + 36).to_le_bytes());
        bytes.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
        bytes.extend(RATE.to_le_bytes());
        bytes.extend(RATE.to_le_bytes());
        bytes.extend(b"\x01\0\x08\0data");
        bytes.extend(size.to_le_bytes());
        bytes.resize(bytes.len() + size as usize, 0x80);
        bytes
    }

    #[test]
    fn a_player_seeks_by_ranges() {
        let folder = TempDir::new().expect("a folder");
        let log = TempDir::new().expect("a folder");
        let log = log.path().join("log");
        let page = "<!DOCTYPE html><audio src='long.wav' preload='metadata'></audio>";
        fs::write(folder.path().join("page.html"), page).expect("a file");
        fs::write(folder.path().join("long.wav"), wav()).expect("a file");
        let access_log = format!("--access-log={}", log.display());
        let options = [&*access_log, "--access-log-format=json"];
        let (program, browser) = (serving(&folder, &options), Browser::start());
        browser.open(&format!("http://{}/page.html", program.address));
        let player = "const player = document.querySelector('audio');";
        let is_known = "return player.readyState >= 1 && player.seekable.length == 1";
        browser.wait_until(&format!("{player} {is_known}"));
        let lengths = format!("{player} return [player.duration, player.seekable.end(0)]");
        assert_eq!(browser.run(&lengths), json!([LENGTH, LENGTH]));
        browser.run(&format!("{player} player.currentTime = 1700"));
        let is_there = "return !player.seeking && player.currentTime == 1700";
        browser.wait_until(&format!("{player} {is_there} && player.readyState >= 2"));
        // A line is written when its response has ended.
        browser.open("about:blank");
        let parts = || {
            let text = fs::read_to_string(&log).unwrap_or_default();
            let lines = text
                .lines()
                .map_while(|line| serde_json::from_str(line).ok());
            let parts =
                lines.filter(|line: &Value| line["target"] == "/long.wav" && line["status"] == 206);
            (parts.count() >= 2).then_some(())
        };
        assert!(
            eventually(PATIENCE, parts).is_some(),
            "a part for each place"
        );
    }
}
