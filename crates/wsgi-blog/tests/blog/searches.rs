//! Searches, by GET and by QUERY.

use wsgi::testing::{Request, Response};

use crate::support::{Temporary, header};

fn blog() -> Temporary {
    let blog = Temporary::new();
    blog.put("/Tea", "Green and black");
    blog.put("/Coffee", "black, with SUGAR");
    blog.put("/%C3%84pfel", "rot & grün");
    blog
}

fn query(blog: &Temporary, content_type: &str, text: &str) -> Response {
    let request = Request::new("QUERY", "/").header("Content-Type", content_type);
    request
        .header("Accept", "application/xml")
        .body(text)
        .call(blog)
}

fn names(response: &Response) -> Vec<&str> {
    let names = response.text().split("<name>").skip(1);
    names
        .filter_map(|rest| rest.split("</name>").next())
        .collect()
}

#[test]
fn a_query_finds_names_and_texts_in_any_case() {
    let blog = blog();
    for (text, found) in [
        ("black", &["Coffee", "Tea"][..]),
        ("TEA", &["Tea"]),
        ("sugar", &["Coffee"]),
        ("äPFEL", &["Äpfel"]),
        ("ot & gr", &["Äpfel"]),
        ("  green  ", &["Tea"]),
        ("green black", &[]),
        ("%", &[]),
        ("", &["Äpfel", "Coffee", "Tea"]),
    ] {
        let response = query(&blog, "text/plain; charset=utf-8", text);
        assert_eq!(response.status().code(), 200, "{text:?}");
        assert_eq!(names(&response), found, "{text:?}");
    }
}

/// RFC 10008, section 2.4.
#[test]
fn a_query_says_where_a_get_finds_the_same() {
    let blog = blog();
    for text in ["black", "ot & gr", "?#%", ""] {
        let found = query(&blog, "text/plain", text);
        let location = header(&found, "Location");
        let again = Request::get(&location)
            .header("Accept", "application/xml")
            .call(&blog);
        assert_eq!(again.text(), found.text(), "{location}");
    }
}

#[test]
fn the_types_of_queries_are_announced() {
    let blog = blog();
    assert_eq!(header(&blog.get("/"), "Accept-Query"), "text/plain");
    let refused = query(&blog, "application/sql", "select *");
    assert_eq!(refused.status().code(), 415);
    assert_eq!(header(&refused, "Accept-Query"), "text/plain");
    assert_eq!(header(&refused, "Accept"), "text/plain");
    let untyped = Request::new("QUERY", "/").body("tea").call(&blog);
    assert_eq!(untyped.status().code(), 400);
    let binary = Request::new("QUERY", "/").header("Content-Type", "text/plain");
    assert_eq!(binary.body(*b"\xff").call(&blog).status().code(), 400);
}

#[test]
fn a_search_that_is_too_long_or_can_find_nothing_is_refused() {
    let blog = blog();
    let long = "x".repeat(201);
    assert_eq!(query(&blog, "text/plain", &long).status().code(), 400);
    assert_eq!(blog.get(&format!("/?q={long}")).status().code(), 400);
    assert_eq!(
        blog.get("/?q=%07").status().code(),
        400,
        "no entry can contain it"
    );
}

#[test]
fn a_search_by_form_shows_what_was_searched_for() {
    let blog = blog();
    let page = blog.text("/?q=%3Cb%3E+%22", "text/html");
    assert!(page.contains("value=\"&lt;b&gt; &quot;\""), "{page}");
    assert!(page.contains("No entry has this text."));
}

#[test]
fn a_sigma_at_the_end_of_a_word_is_found_inside_another() {
    let blog = Temporary::new();
    blog.put("/a", "ΟΔΟΣΑ");
    blog.put("/b", "οδος");
    for text in ["ΟΔΟΣ", "οδοσ", "οδος"] {
        assert_eq!(
            names(&query(&blog, "text/plain", text)),
            ["b", "a"],
            "{text}"
        );
    }
}
