//! The examples in READMEs and other pages, which are those of the tests.

/// The example in the source of a test: everything between its own imports and its tests.
fn example(source: &str) -> &str {
    let (head, example) = match source.split_once("use crate::") {
        Some((_, rest)) => rest.split_once("\n\n").unwrap(),
        None => source.split_once("\n\n").unwrap(),
    };
    assert!(!head.contains("fn "), "{head}");
    let tests = ["\n#[test]", "\n#[cfg(test)]"].map(|start| example.find(start));
    let end = tests.into_iter().flatten().min().unwrap();
    &example[..end]
}

#[track_caller]
fn check(readme: &str, sources: &[&str]) {
    for source in sources {
        let listing = format!("```rust,ignore\n{}```\n", example(source));
        assert!(readme.contains(&listing), "the page lacks this:\n{listing}");
    }
    assert_eq!(readme.matches("```rust,ignore\n").count(), sources.len());
}

macro_rules! readmes {
    ($($name:ident $file:literal $($source:literal)+;)+) => {
        $(
            #[test]
            fn $name() {
                let readme = include_str!(concat!("../../../crates/", $file));
                check(readme, &[$(include_str!($source)),+]);
            }
        )+
    };
}

readmes! {
    that_of_headers_shows_axum "wsgi-headers/README.md" "axum/headers.rs";
    that_of_cookies_shows_axum_and_actix_web "wsgi-cookies/README.md"
        "axum/cookies.rs" "../../peers/pick-actix-web/tests/cookies.rs";
    that_of_sessions_shows_axum_and_actix_web "wsgi-sessions/README.md"
        "axum/sessions.rs" "../../peers/pick-actix-web/tests/sessions.rs";
    that_of_files_shows_axum "wsgi-files/README.md" "axum/files.rs";
    that_of_forms_shows_tiny_http "wsgi-forms/README.md" "tiny_http/forms.rs";
    that_of_the_file_wrapper_shows_tiny_http "wsgi-file-wrapper/README.md" "tiny_http/file_wrapper.rs";
    the_page_for_others_shows_tiny_http_and_axum "wsgi/coming-from/rust.md"
        "tiny_http/hello.rs" "axum/greet.rs";
    that_of_environ_shows_a_cgi_program "wsgi-environ/README.md" "environ.rs";
}
