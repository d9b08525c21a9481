//! Documents in XML: they are well-formed, and the feed is what RFC 4287 asks for.

use roxmltree::{Document, Node, ParsingOptions};
use wsgi::testing::Request;
use wsgi_blog::Blog;

use crate::support::Temporary;

const ATOM: &str = "http://www.w3.org/2005/Atom";

/// A text with everything that markup could stumble over.
const ODD: &str =
    "<script>alert('1')</script> & \"two\" ]]> &amp; <![CDATA[ \u{e9} 日本 🦀\n\ttab\n\n";

fn children<'a>(node: Node<'a, 'a>, name: &'static str) -> Vec<Node<'a, 'a>> {
    node.children()
        .filter(|child| child.has_tag_name((ATOM, name)))
        .collect()
}

/// The text of a child that must be there once.
#[track_caller]
fn only<'a>(node: Node<'a, 'a>, name: &'static str) -> &'a str {
    let found = children(node, name);
    assert_eq!(found.len(), 1, "{name}");
    found[0].text().unwrap_or_default()
}

/// RFC 4287, section 3.3: RFC 3339 with a capital T and Z.
#[track_caller]
fn check_date(text: &str) {
    let pattern = "0000-00-00T00:00:00Z";
    let is_like = |(a, b): (char, char)| a == b || a.is_ascii_digit() && b == '0';
    assert!(
        text.len() == pattern.len() && text.chars().zip(pattern.chars()).all(is_like),
        "{text}"
    );
}

/// RFC 4287, section 4.2.6: an id is an IRI.
#[track_caller]
fn check_id(text: &str) {
    assert!(text.starts_with("urn:uuid:") && text.len() == 45, "{text}");
}

/// RFC 4287, section 4.2.7.
#[track_caller]
fn links<'a>(node: Node<'a, 'a>, relation: &str) -> Vec<&'a str> {
    let links = children(node, "link").into_iter();
    let links = links.filter(|link| link.attribute("rel") == Some(relation));
    let href = |link: Node<'a, 'a>| link.attribute("href").expect("a target");
    links
        .map(href)
        .inspect(|href| assert!(href.starts_with("http://blog.example/")))
        .collect()
}

/// RFC 4287, section 4.1.2.
#[track_caller]
fn check_entry(entry: Node<'_, '_>) {
    assert!(entry.has_tag_name((ATOM, "entry")));
    check_id(only(entry, "id"));
    check_date(only(entry, "updated"));
    check_date(only(entry, "published"));
    assert!(!only(entry, "title").is_empty());
    assert_eq!(links(entry, "alternate").len(), 1);
    let content = children(entry, "content");
    assert_eq!(content.len(), 1);
    assert_eq!(content[0].attribute("type"), Some("text"));
    assert_eq!(content[0].children().filter(Node::is_element).count(), 0);
}

/// RFC 4287, section 4.1.1.
#[track_caller]
fn check_feed(text: &str, own: &str) -> usize {
    let document = Document::parse(text).expect(text);
    let feed = document.root_element();
    assert!(feed.has_tag_name((ATOM, "feed")));
    check_id(only(feed, "id"));
    check_date(only(feed, "updated"));
    assert!(!only(feed, "title").is_empty());
    let author = children(feed, "author");
    assert_eq!(author.len(), 1);
    assert_eq!(only(author[0], "name"), "Ada & Co.");
    assert_eq!(links(feed, "self"), [own]);
    assert_eq!(links(feed, "alternate").len(), 1);
    let entries = children(feed, "entry");
    let mut ids: Vec<_> = entries.iter().map(|entry| only(*entry, "id")).collect();
    entries.iter().for_each(|entry| check_entry(*entry));
    ids.push(only(feed, "id"));
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), entries.len() + 1, "every id is another");
    entries.len()
}

fn blog() -> Temporary {
    let builder = Blog::builder().title("A <b>log</b>").author("Ada & Co.");
    Temporary::of(builder.entries_per_page(2))
}

fn atom(blog: &Temporary, target: &str) -> String {
    let url = format!("http://blog.example{target}");
    let response = Request::get(url)
        .header("Accept", "application/atom+xml")
        .call(blog);
    assert_eq!(response.status().code(), 200, "{}", response.text());
    response.text().to_owned()
}

#[test]
fn the_feed_has_what_rfc_4287_asks_for() {
    let blog = blog();
    let own = "http://blog.example/?type=atom";
    assert_eq!(check_feed(&atom(&blog, "/"), own), 0, "an empty one, too");
    for name in ["a", "%3Cb%3E%26%22%27", "%F0%9F%A6%80"] {
        blog.put(&format!("/{name}"), ODD);
    }
    assert_eq!(check_feed(&atom(&blog, "/"), own), 2);
    let second = "http://blog.example/?page=2&type=atom";
    assert_eq!(check_feed(&atom(&blog, "/?page=2"), second), 1);
    let found = "http://blog.example/?q=script&page=2&type=atom";
    assert_eq!(check_feed(&atom(&blog, "/?q=script&page=2"), found), 1);
    let none = "http://blog.example/?q=a%20b%26c&type=atom";
    assert_eq!(check_feed(&atom(&blog, "/?q=a+b%26c"), none), 0);
}

#[test]
fn a_feed_links_to_its_other_pages() {
    let blog = blog();
    for name in ["a", "b", "c", "d", "e"] {
        blog.put(&format!("/{name}"), "x");
    }
    let mut seen = Vec::new();
    let mut target = "http://blog.example/?type=atom".to_owned();
    loop {
        let response = Request::get(&target).call(&blog);
        let document = Document::parse(response.text()).expect("XML");
        let feed = document.root_element();
        for entry in children(feed, "entry") {
            seen.push(only(entry, "title").to_owned());
        }
        assert_eq!(links(feed, "first").len(), 1);
        assert_eq!(
            links(feed, "last"),
            ["http://blog.example/?page=3&type=atom"]
        );
        match links(feed, "next")[..] {
            [next] => next.clone_into(&mut target),
            _ => break,
        }
    }
    assert_eq!(seen, ["e", "d", "c", "b", "a"], "the newest first");
}

#[test]
fn the_document_of_an_entry_has_its_author() {
    let blog = blog();
    blog.put("/a", ODD);
    let text = atom(&blog, "/a");
    let document = Document::parse(&text).expect("XML");
    let entry = document.root_element();
    check_entry(entry);
    assert_eq!(only(children(entry, "author")[0], "name"), "Ada & Co.");
    assert_eq!(links(entry, "self"), ["http://blog.example/a?type=atom"]);
    assert_eq!(only(entry, "content"), ODD);
}

#[test]
fn an_id_stays_until_the_entry_is_deleted() {
    let blog = blog();
    let id = |blog: &Temporary| {
        let text = atom(blog, "/a");
        let document = Document::parse(&text).expect("XML");
        only(document.root_element(), "id").to_owned()
    };
    blog.put("/a", "x");
    let first = id(&blog);
    blog.put("/a", "y");
    assert_eq!(id(&blog), first);
    Request::new("DELETE", "/a").call(&blog);
    blog.put("/a", "x");
    assert_ne!(id(&blog), first, "another entry of the same name");
}

#[test]
fn text_comes_out_of_every_document_as_it_was_put() {
    let blog = blog();
    blog.put("/%3Cb%3E%26%22%27", ODD);
    for (target, parent) in [
        ("/%3Cb%3E%26%22%27?type=xml", "text"),
        ("/?type=xml", "text"),
        ("/?type=atom", "content"),
        ("/%3Cb%3E%26%22%27?type=xhtml", "div"),
        ("/?type=xhtml", "div"),
    ] {
        let response = blog.get(target);
        let options = ParsingOptions {
            allow_dtd: true,
            ..ParsingOptions::default()
        };
        let text = response.text();
        let document = Document::parse_with_options(text, options).expect(text);
        let mut texts = document
            .descendants()
            .filter(|node| node.tag_name().name() == parent);
        let text = texts.next().and_then(|node| node.text());
        assert_eq!(text, Some(ODD), "{target}");
        let scripts = document
            .descendants()
            .filter(|node| node.tag_name().name() == "script");
        assert_eq!(scripts.count(), 0, "{target}");
    }
}

#[test]
fn a_page_is_the_same_as_html_and_as_xhtml() {
    let blog = blog();
    blog.put("/a", ODD);
    for target in ["/", "/a"] {
        let html = blog.text(target, "text/html");
        assert_eq!(html, blog.text(target, "application/xhtml+xml"));
        assert!(html.starts_with("<!DOCTYPE html>\n<html xmlns=\"http://www.w3.org/1999/xhtml\""));
    }
}
