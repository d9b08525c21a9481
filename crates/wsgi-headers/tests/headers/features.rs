//! Media types, dates and `http::HeaderMap`.

#[cfg(feature = "mime")]
mod media_types {
    use wsgi_headers::{Headers, InvalidHeader};

    #[test]
    fn a_media_type_replaces_the_one_before() {
        let mut headers = Headers::from_fields([("content-type", "text/plain")]).unwrap();
        headers.set_content_type(&mime::APPLICATION_JSON).unwrap();
        assert_eq!(headers.len(), 1);
        assert_eq!(headers.content_type(), Some(Ok(mime::APPLICATION_JSON)));
    }

    #[test]
    fn spaces_after_an_equals_sign_are_accepted() {
        for (value, charset) in [
            ("text/plain; charset= utf-8", "utf-8"),
            ("text/plain; charset=\t utf-8; a=b", "utf-8"),
            ("text/plain; charset=utf-8; a= \"b= c\"", "utf-8"),
            ("text/plain; a=\"b= c\"; charset= utf-8", "utf-8"),
        ] {
            let headers = Headers::from_fields([("Content-Type", value)]).unwrap();
            let media_type = headers.content_type().unwrap().unwrap();
            assert_eq!(media_type.essence_str(), "text/plain");
            assert_eq!(media_type.get_param("charset").unwrap(), charset, "{value}");
            let a = media_type.get_param("a").map(|a| a.as_str().to_owned());
            assert!(matches!(a.as_deref(), None | Some("b" | "b= c")), "{a:?}");
        }
    }

    #[test]
    fn an_invalid_media_type_is_not_an_absent_one() {
        assert_eq!(Headers::new().content_type(), None);
        for value in [
            &b""[..],
            b"text",
            b"text/",
            b"text/plain; charset",
            b"text/caf\xe9",
        ] {
            let headers = Headers::from_fields([("Content-Type", value)]).unwrap();
            assert_eq!(headers.content_type(), Some(Err(InvalidHeader::MediaType)));
        }
    }
}

#[cfg(feature = "httpdate")]
mod dates {
    use std::time::{Duration, SystemTime};

    use wsgi_headers::{Headers, InvalidHeader};

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    #[test]
    fn dates_in_all_three_forms_are_read() {
        for value in [
            "Sun, 06 Nov 1994 08:49:37 GMT",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
        ] {
            let headers = Headers::from_fields([("Date", value)]).unwrap();
            assert_eq!(headers.date("date"), Some(Ok(at(784_111_777))), "{value}");
        }
    }

    #[test]
    fn an_invalid_date_is_not_an_absent_one() {
        assert_eq!(Headers::new().date("Expires"), None);
        for value in [&b"0"[..], b"", b"-1", b"tomorrow", b"\xff"] {
            let headers = Headers::from_fields([("Expires", value)]).unwrap();
            assert_eq!(headers.date("Expires"), Some(Err(InvalidHeader::Date)));
        }
    }

    #[test]
    fn dates_are_written_from_1970_to_9999() {
        #[track_caller]
        fn check(time: SystemTime, expected: Option<&str>) {
            let mut headers = Headers::from_fields([("Date", "before")]).unwrap();
            match expected {
                Some(text) => {
                    headers.set_date("Date", time).unwrap();
                    assert_eq!(headers.get("Date").unwrap(), text);
                }
                None => {
                    let error = headers.set_date("Date", time).unwrap_err();
                    assert_eq!(
                        error,
                        InvalidHeader::Time {
                            name: "Date".into()
                        }
                    );
                    assert_eq!(headers.get("Date").unwrap(), "before");
                }
            }
        }

        check(at(0), Some("Thu, 01 Jan 1970 00:00:00 GMT"));
        check(
            at(0) + Duration::from_nanos(999_999_999),
            Some("Thu, 01 Jan 1970 00:00:00 GMT"),
        );
        check(at(253_402_300_799), Some("Fri, 31 Dec 9999 23:59:59 GMT"));
        check(at(253_402_300_800), None);
        check(at(0) - Duration::from_secs(1), None);
    }
}

#[cfg(feature = "http")]
mod header_maps {
    use http::{HeaderMap, HeaderValue};
    use wsgi_headers::{Headers, InvalidHeader};

    #[test]
    fn fields_survive_the_conversion_to_a_map_and_back() {
        let headers = Headers::from_fields([
            ("Set-Cookie", &b"a=1"[..]),
            ("X-Name", b"caf\xe9"),
            ("set-cookie", b"b=2"),
            ("Empty", b""),
        ])
        .unwrap();

        let map = HeaderMap::try_from(&headers).unwrap();
        assert_eq!(map.len(), 4);
        assert!(map.get_all("set-cookie").iter().eq(["a=1", "b=2"]));
        assert_eq!(map["x-name"].as_bytes(), b"caf\xe9");

        let back = Headers::try_from(&map).unwrap();
        assert_eq!(back.len(), 4);
        assert!(back.get_all("set-cookie").eq(["a=1", "b=2"]));
        assert_eq!(back.get("x-name").unwrap(), b"caf\xe9");
        assert_eq!(back.get("empty").unwrap(), "");
    }

    #[test]
    fn a_map_is_a_list_of_fields() {
        let mut map = HeaderMap::new();
        map.insert("etag", HeaderValue::from_static("\"1\""));
        let mut headers = Headers::from_fields([("Date", "now")]).unwrap();
        headers.extend_from(&map).unwrap();
        assert_eq!(headers.as_bytes(), b"Date: now\r\netag: \"1\"\r\n");
    }

    #[test]
    fn a_name_may_contain_every_character_of_a_token() {
        for byte in (0..128_u8).filter(|&byte| wsgi_headers::is_token(&[byte])) {
            let name = char::from(byte).to_string();
            let headers = Headers::from_fields([(&name, "1")]).unwrap();
            assert_eq!(HeaderMap::try_from(&headers).unwrap().len(), 1, "{name}");
        }
    }

    #[test]
    fn fields_that_do_not_fit_into_a_map_are_refused() {
        let headers = Headers::from_fields([("a".repeat(1 << 16), "1")]).unwrap();
        let error = HeaderMap::try_from(&headers).unwrap_err();
        assert_eq!(
            error,
            InvalidHeader::TooLarge {
                name: "a".repeat(64).into()
            }
        );

        let mut headers = Headers::new();
        for number in 0..40_000 {
            headers.append(format!("N{number}"), "").unwrap();
        }
        let error = HeaderMap::try_from(&headers).unwrap_err();
        assert!(matches!(error, InvalidHeader::TooLarge { .. }));
    }
}
