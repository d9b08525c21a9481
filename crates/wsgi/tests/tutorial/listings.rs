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
