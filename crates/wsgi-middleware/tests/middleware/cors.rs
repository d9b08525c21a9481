//! Permissions for pages of other origins: preflights, responses, caches, and wrong settings.

use std::time::Duration;

use wsgi_application::{
    Application, Environ, ErrorPage, Result, StartResponse, Status, application,
};
use wsgi_middleware::{Cors, CorsError, CorsPolicy, CorsPolicyBuilder, CrossOriginProtection};
use wsgi_testing::{Request, Response};

fn hello(environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
    start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
    Ok(format!("hello by {}", environ.request_method()).into())
}

fn builder() -> CorsPolicyBuilder {
    let origin = "https://app.example".parse().expect("an origin");
    CorsPolicy::builder().origin(origin)
}

fn cors(builder: CorsPolicyBuilder) -> Cors<impl Application> {
    Cors::new(hello, builder.build().expect("a policy"))
}

/// Sends a request with the fields in a line each.
fn ask(app: &impl Application, method: &str, fields: &[&str]) -> Response {
    let request = Request::new(method, "https://api.example/");
    let request = fields.iter().fold(request, |request, field| {
        let (name, value) = field.split_once(": ").expect("a field");
        request.header(name, value)
    });
    request.call(app)
}

/// The fields of a response that concern other origins, in a line each.
fn fields(response: &Response) -> Vec<String> {
    let fields = response.headers().iter();
    let fields = fields.filter_map(|(name, value)| {
        let name = match name.strip_prefix("Access-Control-") {
            Some(name) => name,
            None if name == "Vary" => name,
            None => return None,
        };
        Some(format!("{name}: {value}"))
    });
    fields.collect()
}

const OWN: &str = "Origin: https://app.example";
const EVIL: &str = "Origin: https://evil.example";
const ASK_PUT: &str = "Access-Control-Request-Method: PUT";

#[track_caller]
fn check(builder: CorsPolicyBuilder, request: (&str, &[&str]), status: u16, expected: &[&str]) {
    let response = ask(&cors(builder), request.0, request.1);
    assert_eq!(response.status().code(), status, "{request:?}");
    assert_eq!(fields(&response), expected, "{request:?}");
}

#[test]
fn a_preflight_is_answered_without_the_application() {
    let full = || {
        builder()
            .methods(["PUT", "PATCH"])
            .headers(["Content-Type", "X-Token"])
            .expose(["ETag"])
            .credentials(true)
            .max_age(Duration::from_secs(600))
    };
    let granted = [
        "Vary: Origin",
        "Allow-Origin: https://app.example",
        "Allow-Credentials: true",
        "Allow-Methods: PUT, PATCH",
        "Allow-Headers: Content-Type, X-Token",
        "Max-Age: 600",
    ];
    check(full(), ("OPTIONS", &[OWN, ASK_PUT]), 204, &granted);
    // The browser compares the method with the list.
    let delete = "Access-Control-Request-Method: DELETE";
    check(full(), ("OPTIONS", &[OWN, delete]), 204, &granted);
    check(
        full(),
        ("OPTIONS", &[EVIL, ASK_PUT]),
        403,
        &["Vary: Origin"],
    );
    check(
        full(),
        ("OPTIONS", &["Origin: null", ASK_PUT]),
        403,
        &["Vary: Origin"],
    );
    let least = ["Vary: Origin", "Allow-Origin: https://app.example"];
    check(builder(), ("OPTIONS", &[OWN, ASK_PUT]), 204, &least);
}

#[test]
fn a_time_is_remembered_in_whole_seconds_that_browsers_can_read() {
    let times = [0, 1, 999, 1000, 1001].map(Duration::from_millis);
    let rounded = times.into_iter().zip(["0", "1", "1", "1", "2"]);
    for (time, seconds) in rounded.chain([(Duration::MAX, "9223372036854775807")]) {
        let expected = [
            "Vary: Origin",
            "Allow-Origin: https://app.example",
            &format!("Max-Age: {seconds}"),
        ];
        let builder = builder().max_age(time);
        check(builder, ("OPTIONS", &[OWN, ASK_PUT]), 204, &expected);
    }
}

#[test]
fn other_requests_with_options_reach_the_application() {
    let app = cors(builder());
    for fields in [&[][..], &[OWN], &[ASK_PUT]] {
        assert_eq!(ask(&app, "OPTIONS", fields).text(), "hello by OPTIONS");
    }
    assert_eq!(ask(&app, "GET", &[OWN, ASK_PUT]).text(), "hello by GET");
}

#[test]
fn a_response_can_be_read_by_allowed_origins_alone() {
    let exposing = || builder().expose(["ETag", "X-Count"]);
    let granted = [
        "Vary: Origin",
        "Allow-Origin: https://app.example",
        "Expose-Headers: ETag, X-Count",
    ];
    for method in ["GET", "POST", "PUT"] {
        check(exposing(), (method, &[OWN]), 200, &granted);
        check(exposing(), (method, &[EVIL]), 200, &["Vary: Origin"]);
        check(
            exposing(),
            (method, &["Origin: null"]),
            200,
            &["Vary: Origin"],
        );
        check(exposing(), (method, &[]), 200, &["Vary: Origin"]);
    }
    let two = "Origin: https://app.example, https://evil.example";
    check(exposing(), ("GET", &[two]), 200, &["Vary: Origin"]);
}

#[test]
fn a_condition_allows_origins_in_addition_to_others() {
    let some = || builder().origin_if(|origin| origin.ends_with(".evil.example"));
    let granted = |origin: &'static str| {
        let field = format!("Origin: {origin}");
        check(
            some().credentials(true),
            ("GET", &[&field]),
            200,
            &[
                "Vary: Origin",
                &format!("Allow-Origin: {origin}"),
                "Allow-Credentials: true",
            ],
        );
        let least = format!("Allow-Origin: {origin}");
        check(
            some(),
            ("OPTIONS", &[&field, ASK_PUT]),
            204,
            &["Vary: Origin", &least],
        );
    };
    granted("https://app.example");
    granted("https://a.evil.example");
    check(some(), ("GET", &[EVIL]), 200, &["Vary: Origin"]);
    check(
        some(),
        ("OPTIONS", &[EVIL, ASK_PUT]),
        403,
        &["Vary: Origin"],
    );
}

#[test]
fn a_condition_is_asked_about_origins_alone() {
    let all = || CorsPolicy::builder().origin_if(|_| true).credentials(true);
    for origin in [
        "Origin: null",
        "Origin: ",
        "Origin: https://a.example, https://b.example",
        "Origin: https://a.example/path",
        "Origin: app.example",
    ] {
        check(all(), ("GET", &[origin]), 200, &["Vary: Origin"]);
    }
    check(all(), ("GET", &[]), 200, &["Vary: Origin"]);
}

#[test]
fn any_origin_is_a_star_without_credentials() {
    let any = || CorsPolicy::builder().any_origin();
    let granted = ["Allow-Origin: *"];
    check(any(), ("GET", &[EVIL]), 200, &granted);
    check(any(), ("GET", &["Origin: null"]), 200, &granted);
    check(any(), ("OPTIONS", &[EVIL, ASK_PUT]), 204, &granted);
}

#[test]
fn a_response_that_every_origin_may_read_is_the_same_for_all_requests() {
    let any = || CorsPolicy::builder().any_origin().expose(["ETag"]);
    let granted = ["Allow-Origin: *", "Expose-Headers: ETag"];
    for origin in [&[][..], &[OWN], &[EVIL]] {
        check(any(), ("GET", origin), 200, &granted);
    }
    // Not a preflight.
    check(any(), ("OPTIONS", &[]), 200, &granted);
    check(any(), ("OPTIONS", &[ASK_PUT]), 200, &granted);
    let mirrored = any().any_method();
    let answered = [
        "Vary: Access-Control-Request-Method",
        "Allow-Origin: *",
        "Allow-Methods: PUT",
    ];
    check(mirrored, ("OPTIONS", &[EVIL, ASK_PUT]), 204, &answered);
}

#[test]
fn methods_and_fields_can_be_mirrored() {
    let any = || builder().any_method().any_header();
    let asked = "Access-Control-Request-Headers: content-type,x-token";
    let vary = "Vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers";
    let origin = "Allow-Origin: https://app.example";
    let granted = [
        vary,
        origin,
        "Allow-Methods: PUT",
        "Allow-Headers: content-type,x-token",
    ];
    check(any(), ("OPTIONS", &[OWN, ASK_PUT, asked]), 204, &granted);
    check(
        any(),
        ("OPTIONS", &[OWN, ASK_PUT]),
        204,
        &[vary, origin, "Allow-Methods: PUT"],
    );
    check(any(), ("OPTIONS", &[EVIL, ASK_PUT, asked]), 403, &[vary]);
    check(any(), ("GET", &[OWN]), 200, &["Vary: Origin", origin]);

    // Empty members of a list mean nothing, and are not sent (RFC 9110 section 5.6.1).
    for (asked, granted) in [
        ("content-type,,x-token,", "content-type, x-token"),
        (", \t,x-token", "x-token"),
        ("x-token,", "x-token"),
        ("x-a ,\tx-b", "x-a ,\tx-b"),
    ] {
        let field = format!("Access-Control-Request-Headers: {asked}");
        let response = ask(&cors(any()), "OPTIONS", &[OWN, ASK_PUT, &field]);
        let allowed = response.headers().get("Access-Control-Allow-Headers");
        assert_eq!(allowed.expect("a field"), granted);
    }

    // What is malformed or too long is not sent back.
    let long = format!("Access-Control-Request-Headers: {}", "a".repeat(4097));
    for asked in [
        "Access-Control-Request-Headers: a b",
        "Access-Control-Request-Headers: ,",
        "Access-Control-Request-Headers: a,,b c",
        &long,
    ] {
        let response = ask(&cors(any()), "OPTIONS", &[OWN, ASK_PUT, asked]);
        assert_eq!(response.status(), &Status::NO_CONTENT);
        assert!(
            !response.headers().contains("Access-Control-Allow-Headers"),
            "{asked}"
        );
    }
    let request = Request::new("OPTIONS", "/")
        .header("Origin", "https://app.example")
        .header("Access-Control-Request-Method", "PUT")
        .variable("HTTP_ACCESS_CONTROL_REQUEST_HEADERS", "x-token\r");
    let response = request.call(&cors(any()));
    assert_eq!(response.status(), &Status::NO_CONTENT);
    assert!(!response.headers().contains("Access-Control-Allow-Headers"));
    let malformed = "Access-Control-Request-Method: P UT";
    let response = ask(&cors(any()), "OPTIONS", &[OWN, malformed]);
    assert!(!response.headers().contains("Access-Control-Allow-Methods"));
}

#[test]
fn the_fields_of_the_application_give_way_and_its_vary_is_kept() {
    let own = application(|_environ, start_response| {
        let fields = [
            ("Vary", "Accept"),
            ("Access-Control-Allow-Origin", "https://x.example"),
        ];
        start_response.start(Status::OK, fields)?;
        Ok("".into())
    });
    let app = Cors::new(own, builder().build().expect("a policy"));
    let response = ask(&app, "GET", &[OWN]);
    let vary = response.headers().get("Vary").expect("a field").to_string();
    assert_eq!(vary, "Accept, Origin");
    let mut origins = response.headers().get_all("Access-Control-Allow-Origin");
    assert_eq!(origins.next().expect("a field"), "https://app.example");
    assert!(origins.next().is_none());
}

#[test]
fn an_application_allows_nothing_that_the_policy_refuses() {
    let own = application(|_environ, start_response| {
        let fields = [
            ("Access-Control-Allow-Origin", "*"),
            ("Access-Control-Allow-Credentials", "true"),
            ("Access-Control-Expose-Headers", "X-Secret"),
        ];
        start_response.start(Status::OK, fields)?;
        Ok("".into())
    });
    let app = Cors::new(own, builder().build().expect("a policy"));
    assert_eq!(fields(&ask(&app, "GET", &[EVIL])), ["Vary: Origin"]);
    assert_eq!(fields(&ask(&app, "GET", &[])), ["Vary: Origin"]);
    assert_eq!(
        fields(&ask(&app, "GET", &[OWN])),
        ["Vary: Origin", "Allow-Origin: https://app.example"]
    );
}

#[test]
fn a_page_learns_that_the_application_failed() {
    let fails = application(|_environ, _start_response| Err("out of tea".into()));
    let app = Cors::new(fails, builder().build().expect("a policy"));
    let response = ask(&app, "GET", &[OWN]);
    assert_eq!(response.status(), &Status::INTERNAL_SERVER_ERROR);
    assert_eq!(
        fields(&response),
        ["Vary: Origin", "Allow-Origin: https://app.example"]
    );
    assert_eq!(fields(&ask(&app, "GET", &[EVIL])), ["Vary: Origin"]);
    assert_eq!(fields(&ask(&app, "GET", &[])), ["Vary: Origin"]);
}

#[test]
fn an_error_page_of_the_application_allows_nothing_that_the_policy_refuses() {
    let page = application(|_environ, start_response| {
        let fields = [("Access-Control-Allow-Origin", "*")];
        start_response.start(Status::SERVICE_UNAVAILABLE, fields)?;
        Ok("later".into())
    });
    let page = ErrorPage::new(page);
    for panics in [false, true] {
        let page = page.clone();
        let fails = application(move |environ, _start_response| {
            environ.insert_extension(page.clone());
            assert!(!panics, "on purpose");
            Err("out of tea".into())
        });
        let app = Cors::new(fails, builder().build().expect("a policy"));
        let response = ask(&app, "GET", &[EVIL]);
        assert_eq!(response.text(), "later");
        assert_eq!(fields(&response), ["Vary: Origin"]);
        assert_eq!(fields(&ask(&app, "GET", &[])), ["Vary: Origin"]);
        assert_eq!(
            fields(&ask(&app, "GET", &[OWN])),
            ["Vary: Origin", "Allow-Origin: https://app.example"]
        );
    }
}

#[test]
fn the_vary_of_an_error_page_is_kept() {
    let page = application(|_environ, start_response| {
        start_response.start(Status::SERVICE_UNAVAILABLE, [("Vary", "Accept")])?;
        Ok("later".into())
    });
    let page = ErrorPage::new(page);
    let fails = application(move |environ, _start_response| {
        environ.insert_extension(page.clone());
        Err("out of tea".into())
    });
    let app = Cors::new(fails, builder().build().expect("a policy"));
    let expected = ["Vary: Accept", "Vary: Origin"];
    assert_eq!(fields(&ask(&app, "GET", &[])), expected);
}

#[test]
fn an_origin_with_credentials_passes_the_protection_within() {
    let any = || CorsPolicy::builder().any_origin();
    for (builder, origin, status) in [
        (builder().credentials(true), OWN, 200),
        (builder().credentials(true), EVIL, 403),
        (builder(), OWN, 403),
        (any(), OWN, 403),
    ] {
        let policy = builder.build().expect("a policy");
        let app = Cors::new(CrossOriginProtection::new(hello), policy);
        let response = ask(&app, "POST", &[origin, "Sec-Fetch-Site: cross-site"]);
        assert_eq!(response.status().code(), status, "{origin}");
    }
}

#[test]
fn settings_that_contradict_each_other_are_refused() {
    let new = CorsPolicy::builder;
    let method = |name: &str| CorsError::Method(name.to_owned());
    let header = |name: &str| CorsError::Header(name.to_owned());
    for (builder, error) in [
        (new(), CorsError::NoOrigin),
        (new().credentials(true), CorsError::NoOrigin),
        (
            new().any_origin().credentials(true),
            CorsError::AnyOriginWithCredentials,
        ),
        (builder().any_origin(), CorsError::AnyOriginAndOthers),
        (
            new().origin_if(|_| true).any_origin(),
            CorsError::AnyOriginAndOthers,
        ),
        (
            builder().any_method().methods(["PUT"]),
            CorsError::AnyMethodAndOthers,
        ),
        (
            builder().any_header().headers(["X-A"]),
            CorsError::AnyHeaderAndOthers,
        ),
        (builder().methods(["P UT"]), method("P UT")),
        (builder().methods([""]), method("")),
        (builder().methods(["*"]), method("*")),
        (builder().methods(["patch"]), method("patch")),
        (builder().methods(["PUT", "trace"]), method("trace")),
        (builder().methods(["CONNECT"]), method("CONNECT")),
        (builder().headers(["X-A: b"]), header("X-A: b")),
        (builder().headers(["*"]), header("*")),
        (builder().expose(["a\r\nb"]), header("a\r\nb")),
        (builder().expose(["*"]), header("*")),
    ] {
        assert_eq!(builder.build().expect_err("an error"), error);
    }
}
