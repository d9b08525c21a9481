//! Forms, as a browser sends them.

use wsgi::testing::{Request, Response};

use crate::support::{Temporary, header};

/// The hidden field of a form.
#[track_caller]
fn known(page: &str) -> String {
    let (_, rest) = page.split_once("name=\"known\" value=\"").expect(page);
    rest.split('"').next().unwrap_or_default().to_owned()
}

#[track_caller]
fn check_redirect(response: &Response, location: &str) {
    assert_eq!(response.status().code(), 303, "{}", response.text());
    assert_eq!(header(response, "Location"), location);
}

#[test]
fn an_entry_is_created_edited_and_deleted() {
    let blog = Temporary::new();
    let list = blog.text("/", "text/html");
    let form = [
        ("name", " Über uns "),
        ("text", "eins\r\nzwei"),
        ("known", &known(&list)),
    ];
    check_redirect(&blog.post("/", &form), "/%C3%9Cber%20uns");
    let page = blog.text("/%C3%9Cber%20uns", "text/html");
    assert!(page.contains(">eins\nzwei</div>"), "{page}");

    let editor = blog.text("/%C3%9Cber%20uns?edit", "text/html");
    assert!(editor.contains(">eins\nzwei</textarea>"));
    assert!(editor.contains("<a href=\"/%C3%9Cber%20uns\">Back to the entry</a>"));
    let form = [
        ("action", "save"),
        ("text", "drei"),
        ("known", &known(&editor)),
    ];
    check_redirect(&blog.post("/%C3%9Cber%20uns", &form), "/%C3%9Cber%20uns");

    let page = blog.text("/%C3%9Cber%20uns", "text/html");
    let form = [("action", "delete"), ("known", &known(&page))];
    check_redirect(&blog.post("/%C3%9Cber%20uns", &form), "/");
    assert_eq!(blog.get("/%C3%9Cber%20uns").status().code(), 404);
}

#[test]
fn a_form_that_is_sent_twice_counts_once() {
    let blog = Temporary::new();
    let create = [("name", "a"), ("text", "x"), ("known", "")];
    for _ in 0..2 {
        check_redirect(&blog.post("/", &create), "/a");
    }
    assert_eq!(blog.files().len(), 1);
    let known = known(&blog.text("/a?edit", "text/html"));
    let save = [("action", "save"), ("text", "y"), ("known", &*known)];
    let (mut tags, delete) = (Vec::new(), known.clone());
    for _ in 0..2 {
        check_redirect(&blog.post("/a", &save), "/a");
        tags.push(blog.tag("/a", "text/html"));
    }
    assert_eq!(tags[0], tags[1]);
    let stale = blog.post("/a", &[("action", "delete"), ("known", &*delete)]);
    assert_eq!(stale.status().code(), 409, "it has changed since");
    let known = self::known(&blog.text("/a", "text/html"));
    for _ in 0..2 {
        check_redirect(
            &blog.post("/a", &[("action", "delete"), ("known", &*known)]),
            "/",
        );
    }
}

#[test]
fn a_conflict_shows_both_texts_and_loses_none() {
    let blog = Temporary::new();
    blog.put("/a", "the old text");
    let seen = known(&blog.text("/a?edit", "text/html"));
    blog.put("/a", "the <b>text</b> of another");
    let conflict = blog.post(
        "/a",
        &[("action", "save"), ("text", "<mine>"), ("known", &seen)],
    );
    assert_eq!(conflict.status().code(), 409);
    let page = conflict.text();
    assert!(
        page.contains(">the &lt;b&gt;text&lt;/b&gt; of another</div>"),
        "{page}"
    );
    assert!(page.contains(">&lt;mine&gt;</textarea>"), "{page}");
    assert!(blog.text("/a", "text/html").contains("of another"));

    // Now the visitor has seen both, and decides.
    let decided = [
        ("action", "save"),
        ("text", "both"),
        ("known", &known(page)),
    ];
    check_redirect(&blog.post("/a", &decided), "/a");
    assert!(blog.text("/a", "text/html").contains(">both</div>"));
}

#[test]
fn a_new_entry_never_replaces_another() {
    let blog = Temporary::new();
    blog.put("/a", "theirs");
    let conflict = blog.post("/", &[("name", "a"), ("text", "mine"), ("known", "")]);
    assert_eq!(conflict.status().code(), 409);
    assert!(
        conflict.text().contains(">theirs</div>") && conflict.text().contains(">mine</textarea>")
    );
    assert!(
        conflict.text().contains("action=\"/a\""),
        "the next attempt changes the other"
    );
}

#[test]
fn an_entry_that_was_deleted_meanwhile_can_be_saved_again() {
    let blog = Temporary::new();
    blog.put("/a", "x");
    let seen = known(&blog.text("/a?edit", "text/html"));
    Request::new("DELETE", "/a").call(&blog);
    let conflict = blog.post(
        "/a",
        &[("action", "save"), ("text", "mine"), ("known", &seen)],
    );
    assert_eq!(conflict.status().code(), 409);
    assert!(
        conflict.text().contains("deleted meanwhile"),
        "{}",
        conflict.text()
    );
    let again = [
        ("action", "save"),
        ("text", "mine"),
        ("known", &known(conflict.text())),
    ];
    check_redirect(&blog.post("/a", &again), "/a");
}

#[test]
fn what_was_typed_comes_back_with_what_is_wrong() {
    let blog = Temporary::of(wsgi_blog::Blog::builder().max_entry_bytes(20));
    for (name, text, status, problem) in [
        ("", "my text", 422, "an entry needs a name"),
        ("a/b", "my text", 422, "a name has no slash"),
        ("..", "my text", 422, "a URL cannot contain"),
        ("name", "my text \u{7}", 422, "control character, U+0007"),
        (
            "name",
            "my text that is too long",
            413,
            "longer than 20 bytes",
        ),
    ] {
        let page = blog.post("/", &[("name", name), ("text", text), ("known", "")]);
        assert_eq!(page.status().code(), status, "{name:?}");
        assert!(page.text().contains(problem), "{}", page.text());
        assert!(page.text().contains(">my text"), "{}", page.text());
        assert!(
            page.text().contains(&format!("value=\"{name}\"")),
            "{}",
            page.text()
        );
    }
    assert!(blog.files().is_empty());
}

/// A browser sends each line end as two bytes.
#[test]
fn the_limit_counts_a_line_end_as_one_byte() {
    let blog = Temporary::of(wsgi_blog::Blog::builder().max_entry_bytes(20));
    let lines = "\r\n".repeat(20);
    check_redirect(&blog.post("/", &[("name", "a"), ("text", &lines)]), "/a");
    // The parser of HTML drops the first.
    let editor = blog.text("/a?edit", "text/html");
    let text = format!("dir=\"auto\">\n{}</textarea>", "\n".repeat(20));
    assert!(editor.contains(&text), "{editor}");
}

#[test]
fn forms_of_other_sites_are_refused() {
    let blog = Temporary::new();
    blog.put("/a", "x");
    for (method, target) in [
        ("POST", "/"),
        ("POST", "/a"),
        ("PUT", "/a"),
        ("DELETE", "/a"),
    ] {
        for (name, value) in [
            ("Sec-Fetch-Site", "cross-site"),
            ("Sec-Fetch-Site", "same-site"),
            ("Origin", "http://evil.example"),
            ("Origin", "null"),
        ] {
            let request = Request::new(method, target).header(name, value);
            let request = request.header("Content-Type", "application/x-www-form-urlencoded");
            let response = request.body("name=b&text=y&known=&action=save").call(&blog);
            assert_eq!(response.status().code(), 403, "{method} {target} {value}");
        }
    }
    assert_eq!(blog.files().len(), 1);
    assert!(blog.text("/a", "text/html").contains(">x</div>"));
}

#[test]
fn forms_and_errors_are_not_kept_by_caches() {
    let blog = Temporary::new();
    blog.put("/a", "x");
    for response in [
        blog.get("/a?edit"),
        blog.get("/nothing"),
        blog.get("/?type=x"),
        blog.post("/a", &[("action", "save"), ("text", "y"), ("known", "z")]),
        blog.post("/a", &[("action", "x")]),
    ] {
        assert_eq!(
            header(&response, "Cache-Control"),
            "no-store",
            "{}",
            response.status()
        );
    }
}

#[test]
fn a_form_without_a_text_empties_nothing() {
    let blog = Temporary::new();
    assert_eq!(blog.put("/a", "x"), 201);
    let known = known(&blog.text("/a?edit", "text/html"));
    let page = blog.post("/a", &[("action", "save"), ("known", &known)]);
    assert_eq!(page.status().code(), 422, "{}", page.text());
    assert!(blog.text("/a", "text/html").contains(">x</div>"));
    for name in ["b", ""] {
        let page = blog.post("/", &[("name", name), ("known", "")]);
        assert_eq!(page.status().code(), 422, "{}", page.text());
    }
    assert_eq!(blog.get("/b").status().code(), 404);

    let save = [("action", "save"), ("text", ""), ("known", &known)];
    check_redirect(&blog.post("/a", &save), "/a");
    assert!(
        blog.text("/a", "text/html").contains("></div>"),
        "empty on purpose"
    );
}

#[test]
fn a_text_that_comes_back_keeps_its_first_empty_line() {
    let blog = Temporary::of(wsgi_blog::Blog::builder().max_entry_bytes(3));
    for text in ["\r\n\r\nlong", "\n\nlong"] {
        let page = blog.post("/", &[("name", "a"), ("text", text), ("known", "")]);
        assert_eq!(page.status().code(), 413);
        let (_, area) = page.text().split_once("<textarea").expect("a form");
        let (_, shown) = area.split_once('>').expect("a form");
        assert!(shown.starts_with(&format!("\n{text}")), "{shown:?}");
    }
}
