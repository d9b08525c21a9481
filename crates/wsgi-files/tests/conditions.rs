//! RFC 9110, section 13.2.2, row by row.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use wsgi_files::{Conditions, EntityTag, Validators, Verdict};

use Verdict::{Failed, NotModified, Perform};

const BEFORE: &str = "Sun, 06 Nov 1994 08:49:36 GMT";
const CHANGED: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
const AFTER: &str = "Sun, 06 Nov 1994 08:49:38 GMT";

/// The time `CHANGED`, and a bit, which a date in a field cannot tell.
fn changed() -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(784_111_777_900)
}

fn current() -> Validators {
    Validators::new()
        .with_etag(EntityTag::strong("now").unwrap())
        .with_last_modified(changed())
}

/// The conditions of `Name: value` lines.
fn conditions(lines: &'static [(&str, &str)]) -> Conditions<'static> {
    Conditions::from_fields(|name| {
        let found = lines.iter().find(|(field, _)| *field == name);
        found.map(|(_, value)| *value)
    })
}

/// A name, the fields, the verdict of a read, and the verdict of a change.
type Row = (
    &'static str,
    &'static [(&'static str, &'static str)],
    Verdict,
    Verdict,
);

#[test]
fn conditions_are_evaluated_in_the_order_of_the_standard() {
    let rows: &[Row] = &[
        ("none", &[], Perform, Perform),
        ("1 true", &[("If-Match", "\"now\"")], Perform, Perform),
        (
            "1 true, of several",
            &[("If-Match", "\"old\", \"now\"")],
            Perform,
            Perform,
        ),
        ("1 true, any", &[("If-Match", "*")], Perform, Perform),
        ("1 false", &[("If-Match", "\"old\"")], Failed, Failed),
        (
            "1 weak is not strong",
            &[("If-Match", "W/\"now\"")],
            Failed,
            Failed,
        ),
        ("1 empty", &[("If-Match", "")], Failed, Failed),
        ("1 malformed", &[("If-Match", "now")], Failed, Failed),
        (
            "1 before 2",
            &[("If-Match", "\"now\""), ("If-Unmodified-Since", BEFORE)],
            Perform,
            Perform,
        ),
        (
            "1 before 2, false",
            &[("If-Match", "\"old\""), ("If-Unmodified-Since", AFTER)],
            Failed,
            Failed,
        ),
        (
            "2 true",
            &[("If-Unmodified-Since", CHANGED)],
            Perform,
            Perform,
        ),
        (
            "2 true, later",
            &[("If-Unmodified-Since", AFTER)],
            Perform,
            Perform,
        ),
        (
            "2 false",
            &[("If-Unmodified-Since", BEFORE)],
            Failed,
            Failed,
        ),
        (
            "2 malformed",
            &[("If-Unmodified-Since", "1994")],
            Perform,
            Perform,
        ),
        (
            "1 true, then 3",
            &[("If-Match", "\"now\""), ("If-None-Match", "\"now\"")],
            NotModified,
            Failed,
        ),
        (
            "1 false, not 3",
            &[("If-Match", "\"old\""), ("If-None-Match", "\"now\"")],
            Failed,
            Failed,
        ),
        (
            "2 true, then 3",
            &[("If-Unmodified-Since", AFTER), ("If-None-Match", "\"now\"")],
            NotModified,
            Failed,
        ),
        (
            "3 false",
            &[("If-None-Match", "\"now\"")],
            NotModified,
            Failed,
        ),
        (
            "3 false, weak",
            &[("If-None-Match", "W/\"now\"")],
            NotModified,
            Failed,
        ),
        (
            "3 false, of several",
            &[("If-None-Match", "\"old\" ,\"now\"")],
            NotModified,
            Failed,
        ),
        (
            "3 false, any",
            &[("If-None-Match", " * ")],
            NotModified,
            Failed,
        ),
        ("3 true", &[("If-None-Match", "\"old\"")], Perform, Perform),
        ("3 malformed", &[("If-None-Match", "now")], Perform, Perform),
        (
            "3 before 4",
            &[("If-None-Match", "\"old\""), ("If-Modified-Since", AFTER)],
            Perform,
            Perform,
        ),
        (
            "3 before 4, false",
            &[("If-None-Match", "\"now\""), ("If-Modified-Since", BEFORE)],
            NotModified,
            Failed,
        ),
        ("4 true", &[("If-Modified-Since", BEFORE)], Perform, Perform),
        (
            "4 false",
            &[("If-Modified-Since", CHANGED)],
            NotModified,
            Perform,
        ),
        (
            "4 false, later",
            &[("If-Modified-Since", AFTER)],
            NotModified,
            Perform,
        ),
        (
            "4 false, on another day of the week",
            &[("If-Modified-Since", "Mon, 06 Nov 1994 08:49:37 GMT")],
            NotModified,
            Perform,
        ),
        (
            "2 false, before 1970",
            &[("If-Unmodified-Since", "Wed, 31 Dec 1969 23:59:59 GMT")],
            Failed,
            Failed,
        ),
        (
            "4 malformed",
            &[("If-Modified-Since", "0")],
            Perform,
            Perform,
        ),
        (
            "4 two dates",
            &[(
                "If-Modified-Since",
                "Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:37 GMT",
            )],
            Perform,
            Perform,
        ),
        (
            "1 true, then 4",
            &[("If-Match", "*"), ("If-Modified-Since", AFTER)],
            NotModified,
            Perform,
        ),
        (
            "2 false, not 4",
            &[
                ("If-Unmodified-Since", BEFORE),
                ("If-Modified-Since", AFTER),
            ],
            Failed,
            Failed,
        ),
        (
            "5 is no condition",
            &[("If-Range", "\"old\"")],
            Perform,
            Perform,
        ),
    ];
    for (name, lines, read, change) in rows {
        let conditions = conditions(lines);
        let verdict = |method| conditions.evaluate(method, Some(&current()));
        for method in ["GET", "HEAD", "QUERY"] {
            assert_eq!(verdict(method), *read, "{name}: {method}");
        }
        for method in ["PUT", "POST", "DELETE", "PATCH", "get"] {
            assert_eq!(verdict(method), *change, "{name}: {method}");
        }
        for method in ["OPTIONS", "TRACE", "CONNECT"] {
            assert_eq!(verdict(method), Perform, "{name}: {method}");
        }
    }
}

#[test]
fn without_a_representation_only_tags_count() {
    let rows: &[(&[(&str, &str)], Verdict)] = &[
        (&[("If-Match", "*")], Failed),
        (&[("If-Match", "\"now\"")], Failed),
        (&[("If-None-Match", "*")], Perform),
        (&[("If-None-Match", "\"now\"")], Perform),
        (&[("If-Modified-Since", AFTER)], Perform),
        (&[("If-Unmodified-Since", BEFORE)], Perform),
    ];
    for (lines, verdict) in rows {
        for method in ["GET", "PUT"] {
            assert_eq!(
                conditions(lines).evaluate(method, None),
                *verdict,
                "{lines:?}"
            );
        }
    }
}

#[test]
fn validators_that_are_missing_match_nothing_but_any() {
    let none = Validators::new();
    let rows: &[(&[(&str, &str)], Verdict)] = &[
        (&[("If-Match", "*")], Perform),
        (&[("If-Match", "\"now\"")], Failed),
        (&[("If-None-Match", "*")], NotModified),
        (&[("If-None-Match", "\"now\"")], Perform),
        (&[("If-Modified-Since", AFTER)], Perform),
        (&[("If-Unmodified-Since", BEFORE)], Perform),
    ];
    for (lines, verdict) in rows {
        let evaluated = conditions(lines).evaluate("GET", Some(&none));
        assert_eq!(evaluated, *verdict, "{lines:?}");
    }
}

#[test]
fn a_representation_from_before_1970_has_no_date() {
    let old = Validators::new().with_last_modified(UNIX_EPOCH - Duration::from_secs(1));
    assert_eq!(old, Validators::new());
    assert_eq!(old.fields().count(), 0);
}

#[test]
fn a_range_counts_only_for_a_strong_validator_of_the_current_representation() {
    let late = changed() + Duration::from_secs(60);
    let rows = [
        ("\"now\"", late, true),
        (" \"now\" ", late, true),
        ("W/\"now\"", late, false),
        ("\"old\"", late, false),
        ("\"now\", \"old\"", late, false),
        ("*", late, false),
        ("", late, false),
        (CHANGED, late, true),
        (BEFORE, late, false),
        (AFTER, late, false),
        // The second of the change is not over: it may change again.
        (CHANGED, changed(), false),
        (CHANGED, changed() + Duration::from_secs(1), true),
    ];
    for (value, now, counts) in rows {
        let conditions = Conditions::new().if_range(Some(value));
        assert_eq!(conditions.allow_range(&current(), now), counts, "{value:?}");
        assert!(
            !conditions.allow_range(&Validators::new(), now),
            "{value:?}"
        );
    }
    let weak = Validators::new().with_etag(EntityTag::weak("now").unwrap());
    for value in ["\"now\"", "W/\"now\""] {
        assert!(
            !Conditions::new()
                .if_range(Some(value))
                .allow_range(&weak, late)
        );
    }
    assert!(Conditions::new().allow_range(&Validators::new(), late));
}
