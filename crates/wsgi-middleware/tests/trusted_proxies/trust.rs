//! Those who are believed, and the fields that others cannot send.

use super::*;

#[test]
fn nobody_else_is_believed() {
    let fields = "X-Forwarded-For: 192.0.2.7\nX-Forwarded-Proto: https\n\
                  X-Forwarded-Host: example.org\nX-Forwarded-Port: 8443\n\
                  X-Forwarded-Prefix: /app\nForwarded: for=192.0.2.7;proto=https;host=a";
    for by in [ForwardedBy::XForwarded, ForwardedBy::Forwarded] {
        for peer in [
            "192.0.2.8",
            "11.0.0.0",
            "2001:db8:2::",
            "",
            "unix:",
            "10.0.0.1 ",
            "x",
        ] {
            let expected = [
                ("URL", "http://inner:8000/menu?a"),
                ("REMOTE_ADDR", peer),
                ("REMOTE_PORT", "4711"),
                ("REMOTE_HOST", "peer.example"),
                ("HTTPS", "-"),
                ("SERVER_NAME", "inner"),
                ("SERVER_PORT", "8000"),
                ("SCRIPT_NAME", ""),
            ];
            check(by, peer, fields, &expected);
        }
        for peer in ["10.255.255.255", "::ffff:10.0.0.1", "2001:db8:1:ffff::"] {
            check(by, peer, fields, &[("REMOTE_ADDR", "192.0.2.7")]);
        }
    }
}

#[test]
fn a_gateway_that_does_not_know_the_address_is_not_a_unix_socket() {
    let app = TrustedProxies::new(tell as App).trust_unix(true);
    let request = || Request::get("/").header("X-Forwarded-For", "192.0.2.7");
    assert_eq!(line(request().call(&app).text(), "REMOTE_ADDR"), "-");
    for unix in ["", "unix:"] {
        let response = request().variable("REMOTE_ADDR", unix).call(&app);
        assert_eq!(line(response.text(), "REMOTE_ADDR"), "192.0.2.7");
    }
    let response = request().variable("REMOTE_ADDR", "192.0.2.8").call(&app);
    assert_eq!(line(response.text(), "REMOTE_ADDR"), "192.0.2.8");
}

#[test]
fn only_the_believed_fields_reach_the_application() {
    let request = |peer| {
        let lines = "Forwarded: for=a\nX-Forwarded: a\nX-Forwarded-For: a\nX-Forwarded-User: a\n\
                     X-Forwarded-Host: a\nX-Forwarded-Port: 1\nX-Forwarded-Prefix: /a\n\
                     X_Forwarded_Proto: https\nx-forwarded-ssl: on";
        from(peer, lines)
    };
    let x_forwarded = "HTTP_X_FORWARDED HTTP_X_FORWARDED_FOR HTTP_X_FORWARDED_HOST \
                       HTTP_X_FORWARDED_PORT HTTP_X_FORWARDED_PREFIX HTTP_X_FORWARDED_SSL \
                       HTTP_X_FORWARDED_USER";
    let rows = [
        (ForwardedBy::XForwarded, "10.0.0.1", x_forwarded),
        (ForwardedBy::XForwarded, "192.0.2.8", ""),
        (ForwardedBy::Forwarded, "10.0.0.1", "HTTP_FORWARDED"),
        (ForwardedBy::Forwarded, "192.0.2.8", ""),
    ];
    for (by, peer, names) in rows {
        let response = request(peer).call(&trusting(fields, by));
        assert_eq!(response.text(), names, "{by:?} from {peer}");
    }
    let app = trusting(fields, ForwardedBy::XForwarded);
    let response = request("10.0.0.1").call(&app.trust_host(false).trust_prefix(false));
    let names = "HTTP_X_FORWARDED HTTP_X_FORWARDED_FOR HTTP_X_FORWARDED_SSL HTTP_X_FORWARDED_USER";
    assert_eq!(response.text(), names);
    let nobody = TrustedProxies::new(fields as App);
    assert_eq!(request("10.0.0.1").call(&nobody).text(), "");
}

#[test]
fn a_name_with_underscores_is_not_a_field_of_a_proxy() {
    check_x(
        "X_Forwarded_For: 192.0.2.7\nX_Forwarded_Proto: https",
        &[
            ("REMOTE_ADDR", "10.0.0.1"),
            ("URL", "http://inner:8000/menu?a"),
        ],
    );
}

#[test]
fn the_host_and_the_prefix_are_those_of_the_connection_by_default() {
    let fields = "X-Forwarded-For: 192.0.2.7\nX-Forwarded-Proto: https\nX-Forwarded-Host: a\n\
                  X-Forwarded-Port: 444\nX-Forwarded-Prefix: /app";
    let app = || TrustedProxies::new(tell as App).trust("10.0.0.1".parse().unwrap());
    let url = |app, fields| {
        let response = from("10.0.0.1", fields).call(&app);
        line(response.text(), "URL").to_owned()
    };
    assert_eq!(url(app(), fields), "https://inner:8000/menu?a");
    assert_eq!(url(app().trust_host(true), fields), "https://a:444/menu?a");
    let with_prefix = app().trust_prefix(true);
    assert_eq!(url(with_prefix, fields), "https://inner:8000/app/menu?a");
    let app = app().forwarded_by(ForwardedBy::Forwarded);
    let field = "Forwarded: for=192.0.2.7;proto=https;host=a";
    let response = from("10.0.0.1", field).call(&app);
    assert_eq!(line(response.text(), "URL"), "https://inner:8000/menu?a");
    assert_eq!(line(response.text(), "REMOTE_ADDR"), "192.0.2.7");
}

#[test]
fn a_second_middleware_believes_nobody_again() {
    let inner = trusting(tell, ForwardedBy::XForwarded);
    let outer = TrustedProxies::new(inner).trust("10.0.0.1".parse().unwrap());
    let response = from("10.0.0.1", "X-Forwarded-For: 10.0.0.9, 192.0.2.7").call(&outer);
    assert_eq!(line(response.text(), "REMOTE_ADDR"), "192.0.2.7");
}
