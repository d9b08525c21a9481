//! Header fields of requests and responses, including cookies.

use wsgi::{Body, Status, application, validate::rules};

use super::{TEXT, says, shows};
use crate::{case::Case, expected::Expected, gateway::Gateway, request::Request};

pub(super) fn cases() -> Vec<Case> {
    received().into_iter().chain(sent()).collect()
}

fn received() -> [Case; 11] {
    [
        Case::new(
            "a_field_is_a_variable",
            shows(&["HTTP_USER_AGENT", "HTTP_X_TEA", "HTTP_X_NONE"]),
            Request::get("")
                .field("User-Agent", "suite/1.0 (a; b)")
                .field("x-tea", "green"),
            Expected::ok("suite/1.0 (a; b)\ngreen\n-\n"),
        ),
        Case::new(
            "repeated_fields_are_one_value",
            shows(&["HTTP_ACCEPT"]),
            Request::get("")
                .field("Accept", "text/html")
                .field("accept", "text/plain"),
            Expected::ok("text/html, text/plain\n"),
        ),
        Case::new(
            "cookies",
            shows(&["HTTP_COOKIE"]),
            Request::get("").field("Cookie", "a=1; b=\"2\"; c=x=y"),
            Expected::ok("a=1; b=\"2\"; c=x=y\n"),
        ),
        Case::new(
            "repeated_cookies_are_one_value",
            shows(&["HTTP_COOKIE"]),
            Request::get("")
                .field("Cookie", "a=1")
                .field("Cookie", "b=2"),
            Expected::ok("a=1; b=2\n"),
        )
        .differs(
            Gateway::is_apache,
            "Apache joins all fields with commas, also cookies",
            |expected| expected.body("a=1, b=2\n"),
        )
        .differs(
            |gateway| gateway.is_h2o() && gateway.is_fastcgi(),
            "H2O joins cookies without a space",
            |expected| expected.body("a=1;b=2\n"),
        ),
        Case::new(
            "a_value_that_is_not_text",
            shows(&["HTTP_X_TEA"]),
            Request::get("").field("X-Tea", b"caf\xe9 \xff".to_vec()),
            Expected::ok(b"caf\xe9 \xff\n".to_vec()),
        ),
        Case::new(
            "an_empty_field_is_an_empty_variable",
            shows(&["HTTP_X_TEA"]),
            Request::get("").field("X-Tea", ""),
            Expected::ok("\n"),
        )
        .differs(
            Gateway::is_lighttpd,
            "lighttpd drops fields without a value",
            |expected| expected.body("-\n"),
        ),
        Case::new(
            "credentials_reach_the_application",
            shows(&["HTTP_AUTHORIZATION"]),
            Request::get("").field("Authorization", "Basic YTpi"),
            Expected::ok("Basic YTpi\n"),
        ),
        Case::new(
            "a_field_named_proxy_does_not_become_a_variable",
            shows(&["HTTP_PROXY"]),
            Request::get("").field("Proxy", "http://evil.example/"),
            Expected::ok("-\n"),
        ),
        Case::new(
            "a_name_with_an_underscore_does_not_become_a_variable",
            shows(&["HTTP_X_USER"]),
            Request::get("").field("X_User", "root"),
            Expected::ok("-\n"),
        )
        .differs(
            |gateway| (gateway.is_lighttpd() || gateway.is_h2o()) && !gateway.is_proxy(),
            "the front server writes the variable",
            |expected| expected.body("root\n"),
        ),
        Case::new(
            "a_long_field",
            says(|environ| {
                let value = environ.get("HTTP_X_LONG").unwrap_or_default();
                Ok(format!("{}\n", value.len()).into_bytes())
            }),
            Request::get("").field("X-Long", "x".repeat(6000)),
            Expected::ok("6000\n"),
        ),
        Case::new(
            "many_fields",
            says(|environ| {
                let names: Vec<_> = environ.iter().map(|(name, _)| name.into_owned()).collect();
                let count = names.iter().filter(|name| name.starts_with("HTTP_MANY_"));
                Ok(format!("{}\n", count.count()).into_bytes())
            }),
            (0..80).fold(Request::get(""), |request, at| {
                request.field(format!("Many-{at}"), "a value of some length")
            }),
            Expected::ok("80\n"),
        ),
    ]
}

fn sent() -> [Case; 7] {
    let many = |at: usize| format!("X-Many-{at}");
    [
        Case::new(
            "fields_of_one_name_stay_apart_and_in_order",
            application(|_environ, start_response| {
                let fields = [
                    ("X-Tea", "green"),
                    ("X-Cup", "1"),
                    ("x-tea", "black, white"),
                ];
                start_response.start(Status::NO_CONTENT, fields)?;
                Ok(Body::empty())
            }),
            Request::get(""),
            Expected::status(204, "No Content")
                .fields("X-Tea", ["green", "black, white"])
                .field("X-Cup", "1"),
        )
        .differs(
            Gateway::is_apache_cgi_like,
            "Apache joins the fields of a response that is not HTTP, except Set-Cookie",
            |expected| expected.field("X-Tea", "green, black, white"),
        ),
        Case::new(
            "each_cookie_is_set_by_a_field",
            application(|_environ, start_response| {
                let fields = [
                    ("Set-Cookie", "a=1; Path=/; HttpOnly"),
                    ("Set-Cookie", "b=2; Expires=Wed, 21 Oct 2065 07:28:00 GMT"),
                    ("Set-Cookie", "c=3"),
                ];
                start_response.start(Status::NO_CONTENT, fields)?;
                Ok(Body::empty())
            }),
            Request::get(""),
            Expected::status(204, "No Content").fields(
                "Set-Cookie",
                [
                    "a=1; Path=/; HttpOnly",
                    "b=2; Expires=Wed, 21 Oct 2065 07:28:00 GMT",
                    "c=3",
                ],
            ),
        ),
        Case::new(
            "many_fields_are_sent",
            application(move |_environ, start_response| {
                start_response.start(Status::OK, TEXT)?;
                let Some(head) = start_response.head() else {
                    return Err("the head is out".into());
                };
                for at in 0..90 {
                    head.headers.append(many(at), "a value of some length")?;
                }
                Ok("text\n".into())
            }),
            Request::get(""),
            (0..90).fold(Expected::ok("text\n"), |expected, at| {
                expected.field(&many(at), "a value of some length")
            }),
        ),
        Case::new(
            "a_long_field_is_sent",
            application(|_environ, start_response| {
                start_response.start(Status::OK, TEXT)?;
                let Some(head) = start_response.head() else {
                    return Err("the head is out".into());
                };
                head.headers.append("X-Long", "x".repeat(6000))?;
                Ok("text\n".into())
            }),
            Request::get(""),
            Expected::ok("text\n").field("X-Long", "x".repeat(6000)),
        ),
        Case::new(
            "a_value_that_is_not_text_is_sent",
            application(|_environ, start_response| {
                start_response.start(Status::OK, TEXT)?;
                let Some(head) = start_response.head() else {
                    return Err("the head is out".into());
                };
                head.headers.append("X-Tea", b"caf\xe9 \xff")?;
                Ok("text\n".into())
            }),
            Request::get(""),
            Expected::ok("text\n").field("X-Tea", b"caf\xe9 \xff".to_vec()),
        )
        .allow(rules::FIELD_VALUE),
        Case::new(
            "an_empty_field_is_sent",
            application(|_environ, start_response| {
                let fields = [("Content-Type", "text/plain"), ("X-Tea", "")];
                start_response.start(Status::OK, fields)?;
                Ok("text\n".into())
            }),
            Request::get(""),
            Expected::ok("text\n").field("X-Tea", ""),
        )
        .differs(
            Gateway::is_lighttpd,
            "lighttpd drops fields without a value",
            |expected| expected.no_field("X-Tea"),
        ),
        Case::new(
            "the_type_stays_unchanged",
            application(|_environ, start_response| {
                let fields = [("Content-Type", "Text/X-Tea;  charset=\"ISO-8859-1\"")];
                start_response.start(Status::OK, fields)?;
                Ok("text\n".into())
            }),
            Request::get(""),
            Expected::ok("text\n").field("Content-Type", "Text/X-Tea;  charset=\"ISO-8859-1\""),
        )
        .differs(
            Gateway::is_apache_cgi_like,
            "Apache writes the type in lower case",
            |expected| expected.field("Content-Type", "text/x-tea;  charset=\"ISO-8859-1\""),
        ),
    ]
}
