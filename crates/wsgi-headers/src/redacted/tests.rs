//! Values of fields and variables with secrets, and how they are shown.

use proptest::prelude::*;

use super::Redacted;

#[track_caller]
fn check(name: &str, value: impl AsRef<[u8]>, expected: &str) {
    let value = value.as_ref();
    assert_eq!(format!("{:?}", Redacted::new(name, value)), expected);
}

#[test]
fn credentials_have_a_scheme() {
    for name in [
        "authorization",
        "Proxy-Authorization",
        "HTTP_AUTHORIZATION",
        "REDIRECT_REDIRECT_HTTP_AUTHORIZATION",
    ] {
        check(name, "Basic YTpi", "\"Basic (4 bytes)\"");
        check(name, "Digest a=\"b\", c=d", "\"Digest (10 bytes)\"");
        check(name, "opensesame", "(10 bytes)");
        check(name, "open,sesame now", "(15 bytes)");
        check(name, "opensesameopensesame1 now", "(25 bytes)");
        check(name, " now", "(4 bytes)");
        check(name, "", "(0 bytes)");
    }
    check("X-Authorization", "Basic YTpi", "(10 bytes)");
}

#[test]
fn cookies_have_names_and_attributes() {
    let set = "id=open; Path=/; Secure";
    check("Set-Cookie", set, "\"id=(4 bytes); Path=/; Secure\"");
    check("set-cookie", "open=", "\"open=(0 bytes)\"");
    check("Set-Cookie", "open", "(4 bytes)");
    check("HTTP_COOKIE", "a=b=c; d=e", "\"a=(3 bytes); d=(1 bytes)\"");
    check("Cookie", "a=b;open", "\"a=(1 bytes);(4 bytes)\"");
    check("REDIRECT_HTTP_COOKIE", b"\xff=a", "\"\\xff=(1 bytes)\"");
    check("X-Cookie", "a=b", "(3 bytes)");
    check("Cookie", "a=b; ", "\"a=(1 bytes); \"");
}

#[test]
fn other_parts_of_a_cookie_are_secrets() {
    for (value, expected) in [
        ("a=b; Path=/, session=open", "a=(1 bytes); (20 bytes)"),
        ("a=b; Secure, session=open", "a=(1 bytes); (20 bytes)"),
        (
            "a=b; Expires=Wed, 09 Jun 2027 10:18:14 GMT, session=open",
            "a=(1 bytes); (51 bytes)",
        ),
        ("a=b; Expires=0, 1=open", "a=(1 bytes); (17 bytes)"),
        ("a=b; Expires=0, open", "a=(1 bytes); (15 bytes)"),
        ("id=\"open;sesame\"", "id=(5 bytes);(7 bytes)"),
        (
            "a=b; session=open; open",
            "a=(1 bytes); (12 bytes); (4 bytes)",
        ),
        ("b3BlbnNlc2FtZQ==", "(16 bytes)"),
        ("b3BlbnNlc2FtZXM=; Secure", "(16 bytes); Secure"),
        ("=open", "=(4 bytes)"),
    ] {
        check("Set-Cookie", value, &format!("{expected:?}"));
    }
    for attributes in [
        "; Expires=Wed, 09 Jun 2027 10:18:14 GMT; max-age=60; SECURE; HttpOnly",
        ";Domain=a.example;Path=/a=b;SameSite=None; Partitioned;",
        "; Expires=Wednesday, 09-Jun-27 10:18:14 GMT",
        "; Expires=Wed Jun  9 10:18:14 2027",
    ] {
        let expected = format!("\"a=(1 bytes){attributes}\"");
        check("Set-Cookie", format!("a=b{attributes}"), &expected);
    }
}

#[test]
fn queries_have_secret_parameters() {
    let query = "a=b&access_token=open&c";
    check("QUERY_STRING", query, "\"a=b&access_token=(4 bytes)&c\"");
    check("REDIRECT_QUERY_STRING", "token=", "\"token=(0 bytes)\"");
    check("QUERY_STRING", "keyword=tea", "\"keyword=tea\"");
    check(
        "REQUEST_URI",
        "/token=a?pass=b",
        "\"/token=a?pass=(1 bytes)\"",
    );
    check("REQUEST_URI", "/token=a", "\"/token=a\"");
    check(
        "Referer",
        "http://a/?jwt=b#c",
        "\"http://a/?jwt=(1 bytes)#c\"",
    );
    check("Location", "/?a#token=b", "\"/?a#token=(1 bytes)\"");
    check("Location", "/#token=b", "\"/#token=(1 bytes)\"");
    check("X-Note", "/?token=a", "\"/?token=a\"");
    check("QUERY_STRING", "?PWD=a", "\"?PWD=(1 bytes)\"");
    check("QUERY_STRING", "tok%65n=a", "\"tok%65n=(1 bytes)\"");
    check(
        "QUERY_STRING",
        "%74oken%=a&%4=%",
        "\"%74oken%=(1 bytes)&%4=%\"",
    );
    for name in [
        "HTTP_X_ORIGINAL_URL",
        "X-Original-URI",
        "X-Forwarded-Uri",
        "RAW_URI",
    ] {
        check(name, "/?token=a", "\"/?token=(1 bytes)\"");
    }
}

#[test]
fn a_url_may_have_a_password() {
    for (url, expected) in [
        (
            "https://u:open@a.example/",
            "https://u:(4 bytes)@a.example/",
        ),
        (
            "redis://:open@a:1/?token=b",
            "redis://:(4 bytes)@a:1/?token=(1 bytes)",
        ),
        ("//u:o@p:en@a?b#c", "//u:(6 bytes)@a?b#c"),
        ("https://u@a.example:1/@", "https://u@a.example:1/@"),
        ("https://a.example/b:c@d", "https://a.example/b:c@d"),
        ("/a//b:c@d", "/a//b:c@d"),
        ("/", "/"),
        ("//", "//"),
    ] {
        check("Location", url, &format!("{expected:?}"));
    }
    check("DATABASE_URL", "pg://u:open@a", "\"pg://u:(4 bytes)@a\"");
}

#[test]
fn a_url_in_a_url_may_have_secrets() {
    for (url, expected) in [
        ("/?a=b&next=https://u:open@a/&c", "/?a=b&next=(17 bytes)&c"),
        ("/?next=https://u:o;p@a/", "/?next=(16 bytes)"),
        ("/?next=https%3A%2F%2Fu%3Aopen%40a", "/?next=(26 bytes)"),
        ("/?next=%2Fb%3Ftoken%3Dopen#c", "/?next=(21 bytes)"),
        ("/?next=%252Fb%253Ftoken%253Dopen", "/?next=(25 bytes)"),
        ("/?next=%2525252525252525", "/?next=(17 bytes)"),
        ("/?state=a%3Db%26token%3Dopen", "/?state=(20 bytes)"),
        ("/?https://u:open@a/", "/?(17 bytes)"),
        ("/#https://u:open@a/", "/#(17 bytes)"),
        ("/get/https://u:open@a/b", "/get/https://u:(4 bytes)@a/b"),
        ("//a//b//https://u:open@c", "//a//b//https://u:(4 bytes)@c"),
        (
            "http://u:o@a/http://u:p@b",
            "http://u:(1 bytes)@a/http://u:(1 bytes)@b",
        ),
        ("/get/https%3A%2F%2Fu%3Aopen%40a", "(31 bytes)"),
        ("/get/https%3A%2F%2Fu%3Aopen%40a?x=1", "(31 bytes)?x=1"),
        ("/get/https%3A%2F%2Fu%3Aopen%40a#b", "(31 bytes)#b"),
        ("https://u:open@a/s%3A%2F%2Fu:sesame@", "(36 bytes)"),
        // Without secrets, all is shown.
        ("/?next=/b?c=d", "/?next=/b?c=d"),
        (
            "/?next=https%3A%2F%2Fa%2F%3Fpage%3D2",
            "/?next=https%3A%2F%2Fa%2F%3Fpage%3D2",
        ),
        ("/?q=100%&r=caf%C3%A9", "/?q=100%&r=caf%C3%A9"),
        ("/caf%C3%A9", "/caf%C3%A9"),
        ("/?next=/b?token=open", "/?next=/b?token=(4 bytes)"),
    ] {
        check("Location", url, &format!("{expected:?}"));
    }
}

#[test]
fn a_secret_is_found_however_often_it_is_encoded() {
    let encoded = |text: &str| {
        let escape = |byte: u8| match byte {
            b'a'..=b'z' | b'0'..=b'9' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        };
        text.bytes().map(escape).collect::<String>()
    };
    for secret in [
        "https://u:open@a",
        "//u:open@a/",
        "/b?token=open",
        "a=b&token=open",
    ] {
        let mut text = secret.to_owned();
        for level in 1..=6 {
            text = encoded(&text);
            let (length, path) = (text.len(), format!("/get/{text}"));
            let expected = format!("\"/?next=({length} bytes)&c\"");
            check("Location", format!("/?next={text}&c"), &expected);
            let expected = format!("\"/?({length} bytes)\"");
            check("Location", format!("/?{text}"), &expected);
            if secret.contains("s://") || level > 4 {
                check("Location", &path, &format!("\"({} bytes)\"", path.len()));
            }
        }
    }
    // Without secrets, all is shown.
    let mut text = "/b?c=d e".to_owned();
    for _ in 1..=4 {
        text = encoded(&text);
        check(
            "Location",
            format!("/?next={text}"),
            &format!("\"/?next={text}\""),
        );
    }
}

#[test]
fn a_password_may_have_marks_of_a_query() {
    for (query, expected) in [
        ("https://u:open@a/?x=1", "(21 bytes)"),
        ("https://u:op=en@a/", "(18 bytes)"),
        ("https%3A%2F%2Fu%3Aopen%40a%2F=1", "(31 bytes)"),
        ("https%3A%2F%2Fu%3Aop=en%40a&b=1", "(27 bytes)&b=1"),
        ("https://u=v:open@a/", "(19 bytes)"),
        ("a%3Ftoken%3Dopen=1&b", "(18 bytes)&b"),
        ("next=https://u:op&en@a/&b=1", "next=(18 bytes)&b=1"),
        ("a&next=https://u:o&p&e=n@a", "a&next=(19 bytes)"),
        ("next=//u:open@a&b", "next=(10 bytes)&b"),
        ("a=0;next=//u:open@a&b", "a=(17 bytes)&b"),
        ("user%5Btoken%5D=open", "user%5Btoken%5D=(4 bytes)"),
        ("user%5Bnext%5D=//u:open@a", "user%5Bnext%5D=(10 bytes)"),
        // Without secrets, all is shown.
        ("https://a/?x=1", "https://a/?x=1"),
        ("a=https://b/&c=d@e", "a=https://b/&c=d@e"),
    ] {
        check("QUERY_STRING", query, &format!("{expected:?}"));
        check(
            "REQUEST_URI",
            format!("/?{query}"),
            &format!("\"/?{expected}\""),
        );
    }
}

#[test]
fn a_path_may_have_secrets() {
    for name in [
        "PATH_INFO",
        "PATH_TRANSLATED",
        "REDIRECT_PATH_INFO",
        "SCRIPT_FILENAME",
        "SCRIPT_NAME",
        "X-Forwarded-Path",
    ] {
        let url = "/get/https://u:open@a/b";
        check(name, url, "\"/get/https://u:(4 bytes)@a/b\"");
        check(name, "/get?token=open", "\"/get?token=(4 bytes)\"");
        check(name, "/caf\u{e9}?a=b", "\"/caf\u{e9}?a=b\"");
    }
    // A mark of the password was encoded, which is decoded here.
    for (path, expected) in [
        ("/get/https://u:op/en@a/b", "(24 bytes)"),
        ("/get/https:/u:op?en@a", "(21 bytes)"),
        ("/https://a/b/pg://u:#open@a", "(27 bytes)"),
        // Without secrets, all is shown.
        ("/get/https://a/b:c@d", "/get/https://a/b:c@d"),
        ("/get/https://a:80/b", "/get/https://a:80/b"),
        ("/@a/b:c/d@e", "/@a/b:c/d@e"),
    ] {
        check("PATH_INFO", path, &format!("{expected:?}"));
    }
    let url = "/get/https://a:80/b@c";
    check("REQUEST_URI", url, &format!("{url:?}"));
    // Some front servers merge slashes.
    let url = "/get/https:/u:open@a/b";
    check("REQUEST_URI", url, "\"/get/https:/u:(4 bytes)@a/b\"");
    check("REQUEST_URI", "/a;token=open/b", "\"/a;token=(6 bytes)\"");
    check("REQUEST_URI", "/a;b=c/d?e", "\"/a;b=c/d?e\"");
}

#[test]
fn every_value_may_have_urls_with_passwords() {
    for (name, value, expected) in [
        ("HTTPS_PROXY", "http://u:open@a:1", "http://u:(4 bytes)@a:1"),
        (
            "CACHE_DSN",
            "pg://u:open@a,pg://u:op@b",
            "pg://u:(4 bytes)@a,pg://u:(2 bytes)@b",
        ),
        (
            "shop.database",
            "pg://u:open@a/?b=c%20d",
            "pg://u:(4 bytes)@a/?b=c%20d",
        ),
        (
            "Link",
            "<https://u:open@a/b>; rel=next",
            "<https://u:(4 bytes)@a/b>; rel=next",
        ),
        ("Link", "<//u:open@a/b>", "<//u:(4 bytes)@a/b>"),
        (
            "Link",
            "</b?token=open>; rel=next",
            "</b?token=(5 bytes); rel=next",
        ),
        (
            "Refresh",
            "0; url=/b?token=open",
            "0; url=/b?token=(4 bytes)",
        ),
        (
            "Destination",
            "http://a/b?token=open",
            "http://a/b?token=(4 bytes)",
        ),
        (
            "User-Agent",
            "a/1 (+http://a/b) c:d@e",
            "a/1 (+http://a/b) c:d@e",
        ),
    ] {
        check(name, value, &format!("{expected:?}"));
    }
}

#[test]
fn a_secret_may_have_a_name_that_ends_like_that_of_a_url() {
    for name in ["SECRET_LOCATION", "X_TOKEN_QUERY_STRING", "COOKIE_URL"] {
        check(name, "open", "(4 bytes)");
    }
}

const FIELDS: [&str; 4] = ["Authorization", "Location", "QUERY_STRING", "Set-Cookie"];

const BYTES: &[u8] = b"ap:/?#@&;=,% 24\xff";

proptest! {
    #[test]
    fn no_bytes_make_it_panic_or_show_a_password(
        bytes in prop::collection::vec(prop::sample::select(BYTES), 0..30),
    ) {
        for name in FIELDS {
            let _ = Redacted::new(name, &bytes).to_bytes();
        }
        for start in ["//u:open@", "//a:b@/s%3A%2F%2Fu%3Aopen%40", "/?a=http://u:open@", "/?a=%2F%2Fu%3Aopen%40"] {
            let url = [start.as_bytes(), &bytes].concat();
            let shown = Redacted::new("Location", &url).to_bytes().into_owned();
            prop_assert!(!shown.windows(4).any(|window| window == b"open"));
        }
    }
}
