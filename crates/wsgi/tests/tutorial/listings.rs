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
