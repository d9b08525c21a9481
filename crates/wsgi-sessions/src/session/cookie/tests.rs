use std::time::UNIX_EPOCH;

use super::*;

const NOW: SystemTime = UNIX_EPOCH;
const HOUR: Duration = Duration::from_secs(3600);
const ID: &str = "AAAAAAAAAAAAAAAAAAAAAAAA";

fn set(template: &Template, scheme: Scheme) -> String {
    let id = Id::parse(ID.as_bytes()).unwrap();
    let cookie = template.set(scheme, &id, template.persistent.then_some(HOUR), NOW);
    cookie.to_header_value().unwrap().replace(ID, "ID")
}

fn read(template: &Template, scheme: Scheme, header: &str) -> bool {
    let cookies = Cookies::parse(header);
    !template.read(&cookies, scheme).is_empty()
}

#[test]
fn the_defaults_are_safe() {
    let template = Template::new();
    template.check().unwrap();
    assert_eq!(
        set(&template, Scheme::Https),
        "__Host-session=ID; Path=/; Secure; HttpOnly; SameSite=Lax"
    );
    assert_eq!(
        set(&template, Scheme::Http),
        "session=ID; Path=/; HttpOnly; SameSite=Lax"
    );
}

#[test]
fn the_prefix_is_the_strongest_that_browsers_accept() {
    let rows: [(&str, &str, &str, Option<&str>, Secure); 6] = [
        ("session", "session", "/", None, Secure::Never),
        ("__Host-session", "session", "/", None, Secure::Always),
        ("__Secure-session", "session", "/shop", None, Secure::Always),
        (
            "__Secure-session",
            "session",
            "/",
            Some("a.example"),
            Secure::Always,
        ),
        ("__Host-own", "__Host-own", "/", None, Secure::Always),
        ("__own", "__own", "/", None, Secure::Always),
    ];
    for (expected, name, path, domain, secure) in rows {
        let template = Template {
            name: name.into(),
            path: path.into(),
            domain: domain.map(Into::into),
            secure,
            ..Template::new()
        };
        template.check().unwrap();
        assert!(set(&template, Scheme::Https).starts_with(&format!("{expected}=ID; ")));
    }
}

#[test]
fn a_persistent_cookie_lasts_as_long_as_the_session_can() {
    let template = Template {
        persistent: true,
        ..Template::new()
    };
    assert!(set(&template, Scheme::Http).contains("; Max-Age=3600;"));
}

#[test]
fn a_partitioned_cookie_is_also_removed_from_its_partition() {
    let template = Template {
        secure: Secure::Always,
        same_site: SameSite::None,
        partitioned: true,
        ..Template::new()
    };
    template.check().unwrap();
    let removal = template.removal(Scheme::Https).to_header_value().unwrap();
    for field in [set(&template, Scheme::Https), removal] {
        assert!(field.ends_with("; SameSite=None; Partitioned"), "{field}");
    }
}

#[test]
fn a_cookie_that_browsers_drop_is_refused_beforehand() {
    let rows = [
        (
            "no name but the prefix",
            Template {
                name: String::new(),
                secure: Secure::Always,
                ..Template::new()
            },
        ),
        (
            "a bad name",
            Template {
                name: "a b".into(),
                ..Template::new()
            },
        ),
        (
            "a long name",
            Template {
                name: "a".repeat(NAME + 1),
                ..Template::new()
            },
        ),
        (
            "a bad path",
            Template {
                path: "/;".into(),
                ..Template::new()
            },
        ),
        (
            "sent by other sites over http",
            Template {
                same_site: SameSite::None,
                ..Template::new()
            },
        ),
        (
            "partitioned over http",
            Template {
                partitioned: true,
                ..Template::new()
            },
        ),
        (
            "a name that promises more",
            Template {
                name: "__Host-a".into(),
                path: "/a".into(),
                ..Template::new()
            },
        ),
    ];
    for (row, template) in rows {
        assert!(template.check().is_err(), "{row}");
    }
    let everywhere = Template {
        same_site: SameSite::None,
        secure: Secure::Always,
        ..Template::new()
    };
    everywhere.check().unwrap();
}

#[test]
fn only_the_cookie_of_its_own_name_is_read() {
    let template = Template::new();
    assert!(read(&template, Scheme::Http, &format!("a=b; session={ID}")));
    assert!(read(
        &template,
        Scheme::Https,
        &format!("__Host-session={ID}")
    ));
    let planted = format!("session={ID}");
    assert!(
        !read(&template, Scheme::Https, &planted),
        "one that http could plant"
    );
    assert!(!read(&template, Scheme::Http, &format!("Session={ID}")));
}

#[test]
fn a_cookie_that_cannot_hold_an_id_is_skipped() {
    let template = Template::new();
    for junk in ["", "junk", "AAAA", &"A".repeat(5_000)] {
        assert!(!read(&template, Scheme::Http, &format!("session={junk}")));
        assert!(read(
            &template,
            Scheme::Http,
            &format!("session={junk}; session={ID}")
        ));
    }
    let crowd = "session=; ".repeat(LOOKED_AT);
    assert!(!read(
        &template,
        Scheme::Http,
        &format!("{crowd}session={ID}")
    ));
}

#[cfg(feature = "signed")]
mod signed {
    use std::sync::Arc;

    use wsgi_cookies::{Key, Keyring};

    use super::*;

    fn key(byte: u8) -> Key {
        Key::from_bytes([byte; 32]).unwrap()
    }

    fn template(name: &str, keyring: Keyring) -> Template {
        Template {
            name: name.into(),
            seal: Some(Seal(Arc::new(keyring))),
            ..Template::new()
        }
    }

    fn value(template: &Template) -> String {
        let id = Id::random().unwrap();
        template
            .set(Scheme::Http, &id, None, NOW)
            .value()
            .to_owned()
    }

    #[test]
    fn a_cookie_that_differs_from_the_signed_one_is_ignored() {
        let ours = template("a", Keyring::new(key(1)));
        let signed = value(&ours);
        assert!(read(&ours, Scheme::Http, &format!("a={signed}")));

        let mut tampered = signed.clone().into_bytes();
        *tampered.last_mut().unwrap() ^= 1;
        let tampered = String::from_utf8(tampered).unwrap();
        let moved = value(&template("b", Keyring::new(key(1))));
        let foreign = value(&template("a", Keyring::new(key(2))));
        let truncated = &signed[..signed.len() - 1];
        let bare = Id::random().unwrap();
        for text in [&tampered, &moved, &foreign, truncated, bare.as_str(), ""] {
            assert!(!read(&ours, Scheme::Http, &format!("a={text}")), "{text}");
        }
    }

    #[test]
    fn a_cookie_from_the_future_is_read() {
        let ours = template("a", Keyring::new(key(1)));
        let id = Id::random().unwrap();
        for signed_at in [NOW, NOW + 24 * HOUR, NOW + 1_000_000 * HOUR] {
            let cookie = ours.set(Scheme::Http, &id, None, signed_at);
            assert!(read(&ours, Scheme::Http, &format!("a={}", cookie.value())));
        }
    }

    #[test]
    fn a_cookie_of_the_old_key_is_signed_again() {
        let old = template("a", Keyring::new(key(1)));
        let new = template("a", Keyring::new(key(2)).verifying_key(key(1)));
        let header = format!("a={}", value(&old));
        let candidates = new.read(&Cookies::parse(&header), Scheme::Http);
        assert!(candidates.iter().all(|presented| presented.resign));
        assert!(!candidates.is_empty());
    }
}
