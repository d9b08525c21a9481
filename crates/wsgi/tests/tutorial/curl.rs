//! The commands of the chapters, which must print what the chapters show.

use std::process::Command;

use wsgi::testing::LiveServer;

use crate::chapter::{Chapter, chapters};

/// The address in the chapters.
const ADDRESS: &str = "127.0.0.1:8000";

#[test]
fn every_command_prints_what_its_chapter_shows() {
    for chapter in chapters() {
        check(&chapter);
    }
}

/// Runs the commands of a chapter one after the other, in a folder of their own.
fn check(chapter: &Chapter) {
    let blocks = chapter.blocks("console");
    let folder = tempfile::tempdir().unwrap();
    let server = LiveServer::new((chapter.site)(folder.path()));
    let address = server.address().to_string();
    for (command, output) in blocks.iter().flat_map(commands) {
        let here = command.replace(ADDRESS, &address);
        let script = here.replace("curl ", "curl --disable --silent --show-error ");
        let mut shell = Command::new("sh");
        let ran = shell.arg("-c").arg(script).current_dir(&folder).output();
        let ran = ran.unwrap();
        let printed = String::from_utf8(ran.stdout)
            .unwrap()
            .replace(&address, ADDRESS);
        let errors = String::from_utf8_lossy(&ran.stderr);
        assert_eq!(stable(&printed), stable(output), "{command}\n{errors}");
    }
}

/// The commands of a block that call `curl`, each with its output.
fn commands<'a>(block: &&'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
    let pieces = block.strip_prefix("$ ").expect("a prompt").split("\n$ ");
    let pairs = pieces.map(|piece| piece.split_once('\n').unwrap_or((piece, "")));
    pairs.filter(|(command, _)| command.starts_with("curl "))
}

/// Text without what changes from run to run: line ends of HTTP, the date, the version, and ids.
fn stable(text: &str) -> String {
    let lines = text.trim_end().lines();
    let lines = lines.map(|line| match line.split_once(": ") {
        Some((name @ ("Date" | "Server" | "X-Request-ID"), _)) => name,
        _ => line,
    });
    lines.collect::<Vec<_>>().join("\n")
}
