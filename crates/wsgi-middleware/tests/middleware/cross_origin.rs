//! Requests by pages of other origins: which are refused, and what comes of the others.

use std::{
    io::{self, Read},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use wsgi_application::{Application, Environ, Result, StartResponse, Status};
use wsgi_environ::Input;
use wsgi_middleware::{CrossOriginProtection, TrustedProxies};
use wsgi_testing::Request;

fn done(_environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
    start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
    Ok("done".into())
}

fn site() -> impl Application {
    CrossOriginProtection::new(done)
        .trust("https://trusted.example".parse().expect("an origin"))
        .exempt("POST /hooks/{name}")
}

/// Asks a site for `https://site.example`, with the fields in a line each.
#[track_caller]
fn check(request: &str, fields: &[&str], status: u16) {
    let (method, path) = request.split_once(' ').expect("a method");
    let request = Request::new(method, format!("https://site.example{path}"));
    let request = fields.iter().fold(request, |request, field| {
        let (name, value) = field.split_once(": ").expect("a field");
        request.header(name, value)
    });
    let answered = request.call(&site()).status().code();
    assert_eq!(answered, status, "{method} {path} {fields:?}");
}

#[test]
fn the_browsers_own_word_counts_first() {
    let foreign = "Origin: https://evil.example";
    for (site, status) in [
        ("same-origin", 200),
        ("none", 200),
        ("same-site", 403),
        ("cross-site", 403),
        ("Same-Origin", 403),
        ("same-origin, cross-site", 403),
        ("unheard-of", 403),
    ] {
        let site = format!("Sec-Fetch-Site: {site}");
        check("POST /", &[&site], status);
        check("POST /", &[&site, foreign], status);
        check("POST /", &[&site, "Origin: https://site.example"], status);
    }
}

#[test]
fn without_it_the_origin_is_compared_with_the_host() {
    for (origin, status) in [
        ("https://site.example", 200),
        ("https://site.example:443", 200),
        ("https://SITE.example", 200),
        ("http://site.example", 403),
        ("https://site.example:8443", 403),
        ("https://sub.site.example", 403),
        ("https://site.example.evil.example", 403),
        ("https://evil.example", 403),
        ("https://site.example@evil.example", 403),
        ("https://site.example https://evil.example", 403),
        ("null", 403),
        ("site.example", 403),
    ] {
        check("POST /", &[&format!("Origin: {origin}")], status);
    }
    check("POST /", &["Sec-Fetch-Site: ", "Origin: null"], 403);
}

#[test]
fn a_client_that_is_not_a_browser_passes() {
    for method in ["POST", "PUT", "PATCH", "DELETE", "X-OWN"] {
        check(&format!("{method} /"), &[], 200);
    }
    check("POST /", &["Origin: "], 200);
}

#[test]
fn safe_methods_pass_and_all_others_are_checked() {
    for (method, status) in [
        ("GET", 200),
        ("HEAD", 200),
        ("OPTIONS", 200),
        ("TRACE", 200),
        ("QUERY", 200),
        ("POST", 403),
        ("PUT", 403),
        ("PATCH", 403),
        ("DELETE", 403),
        ("PROPPATCH", 403),
        ("get", 403),
    ] {
        let fields = ["Sec-Fetch-Site: cross-site", "Origin: https://evil.example"];
        check(&format!("{method} /"), &fields, status);
    }
}

#[test]
fn trusted_origins_and_exempt_paths_pass() {
    let cross = "Sec-Fetch-Site: cross-site";
    check("POST /", &[cross, "Origin: https://trusted.example"], 200);
    check("POST /", &["Origin: https://trusted.example"], 200);
    check("POST /", &[cross, "Origin: http://trusted.example"], 403);
    check("POST /", &[cross, "Origin: https://a.trusted.example"], 403);
    check(
        "POST /hooks/git",
        &[cross, "Origin: https://git.example"],
        200,
    );
    check("POST /hooks/git", &[cross], 200);
    check("POST /hooks/git", &["Origin: null"], 200);
    check("PUT /hooks/git", &[cross], 403);
    check("POST /hooks/a/b", &[cross], 403);
    check("POST /hooks/..", &[cross], 403);
}

#[test]
fn a_path_with_an_escaped_slash_is_not_exempt() {
    let site = CrossOriginProtection::new(done).exempt("POST /hooks/en/account/delete");
    let site = site.exempt("POST /hooks/{*rest}");
    for (uri, status) in [
        ("/hooks/en/account/delete", 200),
        ("/hooks/en/account/delet%65", 200),
        ("/hooks/en/account/delete?a=%2F%5C", 200),
        ("/hooks%2Fen/account/delete", 403),
        ("/hooks%2fen/account/delete", 403),
        ("/hooks/en%2Faccount/delete", 403),
        ("/hooks/en%5Caccount/delete", 403),
        ("/hooks/en%5caccount/delete?a", 403),
        ("https://site.example/hooks%2Fen/account/delete", 403),
    ] {
        let request = Request::post("/hooks/en/account/delete")
            .variable("REQUEST_URI", uri)
            .header("Sec-Fetch-Site", "cross-site");
        assert_eq!(request.call(&site).status().code(), status, "{uri}");
    }
}

#[test]
fn an_inner_protection_accepts_what_an_outer_one_has_trusted() {
    let inner = CrossOriginProtection::new(done);
    let outer = CrossOriginProtection::new(inner).exempt("/hook");
    let ask = |path| {
        let request = Request::post(path).header("Sec-Fetch-Site", "cross-site");
        request.call(&outer).status().code()
    };
    assert_eq!((ask("/hook"), ask("/")), (200, 403));
}

#[test]
fn a_trusted_proxy_tells_the_host_and_the_scheme() {
    let site = TrustedProxies::new(site())
        .trust("10.0.0.1".parse().expect("a network"))
        .trust_host(true);
    let ask = |peer: &str, origin: &str| {
        let request = Request::post("http://inner:8000/")
            .header("X-Forwarded-Host", "site.example")
            .header("X-Forwarded-Proto", "https")
            .header("Origin", origin)
            .variable("REMOTE_ADDR", peer);
        request.call(&site).status().code()
    };
    assert_eq!(ask("10.0.0.1", "https://site.example"), 200);
    assert_eq!(ask("10.0.0.1", "http://site.example"), 403);
    assert_eq!(ask("10.0.0.1", "https://inner:8000"), 403);
    assert_eq!(ask("192.0.2.1", "https://site.example"), 403, "not trusted");
    assert_eq!(ask("192.0.2.1", "http://inner:8000"), 200);
}

/// A body that notes whether it was read.
struct Noted(Arc<AtomicBool>);

impl Read for Noted {
    fn read(&mut self, _buffer: &mut [u8]) -> io::Result<usize> {
        self.0.store(true, Ordering::Relaxed);
        Ok(0)
    }
}

#[test]
fn the_body_of_a_refused_request_is_not_read() {
    let was_read = Arc::new(AtomicBool::new(false));
    let reads = wsgi_application::application(|environ, start_response| {
        io::copy(environ.input(), &mut io::sink())?;
        start_response.start(Status::OK, ())?;
        Ok("read".into())
    });
    let app = CrossOriginProtection::new(reads);
    for (site, expected) in [("cross-site", false), ("same-origin", true)] {
        let body = Input::from_reader(Noted(Arc::clone(&was_read)), None);
        let request = Request::post("/")
            .input(body)
            .header("Sec-Fetch-Site", site);
        request.call(&app);
        assert_eq!(was_read.load(Ordering::Relaxed), expected, "{site}");
    }
}
