//! Conditional requests.

use wsgi::testing::Request;

use crate::support::{Temporary, header};

const TYPES: [&str; 4] = [
    "text/html",
    "application/xhtml+xml",
    "application/xml",
    "application/atom+xml",
];

#[test]
fn what_has_not_changed_is_not_sent_again() {
    let blog = Temporary::new();
    blog.put("/a", "x");
    for target in ["/", "/a", "/?q=x", "/?page=1"] {
        for accept in TYPES {
            let tag = blog.tag(target, accept);
            let get = |tag: &str| {
                let request = Request::get(target).header("Accept", accept);
                request.header("If-None-Match", tag).call(&blog)
            };
            for list in [&*tag, &format!("W/{tag}"), &format!("\"x\", {tag}"), "*"] {
                let response = get(list);
                assert_eq!(response.status().code(), 304, "{target} {accept}: {list}");
                assert_eq!(response.text(), "");
                assert_eq!(header(&response, "ETag"), tag);
                assert_eq!(header(&response, "Vary"), "Accept");
                assert_eq!(header(&response, "Cache-Control"), "no-cache");
            }
            assert_eq!(get("\"x\"").status().code(), 200);
        }
    }
}

#[test]
fn every_change_changes_the_tags() {
    let blog = Temporary::new();
    let tags = || {
        let of = |target| TYPES.map(|accept| blog.tag(target, accept));
        [of("/"), of("/a")].concat()
    };
    blog.put("/a", "x");
    let first = tags();
    let mut sorted = first.clone();
    sorted.sort();
    sorted.dedup();
    assert_eq!(
        sorted.len(),
        2 * TYPES.len(),
        "each representation has its own"
    );
    assert_eq!(tags(), first, "they stay the same");

    blog.put("/a", "x");
    let second = tags();
    assert!(
        first
            .iter()
            .zip(&second)
            .all(|(first, second)| first != second)
    );
    let list = blog.tag("/", "text/html");
    blog.put("/b", "y");
    assert_ne!(blog.tag("/", "text/html"), list, "an entry is new");
    Request::new("DELETE", "/b").call(&blog);
    assert_eq!(blog.tag("/", "text/html"), list, "all is as before");
}

#[test]
fn the_same_tag_means_the_same_bytes() {
    let blog = Temporary::new();
    blog.put("/a", "x");
    for target in ["/", "/a"] {
        for accept in TYPES {
            assert_eq!(blog.text(target, accept), blog.text(target, accept));
        }
    }
}

#[test]
fn of_two_writers_with_the_same_tag_one_is_told() {
    let blog = Temporary::new();
    blog.put("/a", "x");
    for accept in TYPES {
        let tag = blog.tag("/a", accept);
        let put = |text: &str| {
            let request = Request::new("PUT", "/a").header("If-Match", &tag);
            request.body(text).call(&blog).status().code()
        };
        assert_eq!(put("mine"), 200, "{accept}");
        assert_eq!(put("yours"), 412, "{accept}");
        assert!(blog.text("/a", "text/html").contains("mine"));
        let delete = Request::new("DELETE", "/a").header("If-Match", &tag);
        assert_eq!(delete.call(&blog).status().code(), 412);
    }
    let tag = blog.tag("/a", "application/xml");
    let delete = Request::new("DELETE", "/a").header("If-Match", &tag);
    assert_eq!(delete.call(&blog).status().code(), 204);
}

#[test]
fn conditions_on_what_exists() {
    let blog = Temporary::new();
    let put = |name: &str, value: &str| {
        let request = Request::new("PUT", "/a").header(name, value);
        request.body("x").call(&blog).status().code()
    };
    assert_eq!(put("If-Match", "*"), 412, "there is none to update");
    assert_eq!(put("If-Match", "\"x\""), 412);
    assert_eq!(put("If-None-Match", "*"), 201, "it is only created");
    assert_eq!(put("If-None-Match", "*"), 412);
    assert_eq!(put("If-Match", "*"), 200);
    let weak = format!("W/{}", blog.tag("/a", "text/html"));
    assert_eq!(put("If-Match", &weak), 412, "the comparison is strong");
    assert_eq!(put("If-Match", "nonsense"), 412);
    for accept in TYPES {
        assert_eq!(put("If-None-Match", &blog.tag("/a", accept)), 412);
    }
    assert_eq!(put("If-None-Match", "\"another\""), 200);
    assert_eq!(
        put("If-Unmodified-Since", "Sun, 06 Nov 1994 08:49:37 GMT"),
        200,
        "no date is known"
    );
}

#[test]
fn a_part_can_be_asked_for() {
    let blog = Temporary::new();
    blog.put("/a", "x");
    let whole = blog.text("/a", "application/xml");
    let part = Request::get("/a?type=xml")
        .header("Range", "bytes=0-4")
        .call(&blog);
    assert_eq!((part.status().code(), part.text()), (206, &whole[..5]));
}

#[test]
fn another_title_changes_the_tags() {
    let blog = Temporary::new();
    blog.put("/a", "x");
    let other = wsgi_blog::Blog::builder().title("Notes").open(&blog.folder);
    let response = Request::get("/a").call(&other.expect("a blog"));
    assert_ne!(header(&response, "ETag"), blog.tag("/a", "text/html"));
}

#[test]
fn both_conditions_must_hold() {
    let blog = Temporary::new();
    blog.put("/a", "x");
    let tags = TYPES.map(|accept| blog.tag("/a", accept));
    let put = |matches: &str, differs: &str| {
        let put = Request::new("PUT", "/a")
            .body("x")
            .header("If-Match", matches);
        put.header("If-None-Match", differs)
            .call(&blog)
            .status()
            .code()
    };
    assert_eq!(put(&tags[0], &tags[1]), 412);
    assert_eq!(put(&tags[0], &tags[0]), 412);
    assert_eq!(put("\"x\"", "\"x\""), 412);
    assert_eq!(put(&tags[0], "*"), 412);
    assert_eq!(put(&tags[0], "\"x\""), 200);
}
