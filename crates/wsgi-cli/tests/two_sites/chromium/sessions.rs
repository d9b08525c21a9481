//! Forms on another site, and the session of a visitor.

use wsgi::{
    Adaptor, Request, Result,
    middleware::CrossOriginPolicy,
    sessions::{MemoryStore, Sessions},
};

use crate::{browser::Browser, site::Site};

/// The name of the visitor, as a page.
fn who(request: &Request<'_>) -> Result<String> {
    let owner = request.session()?.owner()?;
    Ok(format!(
        "You are {}.",
        owner.as_deref().unwrap_or("a stranger")
    ))
}

fn log_in(request: &Request<'_>) -> Result<String> {
    request.session()?.login("ada")?;
    Ok("Welcome, ada!".to_owned())
}

/// Keeps something in the session, as a consumer of forms from another site may do.
fn take(request: &Request<'_>) -> Result<String> {
    let forms = request
        .session()?
        .update("forms", |forms: Option<u64>| forms.unwrap_or(0) + 1)?;
    Ok(format!("Form {forms} of the session."))
}

/// Logs in, as a consumer of signed forms does.
fn log_in_by_form(request: &Request<'_>) -> Result<String> {
    request.session()?.login("grace")?;
    Ok("Welcome, grace!".to_owned())
}

fn site() -> Site {
    let policy = CrossOriginPolicy::new()
        .exempt("POST /take")
        .exempt("POST /acs");
    let app = Adaptor::new()
        .get("/", who)
        .get("/login", log_in)
        .post("/take", take)
        .post("/acs", log_in_by_form)
        .post("/guarded", take)
        .sessions(Sessions::new(MemoryStore::new()))
        .cross_origin(policy);
    Site::of(app)
}

/// A page of another site that sends a form to this URL.
fn form_to(url: &str) -> Site {
    Site::page(&format!(
        "<form method=\"post\" action=\"{url}\"><button>Go</button></form>\
        <script>document.forms[0].submit()</script>"
    ))
}

#[test]
fn a_form_of_another_site_does_not_log_the_visitor_out() {
    let (site, browser) = (site(), Browser::start());
    let own = site.origin("127.0.0.1");
    browser.open(&format!("{own}/login"));
    let cookie = browser.cookie("session");

    let other = form_to(&format!("{own}/take"));
    browser.open(&other.origin("localhost"));
    browser.wait_for("Form 1 of the session.");
    assert_eq!(browser.cookie("session"), cookie);
    browser.open(&own);
    browser.wait_for("You are ada.");

    // Another port of the same host is the same site, from which the browser sends the cookie.
    let neighbour = form_to(&format!("{own}/take"));
    browser.open(&neighbour.origin("127.0.0.1"));
    browser.wait_for("Form 1 of the session.");
    browser.open(&neighbour.origin("127.0.0.1"));
    browser.wait_for("Form 2 of the session.");
}

#[test]
fn a_form_of_another_site_can_log_the_visitor_in() {
    let (site, browser) = (site(), Browser::start());
    let own = site.origin("127.0.0.1");
    let other = form_to(&format!("{own}/acs"));
    browser.open(&other.origin("localhost"));
    browser.wait_for("Welcome, grace!");
    browser.open(&own);
    browser.wait_for("You are grace.");
}

#[test]
fn a_form_of_another_origin_is_refused_unless_its_path_is_exempt() {
    let (site, browser) = (site(), Browser::start());
    let own = site.origin("127.0.0.1");
    for host in ["localhost", "127.0.0.1"] {
        let other = form_to(&format!("{own}/guarded"));
        browser.open(&other.origin(host));
        browser.wait_for("403 Forbidden");
    }
    // The page is the site's own now.
    browser.open(&own);
    browser.run(
        "document.body.innerHTML = '<form method=\"post\" action=\"/guarded\"></form>';\
        document.forms[0].submit()",
    );
    browser.wait_for("Form 1 of the session.");
}
