//! The choice of a content coding (RFC 9110, section 12.5.3).

use proptest::prelude::*;
use wsgi_headers::AcceptEncoding;

const OFFERED: [&str; 4] = ["br", "zstd", "gzip", "identity"];

#[track_caller]
fn check(field: &str, preferred: Option<&str>) {
    assert_eq!(
        AcceptEncoding::new(field).preferred(OFFERED),
        preferred,
        "{field:?}"
    );
}

#[track_caller]
fn check_weight(field: &str, coding: &str, weight: u16) {
    assert_eq!(
        AcceptEncoding::new(field).weight(coding),
        weight,
        "{coding} in {field:?}"
    );
}

#[test]
fn the_greatest_weight_wins_and_then_the_order_of_the_server() {
    check("gzip", Some("gzip"));
    check("gzip, br", Some("br"));
    check("gzip;q=1.0, br;q=0.9", Some("gzip"));
    check("br;q=0.001, gzip;q=0.002", Some("gzip"));
    check("deflate", Some("identity"));
    check("gzip;q=0.5, identity", Some("identity"));
    check("gzip;q=0.5, identity;q=0.5", Some("gzip"));
    // Fields of browsers, curl and Python's requests.
    check("gzip, deflate, br, zstd", Some("br"));
    check("deflate, gzip, br, zstd", Some("br"));
    check("gzip, deflate", Some("gzip"));
    check("identity", Some("identity"));
}

#[test]
fn without_a_field_or_with_an_empty_one_only_the_plain_bytes_are_acceptable() {
    assert_eq!(
        AcceptEncoding::default().preferred(OFFERED),
        Some("identity")
    );
    check("", Some("identity"));
    check(" , ,\t", Some("identity"));
}

#[test]
fn an_asterisk_is_every_coding_that_is_not_listed() {
    check("*", Some("br"));
    check("*, br;q=0", Some("zstd"));
    check("br;q=0, *;q=0.1", Some("zstd"));
    check("gzip, *;q=0", Some("gzip"));
    check("gzip;q=0.2, *;q=0.1", Some("gzip"));
    check_weight("*;q=0.5", "identity", 500);
    check_weight("*;q=0.5, *;q=0.7", "br", 500);
}

#[test]
fn a_weight_of_zero_refuses() {
    check("br;q=0", Some("identity"));
    check("gzip;q=0.000, br;q=0", Some("identity"));
    check("identity;q=0", None);
    check("identity;q=0, gzip", Some("gzip"));
    check("*;q=0", None);
    check("*;q=0, identity", Some("identity"));
    check("*;q=0, identity;q=0.001", Some("identity"));
}

#[test]
fn plain_bytes_that_are_not_listed_are_the_last_choice() {
    check("gzip;q=0.001", Some("gzip"));
    check_weight("gzip;q=0.001", "identity", 1);
    check_weight("", "IDENTITY", 1);
    check_weight("", "gzip", 0);
}

#[test]
fn names_ignore_case_and_old_aliases_count() {
    check("GZIP", Some("gzip"));
    check("X-GZip", Some("gzip"));
    check_weight("gzip", "x-gzip", 1000);
    check_weight("x-compress;q=0.5", "compress", 500);
    check_weight("x-br", "br", 0);
    check_weight("gzi", "gzip", 0);
    check_weight("gzipp", "gzip", 0);
}

#[test]
fn the_first_of_a_repeated_coding_counts() {
    check_weight("gzip;q=0.3, gzip;q=0.7", "gzip", 300);
    check_weight("gzip;q=0, x-gzip", "gzip", 0);
    check_weight("gzip;q=2, gzip;q=0.7", "gzip", 700);
}

#[test]
fn weights_are_thousandths() {
    for (weight, thousandths) in [
        ("0", 0),
        ("0.", 0),
        ("0.0", 0),
        ("0.5", 500),
        ("0.05", 50),
        ("0.25", 250),
        (".25", 250),
        ("0.001", 1),
        ("0.999", 999),
        ("0.9999", 999),
        ("1", 1000),
        ("1.", 1000),
        ("1.0", 1000),
        ("1.000", 1000),
        ("1.0000", 1000),
    ] {
        check_weight(&format!("gzip;q={weight}"), "gzip", thousandths);
        check_weight(
            &format!("a,\t gzip \t; \tQ={weight}\t ,b"),
            "gzip",
            thousandths,
        );
        check_weight(&format!("gzip;level=9;q={weight};a"), "gzip", thousandths);
    }
}

#[test]
fn a_weight_may_have_spaces_around_its_equals_sign() {
    for (member, thousandths) in [
        ("gzip; q = 0", 0),
        ("gzip;q =0", 0),
        ("gzip;q= 0", 0),
        ("gzip; Q\t=\t0.5\t", 500),
        ("gzip;level=9; q = 0.5; a", 500),
    ] {
        check_weight(member, "gzip", thousandths);
        check_weight(&format!("{member}, br; q = 0.25"), "br", 250);
    }
    check("gzip; q = 0.1, br; q = 0.2", Some("br"));
    // It is another parameter.
    check_weight("gzip;q q=0", "gzip", 1000);
    check_weight("gzip;qs=0", "gzip", 1000);
}

#[test]
fn malformed_members_are_ignored() {
    for weight in [
        "", ".", "2", "1.001", "-1", "..5", "00", "01", "0.x", "0.5 5", "nan", "1e0",
    ] {
        check_weight(&format!("gzip;q={weight}, br"), "gzip", 0);
        check_weight(&format!("gzip;q={weight}, br"), "br", 1000);
        check_weight(&format!("identity;q={weight}"), "identity", 1);
        check_weight(&format!("*;q={weight}"), "br", 0);
    }
    check(";q=1, gzip", Some("gzip"));
    check("gzip br", Some("identity"));
    check("\"gzip\"", Some("identity"));
}

/// Written as the standard says it, over lists of names and weights.
fn model(members: &[(&str, u16)], coding: &str) -> u16 {
    let of = |wanted: &str| members.iter().find(|(name, _)| *name == wanted);
    match (of(coding).or_else(|| of("*")), coding) {
        (Some((_, weight)), _) => *weight,
        (None, "identity") => 1,
        (None, _) => 0,
    }
}

proptest! {
    #[test]
    fn weights_are_those_of_the_list(
        members in prop::collection::vec(
            (prop::sample::select(vec!["br", "gzip", "identity", "*", "a"]), 0..=1000_u16),
            0..6,
        ),
    ) {
        let member = |(name, weight): &(&str, u16)| {
            format!("{name};q={}.{:03}", weight / 1000, weight % 1000)
        };
        let field = members.iter().map(member).collect::<Vec<_>>().join(", ");
        for coding in OFFERED {
            prop_assert_eq!(
                AcceptEncoding::new(&field).weight(coding),
                model(&members, coding),
                "{}", field
            );
        }
    }

    #[test]
    fn no_bytes_make_it_panic_or_choose_what_is_refused(
        bytes in prop::collection::vec(prop::sample::select(b"gzipbrx-*;q=01.,, \t\"\xff".to_vec()), 0..40),
    ) {
        let accept = AcceptEncoding::new(&bytes);
        let weights = OFFERED.map(|coding| accept.weight(coding));
        prop_assert!(weights.iter().all(|&weight| weight <= 1000));
        let best = weights.iter().copied().max().filter(|&best| best > 0);
        prop_assert_eq!(accept.preferred(OFFERED).map(|coding| accept.weight(coding)), best);
    }
}
