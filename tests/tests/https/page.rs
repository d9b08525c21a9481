//! The code on the page is that of the tests.

use wsgi_tests::fronts::Snippet;

#[test]
fn the_program_on_the_page_is_the_tested_one() {
    let [program] = Snippet::all_below("The program with TLS")
        .try_into()
        .expect("one block");
    let tested = include_str!("../../src/bin/https.rs");
    let (_, tested) = tested.split_once("\n\nuse ").expect("imports");
    assert_eq!(program.to_string(), format!("use {tested}"));
}
