//! The publisher: which application answers to which name.

use wsgi_application::Status;
use wsgi_middleware::{Mounts, Publisher};
use wsgi_testing::Request;

use crate::named::{Answered, named};

fn publisher() -> Publisher {
    Publisher::new()
        .publish("blog", named("blog"))
        .publish("blog.v2", named("blog.v2"))
        .publish("caf\u{e9}", named("café"))
        .fallback(named("fallback"))
}

#[track_caller]
fn check(
    publisher: &Publisher,
    (script_name, path_info): (&str, &str),
    name: &str,
    (new_script_name, new_path_info): (&str, &str),
) {
    let request = Request::get("/")
        .variable("SCRIPT_NAME", script_name)
        .variable("PATH_INFO", path_info);
    let response = request.call(publisher);
    let environ = response.environ();
    let answered = environ.extension::<Answered>();
    assert_eq!(answered.map(|answered| answered.0), Some(name));
    assert_eq!(environ.script_name(), new_script_name);
    assert_eq!(environ.path_info(), new_path_info);
}

/// Checks an application that does not change the path.
#[track_caller]
fn check_kept(publisher: &Publisher, script_name: &str, path_info: &str, name: &str) {
    let path = (script_name, path_info);
    check(publisher, path, name, path);
}

#[test]
fn the_first_segment_of_the_path_is_a_name() {
    let publisher = publisher();
    check(&publisher, ("", "/blog"), "blog", ("/blog", ""));
    check(&publisher, ("", "/blog/"), "blog", ("/blog", "/"));
    check(&publisher, ("", "/blog/a/b"), "blog", ("/blog", "/a/b"));
    check(
        &publisher,
        ("/x", "/caf\u{e9}/y"),
        "café",
        ("/x/caf\u{e9}", "/y"),
    );
    check(
        &publisher,
        ("", "/blog.v2/x"),
        "blog.v2",
        ("/blog.v2", "/x"),
    );
    for path in ["", "/", "//blog", "/blogs", "/blog.cgi", "/a/b", "blog"] {
        check_kept(&publisher, "", path, "fallback");
    }
}

#[test]
fn the_last_segment_of_the_script_is_a_name() {
    let publisher = publisher();
    check_kept(&publisher, "/cgi-bin/blog", "/caf\u{e9}", "blog");
    check_kept(&publisher, "/cgi-bin/blog.cgi", "", "blog");
    check_kept(&publisher, "/blog.v2", "/x", "blog.v2");
    check_kept(&publisher, "/blog.v2.fcgi", "/x", "blog.v2");
    check_kept(&publisher, "/blog.v2.b.fcgi", "/x", "fallback");
    for script in ["/cgi-bin/site", "/cgi-bin/", "/blog/", "/.blog", "/.cgi"] {
        check_kept(&publisher, script, "/x", "fallback");
        check(
            &publisher,
            (script, "/blog/x"),
            "blog",
            (&format!("{script}/blog"), "/x"),
        );
    }
}

#[test]
fn the_name_of_the_program_alone_decides() {
    for program in ["blog", "/usr/bin/blog", "./blog.cgi", "x/../blog"] {
        let publisher = publisher().program(program);
        check_kept(&publisher, "", "/caf\u{e9}/y", "blog");
        check_kept(&publisher, "/cgi-bin/blog.v2", "", "blog");
    }
    for program in ["", "/", "/blog/..", "site", "target/debug/publish"] {
        let publisher = publisher().program(program);
        check_kept(&publisher, "/cgi-bin/blog.v2", "", "blog.v2");
        check(&publisher, ("", "/blog/x"), "blog", ("/blog", "/x"));
    }
}

#[test]
fn a_later_application_replaces_one_of_the_same_name() {
    let publisher = publisher().publish("blog", named("new"));
    check(&publisher, ("", "/blog/x"), "new", ("/blog", "/x"));
    let names = r#"Publisher ["blog", "blog.v2", "café"]"#;
    assert_eq!(format!("{publisher:?}"), names);
}

#[test]
fn a_name_that_no_request_has_is_refused() {
    for name in [
        "",
        "a/b",
        "/a",
        "caf%C3%A9",
        "a?b=c",
        ":name",
        "{name}",
        "*",
    ] {
        let publish = || Publisher::new().publish(name, named("never"));
        assert!(std::panic::catch_unwind(publish).is_err(), "{name:?}");
    }
}

#[test]
fn without_published_applications_nothing_is_found() {
    let response = Request::get("/blog").call(&Publisher::default());
    assert_eq!(response.status(), &Status::NOT_FOUND);
}

#[test]
fn publishers_and_mounts_can_be_nested() {
    let site = Mounts::new().mount("/apps", publisher());
    let response = Request::get("/apps/blog/x").call(&site);
    assert_eq!(response.environ().script_name(), "/apps/blog");
    assert_eq!(response.environ().path_info(), "/x");
}
