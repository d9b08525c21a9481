//! What programs do: GET, PUT and DELETE.

use wsgi::{environ::Input, testing::Request};

use crate::support::{Temporary, header};

#[test]
fn an_entry_is_created_read_updated_and_deleted() {
    let blog = Temporary::new();
    assert_eq!(blog.get("/Hello").status().code(), 404);

    let request = Request::new("PUT", "/Hello").body("first");
    let created = request.call(&blog);
    assert_eq!(created.status().to_string(), "201 Created");
    assert_eq!(header(&created, "Location"), "/Hello");
    assert!(blog.text("/Hello", "text/html").contains(">first</div>"));

    let request = Request::new("PUT", "/Hello").header("Content-Type", "text/plain; charset=utf-8");
    let updated = request.body("second").call(&blog);
    assert_eq!(updated.status().to_string(), "200 OK");
    assert!(!updated.headers().contains("Location"));
    assert!(blog.text("/Hello", "text/html").contains(">second</div>"));

    let deleted = Request::new("DELETE", "/Hello").call(&blog);
    assert_eq!(deleted.status().to_string(), "204 Deleted");
    assert_eq!(deleted.text(), "");
    assert_eq!(blog.get("/Hello").status().code(), 404);
    let again = Request::new("DELETE", "/Hello").call(&blog);
    assert_eq!(again.status().code(), 404);
}

/// RFC 9110, section 9.3.4: the answer to PUT has no validator, because the body was transformed.
#[test]
fn the_answer_to_a_put_has_no_entity_tag() {
    let blog = Temporary::new();
    for _ in 0..2 {
        let put = Request::new("PUT", "/a").body("x").call(&blog);
        assert!(!put.headers().contains("ETag"));
    }
}

#[test]
fn entries_outlive_the_process() {
    let blog = Temporary::new();
    blog.put("/caf%C3%A9", "espresso");
    let again = wsgi_blog::Blog::open(&blog.folder).expect("the same folder");
    let page = Request::get("/caf%C3%A9").call(&again);
    assert!(page.text().contains("espresso"));
    let id = |feed: &str| feed.split("<id>").nth(1).map(|rest| rest[..45].to_owned());
    let feed = Request::get("/?type=atom").call(&again);
    let before = blog.text("/", "application/atom+xml");
    assert_eq!(id(feed.text()), id(&before), "the feed is the same");
}

#[test]
fn an_entry_needs_a_name() {
    let blog = Temporary::new();
    for target in [
        "/", "/.", "/%2e%2E", "/a%2Fb", "/a/b", "//", "/%00", "/a%0Ab", "/%20a", "/a%20",
    ] {
        assert_eq!(blog.put(target, "x"), 400, "{target}");
    }
    assert_eq!(blog.put(&format!("/{}", "a".repeat(201)), "x"), 400);
    assert_eq!(blog.put("/%ff", "x"), 400);
    assert_eq!(blog.get("/%ff").status().code(), 404);
    assert!(blog.files().is_empty());
}

#[test]
fn a_name_is_any_text_on_one_line() {
    let names = [
        "CON",
        "aux",
        "lpt1.txt",
        "...",
        ".hidden",
        "-rf",
        "~",
        "a",
        "A",
        "%C3%A9",
        "e%CC%81",
        "%E6%97%A5%E6%9C%AC",
        "%F0%9F%A6%80",
        "a%5Cb",
        "%25",
        "a%3Fb",
        "blog",
        "new",
        "style.css",
        "%3Cscript%3E",
        "a%20b",
        "a+b",
    ];
    let blog = Temporary::new();
    for name in names {
        assert_eq!(
            blog.put(&format!("/{name}"), &format!("text of {name}")),
            201,
            "{name}"
        );
    }
    let longest = "%E6%97%A5".repeat(66); // 198 bytes
    assert_eq!(blog.put(&format!("/{longest}"), "long"), 201);
    for name in names {
        let page = blog.text(&format!("/{name}"), "text/html");
        assert!(page.contains(&format!(">text of {name}</div>")), "{name}");
    }
    assert_eq!(blog.files().len(), names.len() + 1);
}

#[test]
fn the_links_of_a_list_lead_to_its_entries() {
    let blog = Temporary::new();
    for name in [
        "a%3Fb%23c",
        "%25",
        "a%26b",
        "%22%27%3C",
        "%E6%97%A5",
        "a;b=c,d@e:f",
    ] {
        blog.put(&format!("/{name}"), "here");
    }
    let list = blog.text("/", "text/html");
    let links: Vec<_> = list.split("<h2 dir=\"auto\"><a href=\"").skip(1).collect();
    assert_eq!(links.len(), 6);
    for link in links {
        let link = link.split('"').next().unwrap_or_default();
        assert!(
            blog.text(link, "text/html").contains(">here</div>"),
            "{link}"
        );
    }
}

/// A body in chunks has a length by its framing. A request with neither has lost its body.
#[test]
fn a_text_needs_a_length() {
    let blog = Temporary::new();
    let none = Request::new("PUT", "/a").input(Input::from_reader(&b""[..], None));
    assert_eq!(none.call(&blog).status().to_string(), "411 Length Required");
    let chunked = Request::new("PUT", "/a").input(Input::from_reader(&b"in chunks"[..], None));
    assert_eq!(chunked.call(&blog).status().code(), 201);
    let zero = Request::new("PUT", "/a").body("").call(&blog);
    assert_eq!(zero.status().code(), 200, "an entry without text");
}

/// Some bytes of a coding are UTF-8 by chance, and would be stored as the text.
#[test]
fn a_text_has_no_content_coding() {
    let blog = Temporary::new();
    for method in ["PUT", "QUERY"] {
        let path = if method == "PUT" { "/a" } else { "/" };
        let coded = Request::new(method, path).header("Content-Encoding", "br");
        let refused = coded
            .header("Content-Type", "text/plain")
            .body("a")
            .call(&blog);
        assert_eq!(refused.status().code(), 415, "{method}");
        assert_eq!(
            refused.headers().get("Accept-Encoding").unwrap(),
            "identity"
        );
    }
    assert_eq!(Request::get("/a").call(&blog).status().code(), 404);
    let plain = Request::new("PUT", "/a").header("Content-Encoding", "identity");
    assert_eq!(plain.body("a").call(&blog).status().code(), 201);
}

#[test]
fn a_text_is_plain_text_in_utf_8() {
    let blog = Temporary::new();
    let put = |name: &str, value: &str, body: &[u8]| {
        let request = Request::new("PUT", "/a").header(name, value).body(body);
        request.call(&blog).status().code()
    };
    assert_eq!(put("Content-Type", "multipart/form-data", b"--x--"), 415);
    assert_eq!(put("Content-Type", "application/xml", b"<a/>"), 415);
    let xml = Request::new("PUT", "/a").header("Content-Type", "application/xml");
    let refused = xml.body("<a/>").call(&blog);
    assert_eq!(refused.headers().get("Accept").unwrap(), "text/plain");
    let latin = "text/plain; charset=iso-8859-1";
    assert_eq!(put("Content-Type", latin, b"gr\xfcn"), 415);
    assert_eq!(put("Content-Type", "text/plain", b"\xff"), 400);
    assert_eq!(put("Content-Type", "text/plain", b"bell \x07"), 422);
    assert_eq!(
        put("Content-Type", "text/plain", "\u{ffff}".as_bytes()),
        422
    );
    assert_eq!(put("Content-Range", "bytes 0-1/5", b"ab"), 400);
    assert!(
        blog.files().is_empty(),
        "nothing is kept of what is refused"
    );
    assert_eq!(
        put(
            "Content-Type",
            "TEXT/Plain ; format=flowed; Charset=\"UTF-8\"",
            "grün".as_bytes()
        ),
        201
    );
}

/// `curl -d` calls every body a form.
#[test]
fn a_text_that_is_called_a_form_is_kept() {
    let blog = Temporary::new();
    for (body, text) in [
        ("Hello & goodbye, 100%!", "Hello &amp; goodbye, 100%!"),
        ("a=b", "a=b"),
        ("1+1=2", "1+1=2"),
        ("text", "text"),
        ("text=Gr%C3%BC%C3%9Fe+%26+more", "Grüße &amp; more"),
        ("text=", ""),
        ("text=a&name=b", "text=a&amp;name=b"),
        ("text=a&text=b", "text=a&amp;text=b"),
        ("Text=a", "Text=a"),
    ] {
        for media_type in [
            "application/x-www-form-urlencoded",
            "Application/X-WWW-Form-Urlencoded ; charset=UTF-8",
        ] {
            let put = Request::new("PUT", "/a").header("Content-Type", media_type);
            let put = put.body(body).call(&blog);
            assert!(matches!(put.status().code(), 200 | 201), "{body}");
            let page = blog.text("/a", "text/html");
            let shown = format!("dir=\"auto\">{text}</div>");
            assert!(page.contains(&shown), "{body}: {page}");
        }
    }
    let put = Request::new("PUT", "/a").header("Content-Type", "application/x-www-form-urlencoded");
    let put = put.body("text=%07").call(&blog);
    assert_eq!(put.status().code(), 422, "a control character");
}

#[test]
fn a_method_without_a_meaning_is_refused() {
    let blog = Temporary::new();
    let response = Request::new("DELETE", "/").call(&blog);
    assert_eq!(response.status().code(), 405);
    assert_eq!(
        header(&response, "Allow"),
        "GET, HEAD, QUERY, PUT, POST, OPTIONS"
    );
    assert_eq!(Request::new("get", "/").call(&blog).status().code(), 501);
    let response = Request::new("PATCH", "/a").call(&blog);
    assert_eq!(
        header(&response, "Allow"),
        "GET, HEAD, PUT, DELETE, POST, OPTIONS"
    );
}

#[test]
fn links_lead_to_where_the_blog_is_mounted() {
    let blog = Temporary::of(wsgi_blog::Blog::builder().parent("Home"));
    let site = wsgi::Mounts::new().mount("/my notes", blog);
    let put = Request::new("PUT", "/my%20notes/a").body("x").call(&site);
    assert_eq!(header(&put, "Location"), "/my%20notes/a");
    let alone = Temporary::of(wsgi_blog::Blog::builder().parent("Home"));
    let page = alone.text("/", "text/html");
    assert!(page.contains("<a href=\"/\">Home</a>"), "{page}");
    let page = Request::get("/my%20notes").call(&site);
    assert!(
        page.text()
            .contains("<a href=\"/\">Home</a> / <a href=\"/my%20notes/\">Blog</a>")
    );
    assert!(page.text().contains("<a href=\"/my%20notes/a\">a</a>"));
    let feed = Request::get("http://example.org/my%20notes/?type=atom").call(&site);
    assert!(
        feed.text()
            .contains("href=\"http://example.org/my%20notes/a\""),
        "{}",
        feed.text()
    );
}

#[test]
fn no_cache_keeps_an_error() {
    let blog = Temporary::new();
    for accept in ["text/html", "application/json", "image/png"] {
        for target in ["/none", "/none?type=xml", "/?type=none"] {
            let response = Request::get(target).header("Accept", accept).call(&blog);
            assert!(response.status().code() >= 400, "{target}");
            assert_eq!(
                header(&response, "Cache-Control"),
                "no-store",
                "{accept} {target}"
            );
        }
    }
}
