//! The directives of caches (RFC 9111, section 5.2).

use std::time::Duration;

use proptest::prelude::*;
use wsgi_headers::{CacheControl, Headers};

/// Checks what a field is once it has been read and written again.
#[track_caller]
fn check(field: &str, expected: &str) {
    let written = CacheControl::parse(field).to_string();
    assert_eq!(written, expected, "{field:?}");
    assert_eq!(CacheControl::parse(&written), CacheControl::parse(field));
}

#[test]
fn every_directive_is_read_and_written() {
    let switches = "public, no-cache, no-store, no-transform, must-revalidate, proxy-revalidate, \
                    must-understand, immutable, only-if-cached";
    check(switches, switches);
    let times = "max-age=1, s-maxage=2, stale-while-revalidate=3, stale-if-error=4, max-stale=5, \
                 min-fresh=6";
    check(times, times);
    check("private", "private");
    check("max-stale", "max-stale");
    check("", "");
}

#[test]
fn names_ignore_case_and_unknown_directives_are_ignored() {
    check("No-Store, MAX-AGE = 60", "no-store, max-age=60");
    check("community=\"UCI, public\", private, max-ages=5", "private");
    check("public x, , no-cach", "");
}

#[test]
fn a_directive_with_the_names_of_fields_counts_as_one_without() {
    check(
        "private=\"Set-Cookie, X-User\", max-age=5",
        "private, max-age=5",
    );
    check("no-cache=Set-Cookie", "no-cache");
}

#[test]
fn a_time_may_be_quoted_and_has_a_bound() {
    check("max-age=\"60\"", "max-age=60");
    check("max-age=0060", "max-age=60");
    check("max-age=2147483648", "max-age=2147483648");
    check("max-age=2147483649", "max-age=2147483648");
    check("max-age=99999999999999999999", "max-age=2147483648");
    check("max-stale=4294967295", "max-stale=2147483648");
}

#[test]
fn a_time_that_is_no_number_keeps_nothing_and_the_first_one_counts() {
    for time in [
        "max-age",
        "max-age=",
        "max-age=-1",
        "max-age=1.5",
        "max-age=\"1",
    ] {
        check(time, "max-age=0");
    }
    check("max-age=1, max-age=2", "max-age=1");
    check("max-age=x, max-age=2", "max-age=0");
}

#[test]
fn all_fields_of_a_message_count() {
    let fields = [
        ("Cache-Control", "max-age=1"),
        ("Age", "5"),
        ("CDN-Cache-Control", "no-store"),
        ("cache-control", "private, max-age=2"),
    ];
    let headers = Headers::from_fields(fields).unwrap();
    assert_eq!(CacheControl::of(&headers).to_string(), "private, max-age=1");
    assert_eq!(CacheControl::of(&Headers::new()), CacheControl::new());
}

#[test]
fn each_directive_is_set_alone() {
    let minute = Duration::from_millis(60_999);
    let new = CacheControl::new();
    for (control, written) in [
        (new.with_public(), "public"),
        (new.with_private(), "private"),
        (new.with_no_cache(), "no-cache"),
        (new.with_no_store(), "no-store"),
        (new.with_no_transform(), "no-transform"),
        (new.with_must_revalidate(), "must-revalidate"),
        (new.with_proxy_revalidate(), "proxy-revalidate"),
        (new.with_must_understand(), "must-understand"),
        (new.with_immutable(), "immutable"),
        (new.with_only_if_cached(), "only-if-cached"),
        (new.with_max_age(minute), "max-age=60"),
        (new.with_s_maxage(minute), "s-maxage=60"),
        (
            new.with_stale_while_revalidate(minute),
            "stale-while-revalidate=60",
        ),
        (new.with_stale_if_error(minute), "stale-if-error=60"),
        (new.with_max_stale(minute), "max-stale=60"),
        (new.with_max_stale(Duration::MAX), "max-stale"),
        (new.with_min_fresh(minute), "min-fresh=60"),
        (new.with_max_age(Duration::MAX), "max-age=2147483648"),
    ] {
        assert_eq!(control.to_string(), written);
        assert_eq!(CacheControl::parse(written), control);
        let is_on = [
            control.public(),
            control.private(),
            control.no_cache(),
            control.no_store(),
            control.no_transform(),
            control.must_revalidate(),
            control.proxy_revalidate(),
            control.must_understand(),
            control.immutable(),
            control.only_if_cached(),
        ];
        let times = [
            control.max_age(),
            control.s_maxage(),
            control.stale_while_revalidate(),
            control.stale_if_error(),
            control.max_stale(),
            control.min_fresh(),
        ];
        let number = is_on.iter().filter(|is_on| **is_on).count();
        assert_eq!(number + times.iter().flatten().count(), 1, "{written}");
    }
}

#[test]
fn public_and_private_replace_each_other() {
    assert_eq!(
        CacheControl::new().with_public().with_private().to_string(),
        "private"
    );
    assert_eq!(
        CacheControl::new().with_private().with_public().to_string(),
        "public"
    );
}

proptest! {
    #[test]
    fn any_field_is_read_and_then_stays_the_same(
        parts in prop::collection::vec(
            prop::sample::select(vec![
                "max-age", "max-stale", "=", "5", "99999999999", ",", " ", "\"", "\\", "no-store",
                "private", "x", "\u{e9}",
            ]),
            0..12,
        ),
    ) {
        let read = CacheControl::parse(&parts.concat());
        prop_assert_eq!(CacheControl::parse(&read.to_string()), read);
    }
}
