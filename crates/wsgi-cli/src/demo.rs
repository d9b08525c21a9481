//! The demo site, which shows the abilities of an application on one page each.

use std::sync::Arc;

use wsgi::{
    Adaptor, Application, Environ, Mounts, Request,
    adaptor::with_state,
    compression::Compression,
    middleware::{CrossOriginProtection, SecurityHeaders},
    sessions::Sessions,
};

mod basket;
pub(crate) mod blog;
mod document;
mod echo;
mod environ;
mod error;
mod events;
mod files;
mod guess;
mod hello;
mod icon;
mod index;
mod login;
mod logout;
mod page;
mod private;
mod refusal;
mod upload;
#[cfg(test)]
mod visitor;
mod visits;

use blog::VisitorsBlog;
use page::Page;

/// The whole site: plain applications, the blog, and an adaptor with the other pages. Forms on
/// pages of other sites are refused, header fields tell browsers to be strict, and responses are
/// compressed.
pub(crate) fn site(sessions: Sessions, blog: VisitorsBlog) -> impl Application {
    let clock = events::Clock::default();
    let all_sessions = Arc::new(sessions.clone());
    let pages = Adaptor::new()
        .get("/", index::index)
        .get("/favicon.ico", icon::icon)
        .get("/visits", visits::visits)
        .get("/events", move |request: &Request<'_>| clock.show(request))
        .get("/events.js", events::script)
        .get("/guess", guess::ask)
        .post("/guess", guess::play)
        .get("/upload", upload::ask)
        .post("/upload", upload::take)
        .get("/basket", basket::show)
        .post("/basket", basket::add)
        .get("/login", with_state(&all_sessions, login::show))
        .post("/login", login::login)
        .post("/logout", logout::logout)
        .post(
            "/logout/everywhere",
            with_state(&all_sessions, logout::everywhere),
        )
        .post("/logout/session", with_state(&all_sessions, logout::one))
        .on_any_status(error::page)
        .sessions(sessions);
    let site = Mounts::new()
        .mount("/", pages)
        .mount("/blog", blog)
        .mount("/hello", Page(hello::hello))
        .mount("/environ", environ::environ)
        .mount("/echo", Page(echo::echo))
        .mount("/files", files::files())
        .mount("/private", Page(private::guarded()));
    let site = CrossOriginProtection::new(site).answer(refusal::cross_site);
    let site = SecurityHeaders::new(site)
        .content_security_policy(document::POLICY)
        .field(
            "Permissions-Policy",
            "camera=(), geolocation=(), microphone=()",
        );
    Compression::new(site).exempt(has_secrets)
}

/// Whether the page has secrets, which the sizes of compressed pages could reveal (BREACH).
///
/// `/environ` repeats the query, which another site chooses, beside the cookie and the password of
/// the visitor. `/login` has the handles of sessions, by which they are ended, and after a failed
/// login, the name that was typed.
fn has_secrets(environ: &Environ) -> bool {
    let path = environ.path_info();
    let path = path.as_bytes();
    path == b"/login" || path == b"/environ" || path.starts_with(b"/environ/")
}

/// The site with sessions in memory, and a blog that is removed on drop.
#[cfg(test)]
pub(crate) fn in_memory() -> impl Application {
    let sessions = Sessions::new(wsgi::sessions::MemoryStore::new());
    site(sessions, VisitorsBlog::passing())
}

#[cfg(test)]
mod tests {
    use wsgi::{Status, testing::Request};

    use super::in_memory;

    #[test]
    fn the_index_links_to_pages_that_exist() {
        let site = in_memory();
        let index = Request::get("/").header("Accept", "text/html").call(&site);
        let links: Vec<_> = index
            .text()
            .split("href=\"")
            .skip(1)
            .filter_map(|rest| rest.split(['"', '#']).next())
            .filter(|link| !link.starts_with("https:"))
            .collect();
        for page in [
            "hello", "environ", "echo", "visits", "basket", "login", "guess", "upload", "events",
            "files/", "private", "blog/",
        ] {
            assert!(links.contains(&page), "{page} in {links:?}");
        }
        for link in links {
            // Links are relative to the root.
            let link = format!("/{}", link.trim_start_matches('/'));
            let response = Request::get(&link).basic_auth("demo", "demo").call(&site);
            assert_eq!(response.status(), &Status::OK, "{link}");
        }
    }

    /// Caches keep no answer that asks for a password (RFC 9110 section 15.1).
    #[test]
    fn every_page_tells_caches_what_to_keep() {
        let form = ("application/x-www-form-urlencoded", "item=tea&guess=1");
        let multipart = ("multipart/form-data; boundary=x", "--x--\r\n");
        let none = ("text/plain", "");
        let rows = [
            ("GET /", none, 200, Some("no-store")),
            ("GET /favicon.ico", none, 200, Some("max-age=3600")),
            ("GET /hello", none, 200, Some("max-age=3600")),
            ("HEAD /hello", none, 200, Some("max-age=3600")),
            ("GET /environ", none, 200, Some("no-store")),
            ("GET /environ/below", none, 200, Some("no-store")),
            ("GET /echo", none, 200, Some("no-store")),
            ("POST /echo", form, 200, Some("no-store")),
            ("GET /visits", none, 200, Some("no-store")),
            ("GET /basket", none, 200, Some("no-store")),
            ("POST /basket", form, 303, Some("private")),
            ("GET /events", none, 200, Some("no-store")),
            ("GET /events.js", none, 200, Some("max-age=3600")),
            ("GET /files/", none, 200, Some("no-cache")),
            ("GET /files/page.html", none, 200, Some("no-cache")),
            (
                "GET /files/numbers.txt",
                none,
                200,
                Some("no-cache, no-transform"),
            ),
            ("GET /guess", none, 200, Some("no-store")),
            ("POST /guess", form, 303, Some("private")),
            ("GET /login", none, 200, Some("no-store")),
            ("POST /login", form, 403, Some("no-store")),
            ("POST /logout", form, 303, Some("private")),
            ("POST /logout/everywhere", form, 303, Some("private")),
            ("POST /logout/session", form, 303, Some("private")),
            ("GET /upload", none, 200, Some("no-store")),
            ("POST /upload", multipart, 200, Some("no-store")),
            ("GET /blog/", none, 200, Some("no-cache")),
            ("GET /blog/?type=atom", none, 200, Some("no-cache")),
            ("GET /blog/nothing", none, 404, Some("no-store")),
            ("GET /private", none, 401, None),
            ("GET /nothing", none, 404, Some("no-store")),
            ("GET /logout", none, 405, Some("no-store")),
        ];
        for (line, (content_type, body), status, expected) in rows {
            let (method, path) = line.split_once(' ').unwrap();
            let request = Request::new(method, path).header("Content-Type", content_type);
            let response = request.body(body).call(&in_memory());
            assert_eq!(response.status().code(), status, "{line}");
            let control = response.headers().get("Cache-Control");
            let control = control.map(|value| value.to_string());
            assert_eq!(control.as_deref(), expected, "{line}");
        }
    }

    #[test]
    fn every_page_has_the_security_headers_and_a_nonce_of_its_own() {
        let site = in_memory();
        for (path, is_document) in [
            ("/", true),
            ("/hello", false),
            ("/environ", true),
            ("/echo", true),
            ("/visits", true),
            ("/events", true),
            ("/events.js", false),
            ("/favicon.ico", false),
            ("/files/", true),
            ("/files/page.html", false),
            ("/files/nothing", true),
            ("/guess", true),
            ("/login", true),
            ("/upload", true),
            ("/private", true),
            ("/nothing", true),
        ] {
            let response = Request::get(path).header("Accept", "text/html");
            let response = response.call(&site);
            let value = |name| response.headers().get(name).expect(name).to_string();
            assert_eq!(value("X-Content-Type-Options"), "nosniff", "{path}");
            assert_eq!(value("X-Frame-Options"), "DENY", "{path}");
            assert_eq!(value("Cross-Origin-Opener-Policy"), "same-origin", "{path}");
            assert_eq!(value("Referrer-Policy"), "strict-origin-when-cross-origin");
            assert!(value("Permissions-Policy").contains("camera=()"), "{path}");
            let policies = response.headers().get_all("Content-Security-Policy");
            let policies: Vec<_> = policies.map(|policy| policy.to_string()).collect();
            let policy = policies.join("; ");
            assert!(
                policy.starts_with("default-src 'none'; "),
                "{path}: {policy}"
            );
            assert!(
                policy.ends_with("; frame-ancestors 'none'"),
                "{path}: {policy}"
            );
            let nonce = policy.split("'nonce-").nth(1);
            let nonce = nonce.and_then(|rest| rest.split('\'').next());
            assert_eq!(nonce.is_some(), is_document, "{path}: {policy}");
            if let Some(nonce) = nonce {
                let style = format!("<style nonce=\"{nonce}\">");
                assert!(response.text().contains(&style), "{path}");
            }
        }
    }

    /// A client that names no kind, such as curl, is a program.
    #[test]
    fn people_get_pages_and_programs_get_text_or_json() {
        let (html, text, json) = ("text/html", "text/plain", "application/json");
        let browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
        for (path, has_json) in [
            ("/", true),
            ("/environ", true),
            ("/visits", true),
            ("/basket", true),
            ("/guess", true),
            ("/login", true),
            ("/nothing", true),
            ("/echo", false),
            ("/upload", false),
            ("/events", false),
            ("/private", false),
            ("/hello/nothing", false),
            ("/files/nothing", false),
        ] {
            let json = if has_json { json } else { text };
            for (accept, expected) in [
                (browser, html),
                ("*/*", text),
                ("", text),
                ("text/plain", text),
                ("application/json", json),
                ("application/json, */*;q=0.5", json),
                ("text/html;q=0.5, text/plain", text),
            ] {
                let mut request = Request::get(path);
                if !accept.is_empty() {
                    request = request.header("Accept", accept);
                }
                let response = request.call(&in_memory());
                let content_type = response.headers().get("Content-Type");
                let content_type = content_type.expect("a type").to_string();
                let kind = content_type.split(';').next().unwrap_or_default();
                let kind = kind.replace("problem+", "");
                assert_eq!(kind, expected, "{path} for {accept:?}");
                let vary = response.headers().get_all("Vary");
                let vary = vary.map(|value| value.to_string()).collect::<Vec<_>>();
                let vary = vary.join(", ");
                let is_told = vary.split(", ").filter(|name| *name == "Accept").count();
                assert_eq!(is_told, 1, "{path} for {accept:?}: {vary}");
            }
        }
    }

    #[test]
    fn forms_of_other_sites_are_refused() {
        let form = "item=tea&guess=1&user=demo&password=demo";
        for path in [
            "/echo",
            "/basket",
            "/guess",
            "/login",
            "/logout",
            "/logout/everywhere",
            "/logout/session",
            "/upload",
            "/private",
            "/blog/",
            "/blog/name",
        ] {
            for foreign in [
                ("Sec-Fetch-Site", "cross-site"),
                ("Origin", "http://evil.example"),
                ("Origin", "null"),
            ] {
                let request = Request::post(path)
                    .header("Content-Type", "application/x-www-form-urlencoded")
                    .header(foreign.0, foreign.1)
                    .body(form);
                let response = request.call(&in_memory());
                assert_eq!(response.status(), &Status::FORBIDDEN, "{path} {foreign:?}");
                assert!(!response.headers().contains("Set-Cookie"), "{path}");
            }
        }
    }

    #[test]
    fn pages_are_compressed_unless_they_have_secrets() {
        for (path, is_compressed) in [
            ("/", true),
            ("/visits", true),
            ("/guess", true),
            ("/upload", true),
            ("/basket", true),
            ("/events", true),
            ("/events.js", true),
            ("/files/", true),
            ("/files/page.html", true),
            ("/files/pictures/mandelbrot.png", false), // which is so already
            ("/blog/", true),
            ("/nothing", true),
            ("/hello", false), // which is too short
            ("/login", false),
            ("/environ", false),
            ("/environ/below", false),
        ] {
            let request = Request::get(path)
                .header("Accept", "text/html")
                .header("Accept-Encoding", "gzip, deflate, br, zstd");
            let response = request.call(&in_memory());
            let coding = response.headers().get("Content-Encoding");
            assert_eq!(coding.is_some(), is_compressed, "{path}: {coding:?}");
        }
    }

    #[test]
    fn paths_without_a_page_are_not_found() {
        for path in [
            "/nothing",
            "/hello/you",
            "/hellos",
            "/echo/x",
            "/index.html",
            "//",
            "/visits/",
            "/private/x",
        ] {
            let response = Request::get(path)
                .basic_auth("demo", "demo")
                .call(&in_memory());
            assert_eq!(response.status(), &Status::NOT_FOUND, "{path}");
        }
    }
}
