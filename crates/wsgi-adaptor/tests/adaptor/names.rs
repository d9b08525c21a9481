//! URLs by the names of paths.

use std::fmt::Display;

use proptest::prelude::*;
use wsgi_adaptor::{Adaptor, Request, Response, UrlError};
use wsgi_application::Result;
use wsgi_middleware::{Mounts, TrustedProxies};
use wsgi_testing::Client;

/// Shows the parameters of its path.
fn show(request: &Request<'_>) -> String {
    let parameters = request.parameters();
    format!("{:?}", parameters.collect::<Vec<_>>())
}

/// An application with a page at `path`, and a redirect from `/` to it.
fn app(path: &'static str, values: Vec<(&'static str, String)>) -> Adaptor {
    let redirect = move |request: &Request<'_>| -> Result<Response> {
        let values = values
            .iter()
            .map(|(name, value)| (*name, value as &dyn Display));
        let url = request.url_for("page", &values.collect::<Vec<_>>())?;
        Ok(Response::redirect(&url))
    };
    Adaptor::new()
        .get("/", redirect)
        .get(path, show)
        .name("page", path)
}

/// Follows the URL of a path with these values, and expects the same values there.
fn round_trip(path: &'static str, values: &[(&'static str, String)]) {
    let expected: Vec<_> = values
        .iter()
        .map(|(name, value)| (*name, &**value))
        .collect();
    for prefix in ["", "/caf\u{e9} 100%"] {
        let site = Mounts::new().mount(prefix, app(path, values.to_vec()));
        let response = Client::new(site).get(format!(
            "{}/",
            prefix.replace('%', "%25").replace(' ', "%20")
        ));
        assert_eq!(
            response.text(),
            format!("{expected:?}"),
            "{path} at {}",
            response.url()
        );
    }
}

fn segment() -> impl Strategy<Value = String> {
    let is_segment = |text: &String| !matches!(&**text, "." | "..");
    r"[^/\x00]{1,8}".prop_filter("a segment", is_segment)
}

proptest! {
    #[test]
    fn any_value_comes_back(one in segment(), other in segment()) {
        round_trip("/{one}", &[("one", one.clone())]);
        round_trip("/a/{one}/b/{other}", &[("one", one.clone()), ("other", other)]);
        round_trip("/a-{one}", &[("one", one)]);
    }

    #[test]
    fn any_rest_comes_back(rest in r"/{0,2}[^/\x00]{1,4}(/{1,2}[^/\x00]{0,4}){0,3}") {
        prop_assume!(rest.split('/').all(|segment| !matches!(segment, "." | "..")));
        round_trip("/files/{*rest}", &[("rest", rest)]);
    }

    #[test]
    fn a_link_never_leads_to_another_host(rest in ".{0,12}") {
        let response = wsgi_testing::Request::get("/").call(&app("/{*rest}", vec![("rest", rest)]));
        if let Some(location) = response.headers().get("Location") {
            let location = location.to_string();
            prop_assert!(location.starts_with('/') && !location.starts_with("//"), "{}", location);
            prop_assert!(location.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\'));
        }
    }
}

#[test]
fn hostile_values_come_back() {
    for value in [
        "a\r\nSet-Cookie: b=1",
        "%2F",
        "%2e%2e",
        "\\",
        "...",
        "?a#b",
        "+ &=;",
        "\u{feff}\u{202e}",
    ] {
        round_trip("/x/{one}", &[("one", value.to_owned())]);
    }
    round_trip("/x/{one}", &[("one", "\u{e9}".repeat(10_000))]);
}

#[test]
fn a_url_has_the_prefix_of_a_proxy() {
    let app = Adaptor::new()
        .get("/", |request| request.absolute_url_for("page", &[]))
        .name("page", "/");
    let site = TrustedProxies::new(app)
        .trust("10.0.0.0/8".parse().unwrap())
        .trust_host(true)
        .trust_prefix(true);
    let request = wsgi_testing::Request::get("/")
        .variable("REMOTE_ADDR", "10.0.0.1")
        .header("X-Forwarded-For", "192.0.2.1")
        .header("X-Forwarded-Proto", "https")
        .header("X-Forwarded-Host", "shop.example")
        .header("X-Forwarded-Prefix", "/caf%C3%A9");
    let response = request.call(&site);
    assert_eq!(response.text(), "https://shop.example/caf%C3%A9/");
}

#[test]
fn a_url_that_cannot_be_built_is_an_error_with_its_reason() {
    let app = Adaptor::new()
        .get("/", |request| {
            let missing = request.url_for("page", &[("a", &1)]).unwrap_err();
            assert_eq!(
                missing,
                UrlError::MissingParameter {
                    name: "b".to_owned()
                }
            );
            let unfit = request
                .url_for("page", &[("a", &1), ("b", &"/")])
                .unwrap_err();
            assert_eq!(
                unfit,
                UrlError::UnfitParameter {
                    name: "b".to_owned()
                }
            );
            request.url_for("nowhere", &[])
        })
        .get("/{a}/{b}", show)
        .name("page", "/{a}/{b}");
    let response = wsgi_testing::Request::get("/").call(&app);
    assert_eq!(response.status().code(), 500);
    assert_eq!(response.text(), "500 Internal Server Error\n");
    assert!(
        response
            .errors()
            .contains(r#"no path has the name "nowhere", only ["page"]"#)
    );
}

#[test]
#[should_panic(expected = "\"/b\" has no handler yet, so it gets no name")]
fn a_path_without_a_handler_gets_no_name() {
    let _ = Adaptor::new().get("/a", |_| "").name("b", "/b");
}

#[test]
#[should_panic(expected = "two paths have the name \"a\"")]
fn a_name_is_given_once() {
    let _ = Adaptor::new()
        .get("/a", |_| "")
        .get("/b", |_| "")
        .name("a", "/a")
        .name("a", "/b");
}
