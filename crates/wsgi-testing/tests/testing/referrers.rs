//! The page that a form and a redirect tell where they lead.

use wsgi_application::{Application, Environ, Result, StartResponse, Status, application};
use wsgi_testing::{Client, Form, Request, Response};

fn page(page: &'static str) -> Response {
    let app = application(move |_environ, start_response| {
        start_response.start(Status::OK, [("Content-Type", "text/html")])?;
        Ok(page.into())
    });
    Request::get("http://a.example/shop/form?old=1").call(&app)
}

fn form(text: &'static str) -> Form {
    page(text).form()
}

#[test]
fn another_origin_gets_the_origin_of_the_page() {
    let app = application(|environ, start_response| {
        start_response.start(Status::OK, ())?;
        Ok(environ.referer().unwrap_or_default().to_string().into())
    });
    let mut client = Client::new(app);
    let form = form("<form action=https://a.example/>");
    assert_eq!(client.submit(form).text(), "http://a.example/");
}

#[test]
fn a_form_without_a_referrer_hides_its_page() {
    let app = application(|environ, start_response| {
        start_response.start(Status::OK, ())?;
        let shown = |name| environ.get(name).unwrap_or_default();
        Ok(format!("{:?} {:?}", shown("HTTP_REFERER"), shown("HTTP_ORIGIN")).into())
    });
    let mut client = Client::new(&app);
    let mut sent = |page: &&'static str| client.submit(form(page)).text().to_owned();
    let page = "\"http://a.example/shop/form?old=1\"";
    let rows = [
        ("<form>", format!("{page} \"\"")),
        ("<form rel='nofollow NoReferrer'>", "\"\" \"\"".to_owned()),
        ("<form method=post>", format!("{page} \"http://a.example\"")),
        (
            "<form method=post rel=noreferrer>",
            "\"\" \"null\"".to_owned(),
        ),
    ];
    for (page, shown) in &rows {
        assert_eq!(&sent(page), shown);
    }
    let mut client = Client::new(app).header("Referer", "http://a.example/start");
    for (page, shown) in &rows {
        assert_eq!(client.submit(form(page)).text(), shown);
    }
}

#[test]
fn a_field_that_a_test_adds_replaces_that_of_the_page() {
    let app = application(|environ, start_response| {
        start_response.start(Status::OK, [("Content-Type", "text/html")])?;
        let shown = |name| environ.get(name).unwrap_or_default();
        let fields = [
            shown("HTTP_REFERER"),
            shown("HTTP_ORIGIN"),
            shown("CONTENT_TYPE"),
        ];
        let [referrer, origin, content_type] = fields.map(|value| value.to_string());
        Ok(format!("<a href=/>{referrer}|{origin}|{content_type}</a>").into())
    });
    let mut client = Client::new(app);
    let mut shown = |request: Request| client.send(request).link("/").text().to_owned();
    let own = "http://own.example/";

    let link = page("<a href=/next>Next</a>").link("Next");
    let request = link.into_request().header("referer", own);
    assert_eq!(shown(request), format!("{own}||"));

    let post = || form("<form method=post rel=noreferrer>").into_request();
    let request = post().header("Origin", "http://own.example");
    let urlencoded = "application/x-www-form-urlencoded";
    assert_eq!(shown(request), format!("|http://own.example|{urlencoded}"));
    let request = post()
        .header("Referer", own)
        .header("Content-Type", "text/plain");
    assert_eq!(shown(request), format!("{own}|null|text/plain"));

    // Only what the page brought is replaced.
    let request = form("<form>")
        .into_request()
        .header("Referer", "a")
        .header("Referer", "b");
    assert_eq!(shown(request), "a, b||");

    // It stays when another page makes the request, also if it is that of the form.
    let own = "http://a.example/shop/form?old=1";
    let request = form("<form>").into_request().header("Referer", own);
    let response = client.send_from("https://evil.example", request);
    assert!(
        response.text().contains(&format!(">{own}|")),
        "{}",
        response.text()
    );
}

#[test]
fn a_long_page_is_told_as_its_origin() {
    let app = application(|environ, start_response| {
        start_response.start(Status::OK, [("Content-Type", "text/html")])?;
        let referrer = environ.referer().unwrap_or_default();
        Ok(format!("<a href=/>{referrer}</a>").into())
    });
    let mut client = Client::new(app);
    for (length, shown) in [(4096, 4096), (4097, "http://localhost/".len())] {
        let page = client.get(format!(
            "/{}",
            "a".repeat(length - "http://localhost/".len())
        ));
        assert_eq!(page.url().len(), length);
        let response = client.click(page.link("/"));
        assert_eq!(response.link("/").text().len(), shown, "of {length} bytes");
    }
}

#[test]
fn a_page_of_another_site_is_the_referrer_of_what_it_sends() {
    let app = |environ: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
        start_response.start(Status::OK, [("Content-Type", "text/html")])?;
        let shown = |name| environ.get(name).unwrap_or_default();
        Ok(format!("{} {}", shown("HTTP_REFERER"), shown("HTTP_ORIGIN")).into())
    };
    let page = |markup: &'static str, url| {
        let app = move |_: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
            start_response.start(Status::OK, [("Content-Type", "text/html")])?;
            Ok(markup.into())
        };
        Request::get(url).call(&app)
    };
    const A: &str = "https://a.example";
    const EVIL: &str = "https://evil.example";
    let form = |markup| page(markup, "https://a.example/form?q=1").form();
    let post = form("<form method=post>").into_request();
    let unsafe_form = page(
        "<form method=post action=http://a.example/>",
        "https://a.example/",
    );
    let hidden = form("<form method=post rel=noreferrer>").into_request();
    let link = page("<a href=/>Home</a>", "https://a.example/form?q=1").link("Home");
    let plain = || Request::post("/");
    for (name, from, request, shown) in [
        (
            "a request",
            EVIL,
            plain(),
            "https://evil.example/ https://evil.example",
        ),
        (
            "a form",
            EVIL,
            post,
            "https://evil.example/ https://evil.example",
        ),
        (
            "a link",
            EVIL,
            link.into_request(),
            "https://evil.example/ ",
        ),
        ("a form without a referrer", EVIL, hidden, " null"),
        (
            "a form to http",
            "http://evil.example",
            unsafe_form.form().into_request(),
            "http://evil.example/ http://evil.example",
        ),
        (
            "https to http",
            EVIL,
            Request::post("http://a.example/"),
            " null",
        ),
        (
            "an own field",
            EVIL,
            plain().header("Referer", "https://a.example/own"),
            "https://a.example/own https://evil.example",
        ),
        (
            "the same origin",
            A,
            plain(),
            "https://a.example/ https://a.example",
        ),
    ] {
        let client = Client::new(app).origin(A);
        let mut client = client.header("Referer", "https://a.example/start");
        assert_eq!(client.send_from(from, request).text(), shown, "{name}");
    }
}

/// Redirects to the URL in the query, or shows two variables.
fn showing(names: [&'static str; 2]) -> impl Application {
    application(move |environ, start_response| {
        let location = environ.query_string().to_string();
        if !location.is_empty() {
            start_response.start(Status::TEMPORARY_REDIRECT, [("Location", location)])?;
            return Ok("moved".into());
        }
        start_response.start(Status::OK, ())?;
        Ok(names
            .map(|name| environ.get(name).unwrap_or_default().to_string())
            .join(" ")
            .into())
    })
}

#[test]
fn an_origin_is_null_for_those_who_should_not_know_it() {
    let app = || showing(["HTTP_ORIGIN", "HTTP_SEC_FETCH_SITE"]);
    const A: &str = "https://a.example";
    for (page, way, shown) in [
        (A, "/end", "https://a.example same-origin"),
        (A, "/?//a.example:81/end", "https://a.example same-site"),
        // Another origin has chosen where this leads.
        (A, "/?//a.example:81/?//a.example/end", "null same-site"),
        (A, "/?//a.example:81/?//a.example:82/end", "null same-site"),
        (A, "/?//a.example:81/?/end", "https://a.example same-site"),
        (
            "https://b.example",
            "/?/end",
            "https://b.example cross-site",
        ),
        (
            "https://b.example",
            "/?//a.example:81/end",
            "null cross-site",
        ),
        // It leads from https to http.
        (A, "/?http://a.example/end", "null "),
        (
            A,
            "/?http://a.example/?https://a.example/end",
            "null cross-site",
        ),
        ("https://b.example", "http://a.example/end", "null "),
        (
            "http://b.example",
            "http://a.example/end",
            "http://b.example ",
        ),
    ] {
        let mut client = Client::new(app()).origin(A);
        let response = client.send_from(page, Request::post(way));
        assert_eq!(response.text(), shown, "{page} {way}");
    }
    let page = |_: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
        start_response.start(Status::OK, [("Content-Type", "text/html")])?;
        Ok("<form method=post action=http://a.example/end>".into())
    };
    let form = Request::get("https://a.example/").call(&page).form();
    assert_eq!(Client::new(app()).submit(form).text(), "null ");
}

#[test]
fn another_origin_learns_neither_the_page_nor_the_password() {
    let app = || showing(["HTTP_REFERER", "HTTP_AUTHORIZATION"]);
    for (origin, way, shown) in [
        (
            "http://a.example",
            "/?/end",
            "http://a.example/page?q=1 Basic YTpi",
        ),
        (
            "http://a.example",
            "/?//a.example:81/end",
            "http://a.example/ ",
        ),
        (
            "http://a.example",
            "/?https://a.example/end",
            "http://a.example/ ",
        ),
        (
            "http://a.example",
            "/?//a.example:81/?//a.example/end",
            "http://a.example/ ",
        ),
        ("https://a.example", "/?http://a.example/end", " "),
        (
            "https://a.example",
            "/?http://a.example/?https://a.example/end",
            " ",
        ),
    ] {
        let request = Request::get(way).header("Referer", format!("{origin}/page?q=1"));
        let request = request.header("Authorization", "Basic YTpi");
        let response = Client::new(app()).origin(origin).send(request);
        assert_eq!(response.text(), shown, "{origin} {way}");
    }
    let origin = "http://a.example";
    let client = Client::new(app())
        .origin(origin)
        .header("Authorization", "Basic YTpi");
    let mut client = client.header("Referer", "http://a.example/page?q=1");
    for (way, shown) in [
        ("/end", "http://a.example/page?q=1 Basic YTpi"),
        ("/?/end", "http://a.example/page?q=1 Basic YTpi"),
        ("/?//a.example:81/end", "http://a.example/ "),
        ("/?//a.example:81/?//a.example/end", "http://a.example/ "),
    ] {
        assert_eq!(
            client.get(way).text(),
            shown,
            "the client's own fields, {way}"
        );
    }
    let request = Request::get("/?//a.example:81/end").header("Referer", "about:blank");
    let response = Client::new(app()).origin("http://a.example").send(request);
    assert_eq!(response.text(), "about:blank ");
}
