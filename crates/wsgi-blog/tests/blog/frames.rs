//! Pages in the frame of another site.

use wsgi::testing::Request;
use wsgi_blog::Blog;

use crate::support::Temporary;

/// A blog with this footer, and a header that shows the path.
fn framed(footer: &'static str) -> Temporary {
    let blog = Blog::builder()
        .parent("Nobody")
        .header(|request| {
            let path = request.relative_path().to_string_lossy().into_owned();
            format!("<header>at {}</header>\n", wsgi::adaptor::escape(&path))
        })
        .footer(move |_| format!("<footer>{footer}</footer>\n"))
        .style("footer { color: rebeccapurple }");
    Temporary::of(blog)
}

#[test]
fn every_page_has_the_header_the_footer_and_the_style() {
    let blog = framed("made by hand");
    blog.put("/a", "text");
    for (target, path) in [
        ("/", "/"),
        ("/?q=x", "/"),
        ("/a", "/a"),
        ("/a?edit", "/a"),
        ("/none", "/none"),
        ("/%3Cx%3E", "/&lt;x&gt;"),
        ("/?type=xhtml", "/"),
        ("/a?type=xhtml", "/a"),
    ] {
        let request = Request::get(target).header("Accept", "text/html");
        let response = request.call(&blog);
        let page = response.text();
        assert!(page.contains(&format!(
            "<body>\n<header>at {path}</header>\n<main id=\"content\""
        )));
        assert!(page.ends_with("</main>\n<footer>made by hand</footer>\n</body>\n</html>\n"));
        assert!(page.contains("rebeccapurple }</style>"), "{page}");
        assert!(
            !page.contains("Nobody"),
            "the header has no link of its own"
        );
        let document = roxmltree::Document::parse_with_options(
            page,
            roxmltree::ParsingOptions {
                allow_dtd: true,
                ..roxmltree::ParsingOptions::default()
            },
        );
        document.unwrap_or_else(|error| panic!("{target}: {error}"));
    }
}

/// A cache must not keep the page with the old frame. The entry is the same all the time.
#[test]
fn the_frame_counts_for_the_entity_tags_of_pages() {
    let blog = framed("old");
    blog.put("/a", "text");
    let known = blog.tag("/a", "text/html");
    let open = |builder: wsgi_blog::BlogBuilder| builder.open(&blog.folder).expect("the folder");
    let same = Request::get("/a")
        .header("If-None-Match", &known)
        .call(&blog);
    assert_eq!(same.status().code(), 304);
    for changed in [
        Blog::builder().header(|_| "<header>new</header>".to_owned()),
        Blog::builder().footer(|_| "<footer>new</footer>".to_owned()),
        Blog::builder().style("h1 { color: red }"),
    ] {
        let changed = open(changed);
        let request = Request::get("/a").header("If-None-Match", &known);
        assert_eq!(request.call(&changed).status().code(), 200);
    }
    let put = Request::new("PUT", "/a").header("If-Match", &known);
    assert_eq!(
        put.body("new").call(&blog).status().code(),
        200,
        "seen with this frame"
    );
}

#[test]
#[should_panic = "HTML and XML read a style alike"]
fn a_style_that_xml_reads_otherwise_is_refused() {
    let _ = Blog::builder().style("p::before { content: '<' }");
}

/// A function that writes to the blog would wait for itself, and all others for a slow one.
#[test]
fn no_lock_is_held_while_the_functions_of_a_site_are_called() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("blog");
    let footer = move |_: &wsgi::Request<'_>| {
        let file = std::fs::File::open(&file).expect("a file");
        file.try_lock().map_or("locked", |()| "free").to_owned()
    };
    let blog = Blog::builder()
        .footer(footer)
        .max_entries(1)
        .open(&folder)
        .expect("a blog");
    let put = |condition, value| {
        let put = Request::new("PUT", "/a").body("x").header(condition, value);
        put.call(&blog).status().code()
    };
    assert_eq!(put("If-None-Match", "*"), 201);
    assert_eq!(put("If-Match", "*"), 200);
    let tag = Request::get("/a").header("Accept", "text/html").call(&blog);
    let tag = tag.headers().get("ETag").expect("a tag").to_string();
    assert_eq!(put("If-Match", &tag), 200, "it depends on the footer");
    let post = |path, fields: &[_]| Request::post(path).form(fields.to_vec()).call(&blog);
    for (path, fields, code) in [
        (
            "/a",
            &[("action", "save"), ("text", "y"), ("known", "")][..],
            409,
        ),
        ("/a", &[("action", "delete"), ("known", "")], 409),
        ("/", &[("name", "b"), ("text", "y"), ("known", "")], 507),
    ] {
        let page = post(path, fields);
        assert_eq!(page.status().code(), code);
        assert!(page.text().contains("</main>\nfree"), "{}", page.text());
    }
}
