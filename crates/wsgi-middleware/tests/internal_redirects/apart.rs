//! Permissions and fields that middleware gives one page, and not the page after a redirect.

use wsgi_application::{Environ, Result, StartResponse, Status, application};
use wsgi_middleware::{
    Cors, CorsPolicy, CrossOriginProtection, InternalRedirect, InternalRedirects, Mounts,
};
use wsgi_testing::Request;

fn to_account(_environ: &mut Environ, _start_response: &mut StartResponse<'_>) -> Result {
    let redirect = InternalRedirect::to("/account".parse()?);
    Err(redirect.keep_request().into())
}

fn cors() -> CorsPolicy {
    let origin = "https://partner.example".parse().expect("an origin");
    let builder = CorsPolicy::builder().origin(origin);
    builder.credentials(true).build().expect("a policy")
}

#[test]
fn the_error_page_after_a_redirect_has_no_fields_of_the_first_page() {
    let fails = application(|_environ, _start_response| Err("no ink".into()));
    let pages = Mounts::new().mount("/api", Cors::new(to_account, cors()));
    let site = InternalRedirects::new(pages.mount("/account", fails));
    let request = Request::get("/api/").header("Origin", "https://partner.example");
    let response = request.call(&site);
    assert_eq!(response.status().code(), 500);
    let headers = response.headers();
    assert!(!headers.contains("Access-Control-Allow-Origin"));
    assert!(!headers.contains("Access-Control-Allow-Credentials"));
    assert_eq!(headers.get("Vary").expect("it"), "Origin");
}

#[test]
fn an_origin_that_one_page_allows_is_not_allowed_for_the_page_after_it() {
    let account = application(|_environ, start_response| {
        start_response.start(Status::OK, ())?;
        Ok("changed".into())
    });
    let hook = CrossOriginProtection::new(to_account).exempt("/{*any}");
    let pages = Mounts::new()
        .mount("/api", Cors::new(to_account, cors()))
        .mount("/hook", hook)
        .mount("/account", CrossOriginProtection::new(account));
    let site = InternalRedirects::new(pages);
    for path in ["/api/", "/hook/"] {
        let request = Request::post(path)
            .header("Host", "bank.example")
            .header("Origin", "https://partner.example");
        assert_eq!(request.call(&site).status().code(), 403, "{path}");
    }
}
