//! Scheme, host, port and prefix, in all variables that show them.

use super::*;

#[test]
fn host_and_port_agree_in_all_variables() {
    for (fields, host, name, port) in [
        ("X-Forwarded-For: 192.0.2.7", "inner:8000", "inner", "8000"),
        ("X-Forwarded-Proto: https", "inner:8000", "inner", "8000"),
        ("X-Forwarded-Host: a", "a", "a", "80"),
        ("X-Forwarded-Host: a:81", "a:81", "a", "81"),
        ("X-Forwarded-Host: a:80", "a", "a", "80"),
        (
            "X-Forwarded-Host: [2001:DB8::1]:81",
            "[2001:DB8::1]:81",
            "[2001:DB8::1]",
            "81",
        ),
        (
            "X-Forwarded-Host: a:81\nX-Forwarded-Port: 82",
            "a:82",
            "a",
            "82",
        ),
        (
            "X-Forwarded-Host: a\nX-Forwarded-Proto: https",
            "a",
            "a",
            "443",
        ),
        (
            "X-Forwarded-Host: a:80\nX-Forwarded-Proto: https",
            "a:80",
            "a",
            "80",
        ),
        (
            "X-Forwarded-Port: 443\nX-Forwarded-Proto: https",
            "inner",
            "inner",
            "443",
        ),
        ("X-Forwarded-Port: 80", "inner", "inner", "80"),
        ("X-Forwarded-Port: 99999", "inner:8000", "inner", "8000"),
        ("X-Forwarded-Port: 0", "inner:8000", "inner", "8000"),
        ("X-Forwarded-Host: a:0", "a", "a", "80"),
        (
            "X-Forwarded-Host: a:0\nX-Forwarded-Port: 82",
            "a:82",
            "a",
            "82",
        ),
        (
            "X-Forwarded-Host: a:81\nX-Forwarded-Port: 0",
            "a:81",
            "a",
            "81",
        ),
        ("X-Forwarded-Host: user@a", "inner:8000", "inner", "8000"),
        (
            "X-Forwarded-Host: a/b\nX-Forwarded-Port: x",
            "inner:8000",
            "inner",
            "8000",
        ),
    ] {
        check_x(
            fields,
            &[
                ("HTTP_HOST", host),
                ("SERVER_NAME", name),
                ("SERVER_PORT", port),
            ],
        );
    }
    check_forwarded(
        "Forwarded: for=192.0.2.7;host=\"a:0\"",
        &[
            ("HTTP_HOST", "a"),
            ("SERVER_NAME", "a"),
            ("SERVER_PORT", "80"),
        ],
    );
    let app = trusting(tell, ForwardedBy::XForwarded);
    let with_host = |host: Option<&str>, fields| {
        let request = Request::get("/").variable("REMOTE_ADDR", "10.0.0.1");
        let request = request
            .variable("SERVER_NAME", "inner")
            .variable("SERVER_PORT", "8000");
        let request = request.variable("HTTP_HOST", host.unwrap_or_default());
        let request = match fields {
            "" => request.header("X-Forwarded-Proto", "https"),
            port => request
                .header("X-Forwarded-Proto", "https")
                .header("X-Forwarded-Port", port),
        };
        let response = request.call(&app);
        let [url, port] = ["URL", "SERVER_PORT"].map(|name| line(response.text(), name).to_owned());
        (url, port)
    };
    let row = |url: &str, port: &str| (url.to_owned(), port.to_owned());
    assert_eq!(with_host(Some("a"), ""), row("https://a/", "443"));
    assert_eq!(with_host(None, ""), row("https://inner:8000/", "8000"));
    assert_eq!(with_host(None, "443"), row("https://inner/", "443"));
    assert_eq!(with_host(Some("a!"), "444"), row("https://a!/", "444"));
}

#[test]
fn the_scheme_of_the_client_replaces_that_of_the_connection() {
    for (proto, url) in [
        ("http", "http://inner:8000/menu?a"),
        ("HTTP", "http://inner:8000/menu?a"),
        ("Https", "https://inner:8000/menu?a"),
        ("ftp", "https://inner:8000/menu?a"),
        ("", "https://inner:8000/menu?a"),
    ] {
        let request = from("10.0.0.1", &format!("X-Forwarded-Proto: {proto}"));
        let request = request.variable("HTTPS", "on");
        let response = request.call(&trusting(tell, ForwardedBy::XForwarded));
        assert_eq!(line(response.text(), "URL"), url, "{proto}");
    }
}

#[test]
fn the_prefix_comes_before_the_script_name() {
    let app = Mounts::new().mount("/menu", tell).fallback(not_found);
    let app = TrustedProxies::new(app)
        .trust("10.0.0.1".parse().unwrap())
        .trust_prefix(true);
    let script_name = |fields| {
        let response = from("10.0.0.1", fields).call(&app);
        line(response.text(), "SCRIPT_NAME").to_owned()
    };
    assert_eq!(
        script_name("X-Forwarded-Prefix: /caf%C3%A9/"),
        "/caf\u{e9}/menu"
    );
    assert_eq!(script_name("X-Forwarded-Prefix: /"), "/menu");
    assert_eq!(script_name("X-Forwarded-Prefix: //evil.example"), "/menu");
    assert_eq!(script_name("X-Forwarded-Prefix: /a/../b"), "/menu");
}
