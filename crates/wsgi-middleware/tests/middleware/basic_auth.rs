//! Basic authentication: who may pass, and the variables of the application.

#![cfg(feature = "basic-auth")]

use wsgi_application::{Application, Environ, Result, StartResponse, Status};
use wsgi_middleware::{BasicAuth, constant_time_eq};
use wsgi_testing::{Request, Response};

fn whoami(environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
    start_response.start(Status::OK, [("Content-Type", "text/plain; charset=utf-8")])?;
    let user = environ.get("REMOTE_USER").expect("a user");
    let scheme = environ.get("AUTH_TYPE").expect("a scheme");
    Ok(format!("{user} by {scheme}").into())
}

fn guarded() -> impl Application {
    BasicAuth::new(whoami, "Demo", |user, password| {
        user == "zoë" && constant_time_eq(password, "a:ü")
    })
}

fn call(authorization: &str) -> Response {
    let request = Request::get("/").header("Authorization", authorization);
    request.call(&guarded())
}

#[test]
fn the_right_password_passes_with_the_scheme_in_any_case() {
    for authorization in ["Basic em/DqzphOsO8", "basic em/DqzphOsO8"] {
        assert_eq!(call(authorization).text(), "zoë by Basic");
    }
}

#[test]
fn everyone_else_is_asked_for_a_password() {
    let refused = [
        Request::get("/").call(&guarded()),
        call("Basic em/DqzphOsO9"), // zoë:a:ý
        call("Basic"),
        call("Basic =="),
        call("Bearer em/DqzphOsO8"),
    ];
    for response in refused {
        assert_eq!(response.status(), &Status::UNAUTHORIZED);
        let asked = response.headers().get("WWW-Authenticate");
        assert_eq!(asked.unwrap(), r#"Basic realm="Demo", charset="UTF-8""#);
    }
}

#[cfg(feature = "internal-redirects")]
#[test]
fn a_wrong_password_counts_once_if_the_site_has_a_page_for_it() {
    use wsgi_middleware::{ErrorDocuments, Quota, Throttle};

    let throttle = Throttle::new().per_user(Quota::per_minute(2));
    let site = BasicAuth::new(whoami, "Demo", |user, password| {
        (user, password) == ("a", "b")
    })
    .throttle(throttle);
    let page = "/sorry".parse().unwrap();
    let site = ErrorDocuments::new(site).document(401, page);
    let ask = |authorization| {
        let request = Request::get("/").header("Authorization", authorization);
        request.call(&site).status().code()
    };
    let (right, wrong) = ("Basic YTpi", "Basic YTpj");
    assert_eq!(ask(wrong), 401);
    assert_eq!(ask(right), 200);
    assert_eq!([ask(wrong), ask(wrong)], [401, 429]);
}
