//! Links that a client follows.

use wsgi_application::{Environ, Result, StartResponse, Status, application};
use wsgi_testing::{Client, Link, Request, Response};

const PAGE: &str = "http://a.example/shop/page?old=1";

fn page(text: &'static str) -> Response {
    let app = application(move |_environ, start_response| {
        start_response.start(Status::OK, [("Content-Type", "text/html")])?;
        Ok(text.into())
    });
    Request::get(PAGE).call(&app)
}

fn links(text: &'static str) -> Vec<Link> {
    page(text).links()
}

#[track_caller]
fn check_url(text: &'static str, url: &str) {
    assert_eq!(links(text).remove(0).url(), url, "{text}");
}

#[track_caller]
fn check_texts(text: &'static str, texts: &[&str]) {
    let links = links(text);
    assert_eq!(
        links.iter().map(Link::text).collect::<Vec<_>>(),
        texts,
        "{text}"
    );
}

/// Shows the request.
fn echo(environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
    start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
    let (method, uri) = (
        environ.request_method(),
        wsgi_environ::request_uri(environ, true),
    );
    let from = environ.referer().unwrap_or_default();
    let site = environ.get("HTTP_SEC_FETCH_SITE").unwrap_or_default();
    Ok(format!("{method} {} from {from:?} {site:?}", uri?).into())
}

#[track_caller]
fn check_sent(text: &'static str, sent: &str) {
    let mut client = Client::new(echo).origin("http://a.example");
    assert_eq!(client.click(links(text).remove(0)).text(), sent, "{text}");
}

#[test]
fn a_link_leads_where_its_page_says() {
    check_url("<a href=/x?a&amp;b>", "http://a.example/x?a&b");
    check_url("<a href=next>", "http://a.example/shop/next");
    check_url("<a href='?p=2#end'>", "http://a.example/shop/page?p=2");
    check_url("<a href=''>", PAGE);
    check_url("<a href=//b.example>", "http://b.example/");
    check_url("<a href=to><base href=/new/>", "http://a.example/new/to");
    check_url(
        "<base target=_top><base href=/1/><base href=/2/><a href=to>",
        "http://a.example/1/to",
    );
    check_url(
        "<base href=http://[/><base href=/2/><a href=to>",
        "http://a.example/shop/to",
    );
    check_url("<area href=/map alt=Map>", "http://a.example/map");
    check_url("<a href='javascript:go()'>", "javascript:go()");
}

#[test]
fn the_text_is_what_a_user_sees() {
    check_texts(
        "<a href=/>\n One <b>link</b>\t&amp;&nbsp;more</a> x",
        &["One link & more"],
    );
    check_texts("<a href=/><img alt=Home src=h.png></a>", &["Home"]);
    check_texts("<area href=/ alt=North>South", &["North"]);
    check_texts("<a href=/1>One<a href=/2>Two</a>Three", &["One", "Two"]);
    check_texts("<a href=/><script>'x'</script>y<!-- z --></a>", &["y"]);
    check_texts("<a href=/>open", &["open"]);
}

#[test]
fn lines_of_a_text_are_apart() {
    check_texts("<a href=/>One<br>Two<hr/>Three</a>", &["One Two Three"]);
    check_texts("<a href=/><div>Soup</div><div>5</div></a>", &["Soup 5"]);
    check_texts("<a href=/>1<p>2<P>3</a>", &["1 2 3"]);
    check_texts(
        "<a href=/><h2>Soup</h2>of the day</a>",
        &["Soup of the day"],
    );
    check_texts("<a href=/>S<b>ou</b><span>p</span><wbr>s</a>", &["Soups"]);
}

#[test]
fn what_is_not_a_link_is_left_out() {
    check_texts("<a name=top>Top</a> <link href=/style.css>", &[]);
    check_texts("<a href=/1>One<a name=x>Two</a>", &["One"]);
    check_texts(
        "<template><a href=/>No</a></template><a href=/>Yes</a>",
        &["Yes"],
    );
    check_texts(
        "<a href=/>a<template><a href=/>b</a></template>c</a>",
        &["ac"],
    );
    check_texts("<script>'<a href=/>'</script>", &[]);
}

#[test]
fn a_click_sends_what_a_browser_sends() {
    let referrer = format!("{PAGE:?}");
    check_sent(
        "<a href=/x?q=1#part>",
        &format!("GET http://a.example/x?q=1 from {referrer} \"\""),
    );
    check_sent("<a href=>", &format!("GET {PAGE} from {referrer} \"\""));
    check_sent(
        "<a href=/x rel='nofollow NoReferrer'>",
        "GET http://a.example/x from \"\" \"\"",
    );
}

#[test]
fn another_origin_gets_the_origin_of_the_page_unless_it_is_less_safe() {
    check_sent(
        "<a href=//a.example:81/x>",
        "GET http://a.example:81/x from \"http://a.example/\" \"\"",
    );
    check_sent(
        "<a href=https://a.example/x>",
        "GET https://a.example/x from \"http://a.example/\" \"cross-site\"",
    );
    check_sent(
        "<a href=//a.example:81/x rel=noreferrer>",
        "GET http://a.example:81/x from \"\" \"\"",
    );
    let app = application(|environ, start_response| {
        start_response.start(Status::OK, ())?;
        let from = environ.referer().unwrap_or_default();
        Ok(format!("<a href=http://a.example/>Leave</a> from {from:?}").into())
    });
    let mut client = Client::new(app).origin("https://a.example");
    let page = client.get("/secret");
    assert!(
        client
            .click(page.link("Leave"))
            .text()
            .ends_with(r#"from """#)
    );
}

#[test]
fn a_link_is_found_by_its_text_id_or_href() {
    let page = page("<a href=/1 id=first>One</a> <a href=/2>Two</a> <a href=/2>Two</a>");
    for (label, href) in [("One", "/1"), ("first", "/1"), ("/1", "/1"), ("Two", "/2")] {
        assert_eq!(page.link(label).href(), href, "{label}");
    }
    assert_eq!(page.link("One").id(), "first");
}

#[test]
#[should_panic(expected = r#"has no link "Three", only ["One", "Two"]"#)]
fn a_missing_link_is_a_mistake() {
    let _ = page("<a href=/1>One</a> <a href=/2>Two</a>").link("Three");
}

#[test]
#[should_panic(expected = "such as to http://a.example/1 and to http://a.example/2")]
fn a_link_that_is_not_the_only_one_is_a_mistake() {
    let _ = page("<a href=/1>Edit</a> <a href=/2>Edit</a>").link("Edit");
}

#[test]
#[should_panic(expected = r#"leads to "mailto:a@b.example", which is not an http URL"#)]
fn a_link_to_something_else_is_not_followed() {
    let _ = page("<a href=mailto:a@b.example>Mail</a>")
        .link("Mail")
        .into_request();
}

#[test]
#[should_panic(expected = r#"leads to "//B.example/x", on another host, b.example"#)]
fn a_link_to_another_host_is_not_followed() {
    let _ = page("<a href=//B.example/x>Docs</a>")
        .link("Docs")
        .into_request();
}

#[test]
#[should_panic(expected = r#"has no link "", only ["", "Two"]"#)]
fn an_empty_label_is_of_no_link() {
    let _ = page("<a href=/1></a><a href=/2>Two</a>").link("");
}

#[test]
#[should_panic(expected = "a part of its own page")]
fn a_link_within_the_page_is_not_followed() {
    let _ = page("<a href=#top>Top</a>").link("Top").into_request();
}
