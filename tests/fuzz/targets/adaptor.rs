//! A URL that a site makes for any values leads to the page with these values, and no path or query
//! has an answer that is an error of the site.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use wsgi_adaptor::{Adaptor, Request, UrlError};
use wsgi_testing::Request as Sent;

static SITE: LazyLock<Adaptor> = LazyLock::new(|| {
    Adaptor::new()
        .get("/", link)
        .get("/one/{value}", tell)
        .name("one", "/one/{value}")
        .get("/one/{value}/end", tell)
        .get("/all/{*value}", tell)
        .name("all", "/all/{*value}")
        .post("/number/{n}", |request| {
            let number: u16 = request.parameter("n")?;
            let other: Option<u16> = request.query().parse("n")?;
            Ok::<_, wsgi_adaptor::RequestError>(format!("{number} {other:?}"))
        })
});

/// A link to a page with the values that come in variables.
fn link(request: &Request<'_>) -> Result<String, UrlError> {
    let variable = |name| {
        let value = request.environ().get(name).unwrap_or_default();
        value.to_string_lossy().into_owned()
    };
    let [name, value, query] = ["name", "value", "query"].map(variable);
    request.url_for(&name, &[("value", &value), ("query", &query)])
}

/// The values of a page.
fn tell(request: &Request<'_>) -> String {
    let value = request.parameter_str("value");
    let query = request.query().get("query").unwrap_or_default();
    format!("{value}\n{query}")
}

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    let (value, query) = text.split_once('\n').unwrap_or((&text, ""));
    for name in ["one", "all"] {
        let response = Sent::get("/")
            .variable("name", name)
            .variable("value", value)
            .variable("query", query)
            .call(&*SITE);
        if response.status().code() == 200 {
            let page = Sent::get(response.text()).call(&*SITE);
            assert_eq!(
                page.text(),
                format!("{value}\n{query}"),
                "{}",
                response.text()
            );
        }
    }
    for method in ["GET", "POST", "OPTIONS"] {
        let request = Sent::new(method, "/")
            .variable("PATH_INFO", [b"/number/", value.as_bytes()].concat())
            .variable("QUERY_STRING", query);
        check(request);
        check(Sent::new(method, "/").variable("PATH_INFO", bytes));
    }
});

fn check(request: Sent) {
    let response = request.call(&*SITE);
    let status = response.status().code();
    assert!(
        matches!(status, 200 | 204 | 308 | 400 | 404 | 405 | 500),
        "{status}"
    );
    // `/` alone fails, since it is given no name.
    assert!(status != 500 || response.errors().contains("name"));
    if let Some(location) = response.headers().get("Location") {
        let location = location.as_bytes();
        assert!(location.starts_with(b"/") && !location.starts_with(b"//"));
        assert!(location.iter().all(u8::is_ascii_graphic) && !location.contains(&b'\\'));
    }
}
