//! The choice of a media type (RFC 9110, section 12.5.1).

use proptest::prelude::*;
use wsgi_headers::Accept;

const OFFERED: [&str; 3] = ["text/html", "application/json", "text/plain"];

#[track_caller]
fn check(field: &str, media_type: Option<&str>) {
    assert_eq!(Accept::new(field).preferred(OFFERED), media_type, "{field}");
}

#[test]
fn a_greater_weight_wins_then_a_closer_range_then_the_order() {
    check("application/json", Some("application/json"));
    check("APPLICATION/JSON ; q=0.5", Some("application/json"));
    check(
        "text/plain;q=0.4, application/json;q=0.5",
        Some("application/json"),
    );
    check("text/html, application/json", Some("text/html"));
    check(
        "application/json, text/html;q=0.9",
        Some("application/json"),
    );
    check(
        "text/html;level=1;q=0.1, text/plain;q=0.2",
        Some("text/plain"),
    );
    // Fields that axios, fetch and browsers send.
    check(
        "application/json, text/plain, */*",
        Some("application/json"),
    );
    check("application/json, */*", Some("application/json"));
    check("*/*", Some("text/html"));
    check(
        "text/html,application/xml;q=0.9,*/*;q=0.8",
        Some("text/html"),
    );
    assert_eq!(Accept::default().preferred(OFFERED), Some("text/html"));
}

/// The field of `HttpURLConnection` in older versions of Java.
#[test]
fn a_lone_asterisk_and_a_weight_without_its_zero_are_read() {
    let java = Accept::new("text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2");
    assert_eq!(
        java.preferred(["application/json"]),
        Some("application/json")
    );
    assert_eq!(
        java.preferred(["application/json", "text/html"]),
        Some("text/html")
    );
    check("*", Some("text/html"));
    check("*;q=0", None);
    check("text/html;q=.5, text/plain;q=.75", Some("text/plain"));
    check("text/html;q=.0", None);
}

/// The weights are those of the example in RFC 9110, section 12.5.1.
#[test]
fn parameters_of_a_range_mean_the_types_that_have_them() {
    let accept = "text/*;q=0.3, text/plain;q=0.7, text/plain;format=flowed, \
                  text/plain;format=fixed;q=0.4, */*;q=0.5";
    let ordered = [
        "text/plain;format=flowed", // 1
        "text/plain",               // 0.7
        "image/jpeg",               // 0.5
        "text/plain;format=fixed",  // 0.4
        "text/html",                // 0.3
    ];
    for (index, expected) in ordered.iter().enumerate() {
        let offered = ordered[index..].iter().rev().copied();
        assert_eq!(Accept::new(accept).preferred(offered), Some(*expected));
    }
    check(
        "text/html;level=1, text/html;q=0.2, text/plain;q=0.3",
        Some("text/plain"),
    );
    check(
        "text/html;level=1, text/*;q=0.2, application/json;q=0.3",
        Some("application/json"),
    );
    let offered = ["text/html", "text/html; LEVEL=\"1\"; charset=utf-8"];
    let accept = Accept::new("text/html;level=1;q=0.5, text/html;q=0.4");
    assert_eq!(accept.preferred(offered), Some(offered[1]));
    let accept = Accept::new("text/html;level=1;charset=UTF-8;q=0.5, text/html;level=1;q=0.6, */*");
    assert_eq!(
        accept.preferred([offered[1], "image/png"]),
        Some("image/png")
    );
}

#[test]
fn parameters_that_no_type_has_do_not_make_it_unacceptable() {
    check("application/json;charset=utf-8", Some("application/json"));
    check("application/json;charset=utf-8;q=0", None);
    check(
        "application/json;q=0.5;level=1, text/html;q=0.4",
        Some("application/json"),
    );
}

#[test]
fn another_value_of_a_parameter_makes_a_type_unacceptable() {
    let offered = ["text/html;level=1", "text/html;charset=utf-8;level=2"];
    let check = |accept: &'static str, expected| {
        assert_eq!(Accept::new(accept).preferred(offered), expected, "{accept}");
    };
    check("text/html;level=2", Some(offered[1]));
    check("text/html;LEVEL=\"1\"", Some(offered[0]));
    check("text/html;level=3", None);
    check("text/html;level=1;level=2", None);
    check("text/html;level=3, text/*;q=0.1", Some(offered[0]));
    // Another charset is better than no answer.
    check("text/html;level=2;charset=iso-8859-1", Some(offered[1]));
}

#[test]
fn separators_in_quotes_belong_to_a_parameter() {
    check(
        r#"image/png;name="a,text/html", application/json;q=0.1"#,
        Some("application/json"),
    );
    check(
        r#"image/png;name="\",text/html;\"", text/plain;q=0.1"#,
        Some("text/plain"),
    );
    check(
        r#"application/json;title=";q=0, ", text/html;q=0.9"#,
        Some("application/json"),
    );
    // What begins here is no string.
    check(
        r#"text/plain, image/png;name="a, text/html"#,
        Some("text/html"),
    );
    check(r#"text/html;name="a;q=0, text/plain"#, Some("text/plain"));
    let offered = [r#"text/html;part="1;2,3""#, r#"text/html;part="1;2""#];
    let accept = Accept::new(r#"text/html;part="1;2", text/html;part="1;2,3";q=0.5"#);
    assert_eq!(accept.preferred(offered), Some(offered[1]));
}

#[test]
fn a_refused_type_is_not_preferred() {
    check("text/*;q=0, */*", Some("application/json"));
    check("text/*;q=0.1, text/html;q=0, */*;q=0", Some("text/plain"));
    check("image/png", None);
    check("*/*;q=0", None);
}

#[test]
fn a_field_without_a_well_formed_member_refuses_nothing() {
    for field in [
        "",
        " , ,",
        "application/json;q=nan",
        "application/json;q=7",
        "json",
        "json;q=0",
        "/*",
        "image/",
        "image/p ng",
        "a/b/c",
    ] {
        check(field, Some("text/html"));
    }
    check("/*, text/html/, text/plain", Some("text/plain"));
    check("html, image/png", None);
    check("application/json;q=7, text/plain", Some("text/plain"));
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(
        bytes in prop::collection::vec(prop::sample::select(b"text/*;q=01.,, \"\\\xff".to_vec()), 0..40),
    ) {
        let chosen = Accept::new(&bytes).preferred(OFFERED);
        prop_assert!(chosen.is_none_or(|chosen| OFFERED.contains(&chosen)));
    }
}
