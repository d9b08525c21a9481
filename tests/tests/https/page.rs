//! The code on the page is that of the tests.

use wsgi_tests::fronts::Snippet;

/// Asserts that the block below a heading is a program, from its imports on.
#[track_caller]
fn check(heading: &str, program: &str) {
    let block = Snippet::all_below(heading).pop().expect("a block");
    let (_, program) = program.split_once("\n\nuse ").expect("imports");
    assert_eq!(block.to_string(), format!("use {program}"));
}

#[test]
fn the_programs_on_the_page_are_the_tested_ones() {
    check(
        "The program with TLS",
        include_str!("../../src/bin/https.rs"),
    );
    check(
        "A certificate without certbot",
        include_str!("../../src/bin/acme.rs"),
    );
}
