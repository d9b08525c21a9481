//! Header fields for caches between the server and browsers.

use super::*;

#[test]
fn a_response_with_the_cookie_is_private() {
    let app = with_sessions(&Arc::default(), edits);
    let first = Request::get("/").call(&app);
    assert_eq!(first.headers().get("Cache-Control").unwrap(), "private");
    assert_eq!(first.headers().get("Vary").unwrap(), "Cookie");
}

/// Reads, changes or ends the session, as the query says, with header fields for caches.
fn cacheable(environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
    match environ.query_string().as_bytes() {
        b"look" => drop(session(environ).get::<u64>("visits")?),
        b"change" => drop(session(environ).insert("visits", 1)),
        b"logout" => session(environ).end()?,
        _ => {}
    }
    let fields = [
        ("Cache-Control", "public, max-age=60"),
        ("Vary", "Accept"),
        ("CDN-Cache-Control", "max-age=600"),
    ];
    start_response.start(Status::OK, fields)?;
    Ok("page".into())
}

#[test]
fn no_shared_cache_keeps_a_page_for_another_visitor() {
    let app = with_sessions(&Arc::default(), cacheable);
    let cookie = cookie(&Request::get("/?change").call(&app));
    let shared = ("public, max-age=60", "Accept, Cookie", true);
    let rows = [
        (
            "/?change",
            "",
            ("private, max-age=60", "Accept, Cookie", false),
        ),
        ("/", "", ("public, max-age=60", "Accept", true)),
        ("/", &*cookie, ("public, max-age=60", "Accept", true)),
        ("/?look", "", shared), // as the application says, but different for each visitor
        ("/?look", &cookie, shared),
        (
            "/?logout",
            &cookie,
            ("private, max-age=60", "Accept, Cookie", false),
        ),
    ];
    for (path, cookie, (cache_control, vary, is_for_cdns)) in rows {
        let response = Request::get(path).header("Cookie", cookie).call(&app);
        let headers = response.headers();
        let row = format!("{path} with {cookie:?}");
        assert!(
            headers.get_all("Cache-Control").eq([cache_control]),
            "{row}"
        );
        assert!(headers.get_all("Vary").eq([vary]), "{row}");
        assert_eq!(headers.contains("CDN-Cache-Control"), is_for_cdns, "{row}");
        assert_eq!(headers.contains("Set-Cookie"), !is_for_cdns, "{row}");
    }
}

#[test]
fn a_page_without_directives_is_private_once_the_session_was_read() {
    let app = with_sessions(&Arc::default(), |environ, start_response| {
        if environ.query_string() == "look" {
            session(environ).is_new()?;
        }
        start(start_response)?;
        Ok("page".into())
    });
    let seen = Request::get("/?look").call(&app);
    assert_eq!(seen.headers().get("Cache-Control").unwrap(), "private");
    assert_eq!(seen.headers().get("Vary").unwrap(), "Cookie");
    let unseen = Request::get("/").call(&app);
    assert!(!unseen.headers().contains("Cache-Control"));
    assert!(!unseen.headers().contains("Vary"));
}
