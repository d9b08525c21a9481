//! Mounts: which application answers, and its path variables.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use wsgi_application::Status;
use wsgi_middleware::Mounts;
use wsgi_testing::{Request, Response};

use crate::named::{Answered, named};

fn site() -> Mounts {
    Mounts::new()
        .mount("/", named("root"))
        .mount("/app", named("app"))
        .mount("/app/admin/", named("admin"))
        .mount("caf\u{e9}", named("café"))
        .mount(b"/\xff", named("bytes"))
}

#[track_caller]
fn check_response(response: &Response, name: &str, script_name: &str, path_info: &str) {
    let environ = response.environ();
    assert_eq!(
        environ.extension::<Answered>().map(|answered| answered.0),
        Some(name)
    );
    assert_eq!(environ.script_name(), script_name);
    assert_eq!(environ.path_info(), path_info);
}

#[track_caller]
fn check(target: &str, name: &str, script_name: &str, path_info: &str) {
    check_response(
        &Request::get(target).call(&site()),
        name,
        script_name,
        path_info,
    );
}

#[test]
fn the_longest_prefix_that_ends_with_a_segment_wins() {
    check("/app", "app", "/app", "");
    check("/app/", "app", "/app", "/");
    check("/app/x", "app", "/app", "/x");
    check("/app/admin", "admin", "/app/admin", "");
    check("/app/admin/x/y", "admin", "/app/admin", "/x/y");
    check("/app/administrator", "app", "/app", "/administrator");
}

#[test]
fn the_root_gets_all_other_paths() {
    check("/", "root", "", "/");
    check("/apple", "root", "", "/apple");
    check("/APP", "root", "", "/APP");
    check("//app", "root", "", "//app");
}

#[test]
fn paths_are_compared_decoded_and_as_bytes() {
    check("/caf%C3%A9/menu", "café", "/café", "/menu");
    check("/%61pp%2Fx", "app", "/app", "/x");
    let response = Request::get("/%FF/x").call(&site());
    assert_eq!(response.environ().script_name(), b"/\xff");
    assert_eq!(response.environ().path_info(), "/x");
}

#[test]
fn a_script_name_from_outside_is_kept_and_extended() {
    let request = Request::get("/app/x").variable("SCRIPT_NAME", "/outside");
    check_response(&request.call(&site()), "app", "/outside/app", "/x");
    let request = Request::get("/").variable("SCRIPT_NAME", "/outside");
    check_response(&request.call(&site()), "root", "/outside", "/");
}

#[test]
fn mounts_can_be_mounted_in_mounts() {
    let outer = Mounts::new().mount("/site", site());
    check_response(&Request::get("/site").call(&outer), "root", "/site", "");
    check_response(
        &Request::get("/site/app/x").call(&outer),
        "app",
        "/site/app",
        "/x",
    );
}

#[test]
fn the_request_uri_stays_whole() {
    let response = Request::get("/app/x?y").call(&site());
    assert_eq!(response.environ().get("REQUEST_URI").unwrap(), "/app/x?y");
}

#[test]
fn an_empty_path_belongs_to_the_root() {
    let response = Request::new("OPTIONS", "*").call(&site());
    check_response(&response, "root", "", "");
}

#[test]
fn a_later_mount_replaces_one_at_the_same_prefix() {
    let site = Mounts::new()
        .mount("/app", named("first"))
        .mount("app//", named("second"));
    check_response(&Request::get("/app").call(&site), "second", "/app", "");
}

#[test]
fn the_fallback_gets_an_unchanged_environ() {
    let site = Mounts::new()
        .mount("/app", named("app"))
        .fallback(named("fallback"));
    check_response(
        &Request::get("/apple").call(&site),
        "fallback",
        "",
        "/apple",
    );
    let pathless = Request::get("/").variable("PATH_INFO", "app");
    check_response(&pathless.call(&site), "fallback", "", "app");
}

#[track_caller]
fn check_refused(prefix: &[u8], reason: &str) {
    let mount = || Mounts::new().mount(prefix, named("never"));
    let panic = std::panic::catch_unwind(mount).map(drop).unwrap_err();
    let message: &String = panic.downcast_ref().expect("a message");
    assert!(message.ends_with(reason), "{message}");
}

#[test]
fn a_prefix_with_which_no_path_begins_is_refused() {
    for pattern in [
        "/a/*",
        "a/*",
        "/a/**",
        "/a/*rest",
        "/a/{id}",
        "/a/:id",
        "/a/<int:id>/b",
    ] {
        let below = &pattern[..pattern.rfind("a/").unwrap() + 1];
        let reason = format!("no parameters; {below:?} matches all paths below it");
        check_refused(pattern.as_bytes(), &reason);
    }
    check_refused(b"/*", "no parameters; \"/\" matches all paths below it");
    check_refused(b"*", "no parameters; \"/\" matches all paths below it");
    check_refused(b"/app*", "no parameters; \"/\" matches all paths below it");
    check_refused(b"http://a/", "`Hosts` chooses by host");
    check_refused(b"/a?b=c", "a query is not a part of a path");
    check_refused(b"/caf%C3%A9", "so it has no percent-encoding");
    let reason =
        r#"the prefix "/\xff/*": a prefix has no parameters; "/\xff" matches all paths below it"#;
    check_refused(b"/\xff/*", reason);
}

#[test]
fn a_prefix_may_have_signs_of_patterns_within_segments() {
    for prefix in [
        "/a:b", "/100%", "/:", "/a<b>", "/a{b}c", "/~ada", "/C#", "/what?", "/@:user", "/:8080",
    ] {
        let site = Mounts::new().mount(prefix, named("app"));
        let response = Request::get("/").variable("PATH_INFO", prefix).call(&site);
        check_response(&response, "app", prefix, "");
    }
}

#[test]
fn without_mounts_nothing_is_found() {
    let response = Request::get("/").call(&Mounts::new());
    assert_eq!(response.status(), &Status::NOT_FOUND);
    assert_eq!(
        response.headers().get("Content-Type").unwrap(),
        "text/plain"
    );
    assert_eq!(response.text(), "404 Not Found\n");
}

const NAMES: [&str; 6] = ["0", "1", "2", "3", "4", "5"];

/// Paths of segments that are easily confused.
fn path() -> impl Strategy<Value = Vec<&'static str>> {
    vec(select(&["", "a", "ab", "b", "."][..]), 0..5)
}

fn joined(segments: &[&str]) -> String {
    segments.iter().flat_map(|segment| ["/", segment]).collect()
}

/// The model: of the mounts with whose segments the path begins, the longest, and of equal ones the
/// last.
fn expected(mounts: &[Vec<&str>], path: &[&str]) -> Option<usize> {
    let matching = mounts
        .iter()
        .enumerate()
        .filter(|(_, mount)| path.starts_with(mount));
    matching
        .max_by_key(|(_, mount)| mount.len())
        .map(|(index, _)| index)
}

proptest! {
    #[test]
    fn the_chosen_mount_is_that_of_the_model(
        mut mounts in vec(path(), 0..NAMES.len()),
        path in path(),
    ) {
        let mut site = Mounts::new().fallback(named("fallback"));
        for (segments, name) in mounts.iter_mut().zip(NAMES) {
            site = site.mount(joined(segments), named(name));
            while segments.last() == Some(&"") {
                segments.pop(); // as slashes at the end are ignored
            }
        }
        let whole = joined(&path);
        let response = Request::get("/").variable("PATH_INFO", &whole).call(&site);

        let environ = response.environ();
        let found = expected(&mounts, &path);
        let name = found.map_or("fallback", |index| NAMES[index]);
        prop_assert_eq!(environ.extension::<Answered>().map(|answered| answered.0), Some(name));
        let mount = found.map_or(String::new(), |index| joined(&mounts[index]));
        prop_assert_eq!(environ.script_name(), mount.as_str());
        prop_assert_eq!(environ.path_info(), &whole[mount.len()..]);
    }
}
