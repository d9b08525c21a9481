//! The listings in the chapters, which show parts of the programs.

use crate::chapter::chapters;

#[test]
fn every_listing_is_a_part_of_the_program_of_its_chapter() {
    for chapter in chapters() {
        let listings = chapter.blocks("rust,ignore");
        assert!(!listings.is_empty());
        for listing in listings {
            assert!(
                chapter.program.contains(listing),
                "not in the program:\n{listing}"
            );
        }
    }
}

#[test]
fn every_name_that_a_program_newly_uses_is_in_a_listing() {
    let mut before = "";
    for chapter in chapters() {
        let (uses, _) = chapter.program.split_once("\n\n///").unwrap_or_default();
        for line in uses.split_inclusive(";\n").map(str::trim) {
            let shown = || {
                chapter
                    .blocks("rust,ignore")
                    .iter()
                    .any(|part| part.contains(line))
            };
            assert!(
                before.contains(line) || shown(),
                "not in the chapter:\n{line}"
            );
        }
        before = chapter.program;
    }
}

#[test]
fn no_listing_is_outside_these_checks() {
    for chapter in chapters() {
        let fences = chapter
            .text
            .lines()
            .filter(|line| line.starts_with("```rust"));
        assert!(
            fences.eq(chapter
                .blocks("rust,ignore")
                .iter()
                .map(|_| "```rust,ignore"))
        );
    }
}

#[test]
fn the_files_in_the_chapters_are_those_of_the_tutorial() {
    let chapters = chapters();
    let shown = |language| {
        chapters
            .iter()
            .flat_map(move |chapter| chapter.blocks(language))
    };
    let style = include_str!("../../tutorial/static/style.css");
    assert!(shown("css").eq([style]));
    let users = include_str!("../../tutorial/users");
    assert!(shown("text").any(|text| text == users));
}

#[test]
fn the_configuration_of_nginx_is_the_one_that_is_tested() {
    let tested = include_str!("../../deployment/nginx.md").replace("hello", "board");
    let tested = tested.replace("unix:/run/board/board.sock", "127.0.0.1:8000");
    let https = "    listen 443 ssl;\n";
    let chapters = chapters();
    let mut blocks = chapters.iter().flat_map(|chapter| chapter.blocks("nginx"));
    let block = blocks.find(|block| block.contains(https)).unwrap();
    let (before, rest) = block.split_once(https).unwrap();
    let (certificate, after) = rest.split_once("    server_name").unwrap();
    assert!(tested.contains(&format!("{before}    listen 80;\n    server_name{after}")));
    assert!(tested.contains(&format!("{https}{certificate}")));
}
