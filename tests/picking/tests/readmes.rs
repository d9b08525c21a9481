//! The examples in READMEs, which are those of the tests.

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
        assert!(
            readme.contains(&listing),
            "the README lacks this:\n{listing}"
        );
    }
    assert_eq!(readme.matches("```rust,ignore\n").count(), sources.len());
}

macro_rules! readmes {
    ($($name:ident $package:literal $($source:literal)+;)+) => {
        $(
            #[test]
            fn $name() {
                let readme = include_str!(concat!("../../../crates/", $package, "/README.md"));
                check(readme, &[$(include_str!($source)),+]);
            }
        )+
    };
}

readmes! {
    that_of_headers_shows_axum "wsgi-headers" "axum/headers.rs";
    that_of_cookies_shows_axum_and_actix_web "wsgi-cookies"
        "axum/cookies.rs" "../../peers/pick-actix-web/tests/cookies.rs";
    that_of_sessions_shows_axum_and_actix_web "wsgi-sessions"
        "axum/sessions.rs" "../../peers/pick-actix-web/tests/sessions.rs";
    that_of_files_shows_axum "wsgi-files" "axum/files.rs";
    that_of_forms_shows_tiny_http "wsgi-forms" "tiny_http/forms.rs";
    that_of_the_file_wrapper_shows_tiny_http "wsgi-file-wrapper" "tiny_http/file_wrapper.rs";
    that_of_environ_shows_a_cgi_program "wsgi-environ" "environ.rs";
}
