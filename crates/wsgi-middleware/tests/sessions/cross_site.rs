//! Requests that pages of other sites caused.

use super::*;

fn login(environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
    session(environ).login("ada")?;
    start(start_response)?;
    Ok("welcome".into())
}

fn restart(environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
    session(environ).restart()?;
    start(start_response)?;
    Ok("welcome".into())
}

/// Sends a request without a cookie, and returns whether the response sets one.
#[track_caller]
fn sets_cookie(app: &impl Application, method: &str, fields: &[(&str, &str)]) -> bool {
    let request = Request::new(method, "https://site.example/");
    let fields = fields.iter();
    let request = fields.fold(request, |request, (name, value)| {
        request.header(name, value)
    });
    let response = request.call(app);
    assert_eq!(response.status(), &Status::OK);
    response.headers().contains("Set-Cookie")
}

#[test]
fn a_form_of_another_site_begins_no_session_by_values() {
    let app = with_sessions(&Arc::default(), visits);
    let site = |value| ("Sec-Fetch-Site", value);
    let origin = |value| ("Origin", value);
    for (method, fields, expected) in [
        ("POST", &[][..], true),
        ("POST", &[site("cross-site")], false),
        ("POST", &[site("same-site")], true),
        ("POST", &[site("same-origin")], true),
        ("POST", &[site("none")], true),
        ("PUT", &[site("cross-site")], false),
        ("GET", &[site("cross-site")], true),
        ("POST", &[origin("https://login.example")], false),
        ("POST", &[origin("null")], false),
        ("POST", &[origin("https://site.example")], true),
        ("GET", &[origin("https://login.example")], true),
        (
            "POST",
            &[site("same-site"), origin("https://a.site.example")],
            true,
        ),
    ] {
        let sets = sets_cookie(&app, method, fields);
        assert_eq!(sets, expected, "{method} {fields:?}");
    }
}

#[test]
fn a_form_of_another_site_can_log_in() {
    for begin in [login, restart] {
        let app = with_sessions(&Arc::default(), begin);
        for field in [("Sec-Fetch-Site", "cross-site"), ("Origin", "null")] {
            assert!(sets_cookie(&app, "POST", &[field]));
        }
    }
}

#[test]
fn a_cookie_that_comes_with_the_form_still_counts() {
    let app = with_sessions(&Arc::default(), visits);
    let cookie = cookie(&Request::get("/").call(&app));
    let request = Request::post("/").header("Sec-Fetch-Site", "cross-site");
    assert_eq!(request.header("Cookie", cookie).call(&app).text(), "2");
}
