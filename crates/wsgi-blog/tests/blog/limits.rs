//! Limits.

use wsgi::{environ::Input, testing::Request};
use wsgi_blog::Blog;

use crate::support::Temporary;

#[test]
fn a_text_is_bounded() {
    let blog = Temporary::of(Blog::builder().max_entry_bytes(10));
    assert_eq!(blog.put("/a", &"x".repeat(10)), 201);
    assert_eq!(blog.put("/a", &"x".repeat(11)), 413);
    let endless = Input::from_reader(std::io::repeat(b'x'), None);
    let response = Request::new("PUT", "/a").input(endless).call(&blog);
    assert_eq!(response.status().code(), 413);
    assert!(blog.text("/a", "text/html").contains(">xxxxxxxxxx</div>"));
}

#[test]
fn a_full_blog_refuses_further_entries_and_loses_none() {
    let blog = Temporary::of(Blog::builder().max_entries(2));
    assert_eq!(blog.put("/a", "x"), 201);
    assert_eq!(blog.put("/b", "x"), 201);
    assert_eq!(blog.put("/c", "x"), 507);
    let page = blog.post("/", &[("name", "c"), ("text", "my text"), ("known", "")]);
    assert!(
        page.text().contains(">my text</textarea>"),
        "{}",
        page.text()
    );
    assert_eq!(page.status().code(), 507);
    assert!(page.text().contains("the blog is full"), "{}", page.text());
    assert_eq!(blog.put("/a", "changed"), 200);
    Request::new("DELETE", "/b").call(&blog);
    assert_eq!(blog.put("/c", "x"), 201);
}

#[test]
fn a_list_has_pages() {
    let blog = Temporary::of(Blog::builder().entries_per_page(2));
    assert_eq!(
        blog.get("/?page=1").status().code(),
        200,
        "the first always exists"
    );
    for name in ["a", "b", "c"] {
        blog.put(&format!("/{name}"), "x");
    }
    let first = blog.text("/", "text/html");
    assert!(first.contains("rel=\"next\" href=\"/?page=2\"") && !first.contains("rel=\"prev\""));
    let second = blog.text("/?page=2", "text/html");
    assert!(second.contains("rel=\"prev\" href=\"/\"") && !second.contains("rel=\"next\""));
    assert_eq!(blog.text("/", "text/html").matches("<article>").count(), 2);
    for page in [
        "3",
        "0",
        "-1",
        "x",
        "",
        "99999999999999999999999",
        "18446744073709551615",
    ] {
        let response = blog.get(&format!("/?page={page}"));
        assert_eq!(response.status().code(), 404, "{page}");
    }
}

#[test]
fn a_form_has_room_for_the_longest_text() {
    let blog = Temporary::of(Blog::builder().max_entry_bytes(5 << 20));
    let text = "x".repeat(5 << 20);
    let create = [("name", "a"), ("text", &*text), ("known", "")];
    let request = Request::post("/").form(create);
    assert_eq!(request.call(&blog).status().code(), 303);
}
